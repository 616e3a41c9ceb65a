import { defineSubgraph, runService, type SubgraphDefinition } from "@truc/service";
import { config } from "./config.ts";
import { resolvers } from "./resolvers.ts";

/** The insurance register as a subgraph. */
export const subgraph: SubgraphDefinition = { ...config, resolvers };

/** The insurance register as a process. */
export const service = defineSubgraph(subgraph);

if (import.meta.main) await runService(service);
