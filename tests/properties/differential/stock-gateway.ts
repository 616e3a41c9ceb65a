import { parse, type ExecutionResult } from "graphql";
import { faultsOf } from "./cases.ts";
import type { RandomRequest } from "./random-request.ts";
import { seededRequest } from "./seeded-request.ts";
import { SplitFederation, type Asked } from "./split-federation.ts";

/** How many requests the stock gateway was asked, and how many it answered with other data than the monolith. */
export interface StockTally {
  asked: number;
  wrong: number;
  /** The shortest request it was wrong about. */
  smallest: string;
}

type Execute = (request: RandomRequest) => Promise<ExecutionResult>;

/**
 * Asks stock @apollo/gateway requests of the same generator over splits of the same seeds: that it is wrong about some
 * says that the generator reaches the hard cases. Data alone is compared.
 */
export async function askStockGateway(
  seed: number,
  splits: number,
  cases: number,
): Promise<StockTally> {
  const tally: StockTally = { asked: 0, wrong: 0, smallest: "" };
  for (let index = 0; index < splits; index++) {
    const split = seed + index;
    const federation = await SplitFederation.start(split, faultsOf(split), {
      batching: false,
      splicing: false,
    });
    try {
      const execute = await stockGateway(federation);
      for (let left = Math.ceil(cases / splits), at = 0; left > 0; at++) {
        const request = seededRequest(federation.api, split * 1_000_000 + at);
        if (request === undefined) continue;
        left -= 1;
        await compare(federation, request, execute, tally);
      }
    } finally {
      await federation.stop();
    }
  }
  return tally;
}

async function compare(
  { monolith }: SplitFederation,
  request: RandomRequest,
  execute: Execute,
  tally: StockTally,
): Promise<void> {
  const { query, operationName, variables } = request;
  const judged = monolith.judge(parse(query), operationName, variables);
  if (judged.takenAway) return;
  tally.asked += 1;
  const data = await execute(request).then(
    (answer) => JSON.stringify(answer.data ?? null),
    (error: unknown) => String(error),
  );
  if (data === JSON.stringify(judged.data)) return;
  tally.wrong += 1;
  if (tally.smallest === "" || query.length < tally.smallest.length) tally.smallest = query;
}

async function stockGateway(federation: SplitFederation): Promise<Execute> {
  process.env["APOLLO_TELEMETRY_DISABLED"] = "true";
  const { ApolloGateway } = await import("@apollo/gateway");
  const quiet = () => {};
  const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const gateway = new ApolloGateway({
    supergraphSdl: federation.supergraph,
    logger,
    buildService: ({ name }) => ({
      process: async ({ request }) =>
        JSON.parse(
          JSON.stringify(await Promise.resolve(federation.ask(name, request as Asked))),
        ) as never,
    }),
  });
  const { executor } = await gateway.load({ apollo: {} } as never);
  return async ({ query, operationName, variables }) =>
    (await executor({
      document: parse(query),
      operationName: operationName ?? null,
      queryHash: query,
      request: { query, operationName, variables },
      schema: federation.api,
      logger,
      metrics: {},
      context: {},
    } as never)) as ExecutionResult;
}
