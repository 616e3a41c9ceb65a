import { StartupError } from "@truc/service";
import { Command } from "commander";
import type { PlatformFile } from "../all-in-one/platform-file.ts";
import { STAFF } from "./caller.ts";
import { parseObject, readDocument } from "./documents.ts";
import { firstWith } from "./registry-client.ts";
import { aboutPlatform, personIn, platformIn, systemKey } from "./running-platform.ts";
import { strict } from "./sentences.ts";
import type { Session } from "./session.ts";
import { table } from "./table.ts";

interface ExplainOptions {
  system: string;
  purpose: string;
  as?: string;
  variables?: string;
  operation?: string;
  json?: boolean;
  data: string;
}

/** What the router answers at /explain. */
interface Explanation {
  system: string;
  purpose: string;
  allowed: boolean;
  reasons: { code: string; message: string }[];
  cost: { estimated: number; budgetPerMinute: number | null };
  fields: {
    path: string[];
    coordinate: string;
    scopes: string[][];
    owners: string[];
    dataClass: string | null;
    allowed: boolean;
    reason: string | null;
    cost: number;
  }[];
  request: { scopes: string[] } | null;
  beyondCeiling: string[];
}

/** `truc explain`: what a system may do with an operation, why not more, and what to ask for. */
export function explainCommand(): Command {
  return aboutPlatform(strict(new Command("explain")))
    .description(
      "explains field by field what a system may read for a purpose; nothing is fetched. Its --json is what `truc grants request` takes. Exit code 0 whatever the verdict",
    )
    .argument("[file]", "the GraphQL document; standard input for - or when left out", "-")
    .requiredOption("--system <id>", "the system that would ask")
    .requiredOption("--purpose <code>", "what it would ask for")
    .option(
      "--variables <json>",
      "the variables as a JSON object: decide @skip and @include, and the cost",
    )
    .option("--operation <name>", "which operation, where the document has several")
    .option(
      "--as <person>",
      "who wants to know, signed in with the console; the system itself when left out, or an operator where it has no grant yet",
    )
    .option("--json", "prints the explanation as JSON")
    .action(async (file: string, options: ExplainOptions) => {
      const { system, purpose, operation, variables } = options;
      const question = {
        query: await readDocument(file),
        ...(variables !== undefined && {
          variables: parseObject(variables, "The variables are"),
        }),
        ...(operation !== undefined && { operationName: operation }),
        system,
        purpose,
      };
      const platform = await platformIn(options.data);
      const session = await sessionFor(options, platform);
      const answer = await session.post(new URL("/explain", platform.graphql).href, question);
      const explanation = explanationIn(answer);
      console.log(options.json ? JSON.stringify(explanation, null, 2) : textOf(explanation));
    });
}

/** The system itself where it can have a token for the purpose, or else somebody who may ask about everybody. */
async function sessionFor(options: ExplainOptions, platform: PlatformFile): Promise<Session> {
  const { system, purpose, data, as } = options;
  const { Session, isWithoutGrant } = await import("./session.ts");
  if (as === undefined && platform.systems.some(({ id }) => id === system)) {
    const key = await systemKey(data, system);
    try {
      return await Session.open(platform.issuer, { system, purpose }, { key });
    } catch (error) {
      if (!isWithoutGrant(error)) throw error;
    }
  }
  const person = as ?? firstWith(platform, "operator");
  personIn(platform, person);
  const key = await systemKey(data, STAFF.system);
  return await Session.open(platform.issuer, { ...STAFF, person }, { key });
}

function explanationIn(answer: unknown): Explanation {
  const { errors } = answer as { errors?: { message: string; extensions?: { code?: string } }[] };
  const [error] = errors ?? [];
  if (error === undefined) return answer as Explanation;
  throw new StartupError(`${error.message} (${error.extensions?.code ?? "no code"})`);
}

function textOf(explanation: Explanation): string {
  const { system, purpose, allowed, reasons, cost, fields, request, beyondCeiling } = explanation;
  const budget = cost.budgetPerMinute === null ? "" : ` of ${cost.budgetPerMinute} a minute`;
  return [
    `${system} for ${purpose}: ${allowed ? "everything is allowed" : "not everything is allowed"}, at a cost of ${cost.estimated}${budget}.`,
    ...reasons.map(({ code, message }) => `${message} (${code})`),
    "",
    table(
      ["", "field", "scope", "owner", "class", "cost", "why not"],
      fields.map((field) => [
        field.allowed ? "yes" : "no",
        `${"  ".repeat(field.path.length - 1)}${field.path.at(-1)}`,
        field.scopes.map((way) => way.join(" and ")).join(", or "),
        field.owners.join(", "),
        field.dataClass ?? "",
        String(field.cost),
        field.reason ?? "",
      ]),
    ),
    ...(beyondCeiling.length === 0
      ? []
      : ["", `No grant for ${purpose} can hold: ${beyondCeiling.join(", ")}.`]),
    ...(request === null
      ? []
      : [
          "",
          `To ask for what is missing, pipe the same with --json into: npx truc grants request`,
          `The grant would hold: ${request.scopes.join(", ")}.`,
        ]),
  ].join("\n");
}
