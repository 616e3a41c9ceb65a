import { readFileSync } from "node:fs";
import type { Resolvers, SubgraphDefinition } from "@truc/service";
import { migrations } from "../migrations/index.ts";

/**
 * The audit log as a subgraph, made of what its parts resolve.
 * @param parts no field is resolved by two of them
 */
export function auditSubgraph(parts: readonly Resolvers[]): SubgraphDefinition {
  const resolvers: Resolvers = {};
  for (const part of parts) {
    for (const [type, fields] of Object.entries(part))
      resolvers[type] = { ...resolvers[type], ...fields };
  }
  return {
    name: "audit",
    title: "Audit log",
    schema: readFileSync(new URL("../schema.graphql", import.meta.url), "utf8"),
    resolvers,
    migrations,
  };
}
