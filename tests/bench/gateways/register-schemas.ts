import { readFileSync } from "node:fs";
import { join } from "node:path";
import { composeServices } from "@apollo/composition";
import { parse, print, visit } from "graphql";
import { isOwnProcess, readFederation } from "../../../infra/src/federation.ts";

/** What only Truc understands or enforces; over the peers' supergraph nobody is refused anything. */
const RULES = new Set([
  "requiresScopes",
  "authenticated",
  "data",
  "subject",
  "search",
  "cost",
  "listSize",
]);

/** The registers of federation.yaml with their schemas. */
export function registerSchemas(): { name: string; folder: string; schema: string }[] {
  return readFederation()
    .filter(isOwnProcess)
    .map(({ name, folder }) => ({
      name,
      folder,
      schema: readFileSync(join(folder, "schema.graphql"), "utf8"),
    }));
}

/** The peers' supergraph: the same schemas without a rule. @param addresses by register, with path */
export function supergraphWithoutRules(addresses: Readonly<Record<string, string>>): string {
  const { supergraphSdl, errors } = composeServices(
    registerSchemas().map(({ name, schema }) => ({
      name,
      url: addresses[name]!,
      typeDefs: withoutRules(schema),
    })),
  );
  if (supergraphSdl === undefined)
    throw new Error(errors?.map(({ message }) => message).join("\n"));
  return supergraphSdl;
}

function withoutRules(schema: string): ReturnType<typeof parse> {
  const bare = visit(parse(schema), {
    Directive: ({ name }) => (RULES.has(name.value) ? null : undefined),
  });
  return parse(print(bare));
}
