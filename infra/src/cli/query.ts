import { Command } from "commander";
import { asCaller, callerOf, type CallerOptions } from "./caller.ts";
import { parseObject, readDocument } from "./documents.ts";
import { platformIn, systemKey } from "./running-platform.ts";
import { refuseUnwritable, writeReceipt } from "./receipt-file.ts";
import { strict } from "./sentences.ts";
import type { Exchange } from "./session.ts";

interface QueryOptions extends CallerOptions {
  file?: string;
  variables: string;
  actor?: string;
  case?: string;
  dpop?: boolean;
  receipt?: string;
}

/** `truc query`: sends one operation and prints the answer. */
export function queryCommand(): Command {
  return asCaller(strict(new Command("query")))
    .description("sends a query and prints the answer; exit code 1 when it holds errors")
    .argument("[query]", "the GraphQL document; read from --file or standard input when left out")
    .option("--file <file>", "read the document from a file, - for standard input")
    .option("--variables <json>", "the variables as a JSON object", "{}")
    .option("--actor <officer>", "the officer who acts: named in an actor token of the system")
    .option("--case <reference>", "the reference of the case that the query is for")
    .option("--dpop", "binds the token to a key, and proves its possession (RFC 9449)")
    .option(
      "--receipt <file>",
      "asks for a receipt, and writes what was asked and answered to a new file that only you can read: it holds the answer's personal data",
    )
    .action(async (given: string | undefined, options: QueryOptions) => {
      const variables = parseObject(options.variables, "The variables are");
      const query = given ?? (await readDocument(options.file ?? "-"));
      if (options.receipt !== undefined) await refuseUnwritable(options.receipt);
      const { exchange, answer } = await ask(options, { query, variables });
      console.log(JSON.stringify(answer, null, 2));
      if (typeof answer !== "object" || answer === null || "errors" in answer) process.exitCode = 1;
      if (options.receipt === undefined) return;
      await writeReceipt(options.receipt, exchange);
      console.error(
        `The receipt is in ${options.receipt}. It holds what was asked and answered, personal data included; only you can read it.`,
      );
    });
}

async function ask(
  options: QueryOptions,
  request: object,
): Promise<{ exchange: Exchange; answer: unknown }> {
  const platform = await platformIn(options.data);
  const caller = callerOf(options, platform);
  const key = await systemKey(options.data, caller.system);
  // Only now: what is wrong with the command line is told without loading the protocol's libraries first.
  const { answerIn, Session } = await import("./session.ts");
  const { signActorToken } = await import("./actor-token.ts");
  const session = await Session.open(platform.issuer, caller, {
    key,
    dpop: options.dpop === true,
  });
  const extensions = {
    ...(options.actor !== undefined && {
      actor: await signActorToken(options.actor, {
        system: caller.system,
        key,
        accessToken: session.accessToken,
      }),
    }),
    ...(options.case !== undefined && { caseReference: options.case }),
  };
  const hasExtensions = Object.keys(extensions).length > 0;
  const exchange = await session.exchange(
    platform.graphql,
    hasExtensions ? { ...request, extensions } : request,
    options.receipt === undefined ? {} : { prefer: "receipt" },
  );
  return { exchange, answer: answerIn(exchange) };
}
