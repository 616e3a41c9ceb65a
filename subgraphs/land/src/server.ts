import { defineSubgraph, runService, type SubgraphDefinition } from "@truc/service";
import { config } from "./config.ts";
import { resolvers } from "./resolvers.ts";

/** The land register as a subgraph. */
export const subgraph: SubgraphDefinition = { ...config, resolvers };

/** The land register as a process. */
export const service = defineSubgraph(subgraph);

if (import.meta.main) await runService(service);
