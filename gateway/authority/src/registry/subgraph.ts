import { readFileSync } from "node:fs";
import type { SubgraphDefinition } from "@truc/service";
import { migrations } from "../../migrations/index.ts";
import { apiSchemaOf } from "./api-schema.ts";
import { mutationsOver } from "./mutations.ts";
import { queries } from "./resolvers.ts";

/**
 * The registry as a subgraph.
 * @param supergraph the file of the supergraph that registered operations are checked against; without it none can be
 *   registered or approved
 */
export function registrySubgraph({
  supergraph,
}: {
  supergraph?: string | undefined;
}): SubgraphDefinition {
  return {
    name: "registry",
    title: "Registry",
    schema: readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"),
    resolvers: { ...queries, ...mutationsOver(apiSchemaOf(supergraph)) },
    migrations,
  };
}

/** The registry as a subgraph that takes no registered operations. */
export const registry: SubgraphDefinition = registrySubgraph({});
