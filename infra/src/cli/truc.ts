import { text } from "node:stream/consumers";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { TokenRequest } from "@truc/authority";
import { StartupError } from "@truc/service";
import { Command } from "commander";
import { systemKeyFile } from "../all-in-one/data-folder.ts";
import { readPlatformFile, type PlatformFile } from "../all-in-one/platform-file.ts";
import { readJson } from "../all-in-one/private-json.ts";
import { ROOT } from "../federation.ts";
import { endWithSentence, strict } from "./sentences.ts";

interface Caller {
  system: string;
  purpose: string;
  scope?: string;
  data: string;
}

const program = strict(new Command("truc")).description(
  "Asks a platform that `npm start` runs on this machine.",
);

asCaller(program.command("token"))
  .description("prints an access token")
  .action(async (caller: Caller) =>
    console.log(await tokenFor(caller, await platformIn(caller.data))),
  );

asCaller(program.command("query"))
  .description("sends a query and prints the answer; exit code 1 when it holds errors")
  .argument("[query]", "the GraphQL document; read from --file or standard input when left out")
  .option("--file <file>", "read the document from a file, - for standard input")
  .option("--variables <json>", "the variables as a JSON object", "{}")
  .action(
    async (given: string | undefined, options: Caller & { file?: string; variables: string }) => {
      const variables = parseVariables(options.variables);
      const query = given ?? (await readDocument(options.file ?? "-"));
      const platform = await platformIn(options.data);
      const answer = await ask(platform.graphql, await tokenFor(options, platform), {
        query,
        variables,
      });
      console.log(JSON.stringify(answer, null, 2));
      if (typeof answer !== "object" || answer === null || "errors" in answer) process.exitCode = 1;
    },
  );

await program.parseAsync().catch(endWithSentence);

function asCaller(command: Command): Command {
  return strict(command)
    .requiredOption("--system <id>", "the system that asks, one of those `npm start` lists")
    .requiredOption("--purpose <code>", "what it asks for")
    .option("--scope <scopes>", "space-separated scopes; all that the grant covers when left out")
    .option("--data <dir>", "the platform's data folder", join(ROOT, ".data"));
}

async function platformIn(data: string): Promise<PlatformFile> {
  const platform = await readPlatformFile(resolve(data));
  if (platform === undefined) {
    throw new StartupError(
      `No platform runs out of ${resolve(data)}: start it with npm start, or name its folder with --data.`,
    );
  }
  return platform;
}

async function tokenFor(
  { system, purpose, scope, data }: Caller,
  platform: PlatformFile,
): Promise<string> {
  const known = platform.systems.map(({ id }) => id);
  if (!known.includes(system))
    throw new StartupError(`There is no system "${system}": choose one of ${known.join(", ")}.`);
  const privateKey = await readJson<TokenRequest["privateKey"]>(
    systemKeyFile(resolve(data), system),
  );
  if (privateKey === undefined)
    throw new StartupError(`The private key of "${system}" is not in ${resolve(data)}.`);
  const request = { issuer: platform.issuer, clientId: system, privateKey, purpose };
  // Only now: what is wrong with the command line is told without loading the authority first.
  const { requestToken, TokenRefused } = await import("@truc/authority");
  try {
    return (await requestToken(scope === undefined ? request : { ...request, scope })).accessToken;
  } catch (error) {
    throw error instanceof TokenRefused ? new StartupError(error.message, { cause: error }) : error;
  }
}

function parseVariables(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // The sentence below fits both.
  }
  throw new StartupError("The variables are not a JSON object.");
}

async function readDocument(file: string): Promise<string> {
  if (file === "-") return await text(process.stdin);
  return await readFile(file, "utf8").catch((error: Error) => {
    throw new StartupError(`The file ${file} cannot be read: ${error.message}.`, { cause: error });
  });
}

async function ask(graphql: string, token: string, request: object): Promise<unknown> {
  try {
    const response = await fetch(graphql, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        authorization: `Bearer ${token}`,
      },
      body: JSON.stringify(request),
    });
    return await response.json();
  } catch (error) {
    throw new StartupError(`The router does not answer at ${graphql}.`, { cause: error });
  }
}
