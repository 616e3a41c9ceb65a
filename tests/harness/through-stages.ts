import type { ExecutionResult } from "graphql";
import type { Budget } from "../../gateway/router/src/admit.ts";
import type { Permit } from "../../gateway/router/src/authorize.ts";
import type { Caller } from "../../gateway/router/src/authenticate.ts";
import { filteredFor } from "../../gateway/router/src/authorize/filtered.ts";
import { TokenRights, type Rights } from "../../gateway/router/src/authorize/rights.ts";
import { Costs } from "../../gateway/router/src/cost/costs.ts";
import { execute, type Execution } from "../../gateway/router/src/execute.ts";
import {
  RegisterUnavailable,
  type SubgraphClients,
  type SubgraphFetch,
} from "../../gateway/router/src/execute/subgraph-clients.ts";
import type { ResultMap } from "../../gateway/router/src/execute/merge.ts";
import { planFor } from "../../gateway/router/src/plan.ts";
import type { Operation } from "../../gateway/router/src/read.ts";
import { subjectsOf, type Subjects } from "../../gateway/router/src/record/subjects.ts";
import { shape } from "../../gateway/router/src/shape.ts";
import { WrittenData } from "../../gateway/router/src/shape/written-data.ts";

/**
 * What a subgraph answers to a fetch: a result, or the text that it sends.
 * @throws what stands for a subgraph that does not answer
 */
export type AnswerFetch = (
  subgraph: string,
  fetch: SubgraphFetch,
) => Promise<{ data?: unknown; errors?: readonly unknown[] } | string>;

/** How the answers of subgraphs were taken in. */
export interface Reading {
  /** Whether their texts are read without being parsed where that can be. */
  readonly splices: boolean;
  read: number;
  parsed: number;
}

/** What a caller has beyond her scopes. */
export interface StagedCaller {
  readonly rights?: Partial<Rights>;
  /** The entity type of the people whom rights name. */
  readonly people?: string;
}

export interface StagedAnswer {
  readonly answer: ExecutionResult;
  /** Whose data the record of the request names. */
  readonly subjects: Subjects;
  /** The text of the data; undefined where it was not written. */
  readonly written: string | undefined;
  readonly cost: number;
}

/**
 * The router's stages from authorize to shape over subgraphs that live in this process, without HTTP, tokens and
 * records: what is on record is told beside the answer.
 */
export async function throughStages(
  given: Operation,
  scopes: ReadonlySet<string>,
  answerFetch: AnswerFetch,
  { rights: own, people }: StagedCaller = {},
  reading: Reading = { splices: true, read: 0, parsed: 0 },
): Promise<StagedAnswer> {
  const request = { requestId: "staged", trace: {}, onLeft: () => {} };
  const operation = { ...given, request, digest: "", extensions: {} } as unknown as Operation;
  const filtered = filteredFor(operation, { scopes, search: true });
  const caller = { system: "staged", subject: "staged", scopes };
  const rights = {
    ...(await new TokenRights().of(caller as unknown as Caller, operation)),
    ...own,
  };
  const permit = { caller, operation, filtered, rights } as unknown as Permit;
  const budget = { permit } as unknown as Budget;
  const clients = {
    fetch: async (name: string, fetch: SubgraphFetch) => {
      const sent = await answerFetch(name, withRepresentations(fetch));
      // As it comes over the wire, which knows no surrogate that stands alone.
      const wire = Buffer.from(typeof sent === "string" ? sent : JSON.stringify(sent));
      const bytes = wire.length;
      const octets = wire.toString("latin1");
      // The first answer to a fetch is never read.
      const read = reading.splices ? (fetch.reader?.(octets) ?? fetch.reader?.(octets)) : undefined;
      if (read !== undefined) {
        reading.read += 1;
        return { data: read.data, bytes };
      }
      reading.parsed += 1;
      return { ...parsed(wire.toString("utf8")), bytes };
    },
  } as unknown as SubgraphClients;
  const trail: { execution?: Execution } = {};
  const house = { clients, deadlineMs: 30_000, people };
  const execution = await execute(planFor(budget), budget, house, trail);
  const costs = new Costs(20, 100_000);
  const answer = await shape(execution, { rights: { ownerOf: () => undefined }, costs });
  const data: unknown = answer.data;
  const { supergraph, name, values } = operation;
  const { document } = filtered;
  return {
    answer: read(answer),
    subjects: subjectsOf(execution),
    written: data instanceof WrittenData ? data.text : undefined,
    cost:
      document === undefined ? 0 : costs.of(supergraph, document, name).actual(answer.data, values),
  };
}

/** As the router's client takes an answer that it parses. */
function parsed(text: string): { data?: unknown; errors?: readonly unknown[] } {
  let result: unknown;
  try {
    result = JSON.parse(text);
  } catch (cause) {
    throw new RegisterUnavailable("it answered without JSON", { retry: false, cause });
  }
  if (typeof result !== "object" || result === null || !("data" in result || "errors" in result))
    throw new RegisterUnavailable("it answered without a GraphQL result", { retry: false });
  const { data, errors } = result as { data?: unknown; errors?: unknown };
  return Array.isArray(errors) ? { data, errors } : { data };
}

/** With all its variables together, as a subgraph gets them. */
function withRepresentations(fetch: SubgraphFetch): SubgraphFetch {
  if (fetch.representations === undefined) return fetch;
  const representations = JSON.parse(fetch.representations.text) as unknown;
  return { ...fetch, variables: { ...fetch.variables, representations } };
}

/** The answer with its data as a caller reads it. */
function read(answer: ExecutionResult): ExecutionResult {
  const data: unknown = answer.data;
  return data instanceof WrittenData
    ? { ...answer, data: JSON.parse(data.text) as ResultMap }
    : answer;
}
