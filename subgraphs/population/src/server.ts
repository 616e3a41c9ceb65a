import { defineSubgraph, runService, type SubgraphDefinition } from "@truc/service";
import { config } from "./config.ts";
import { resolvers } from "./resolvers.ts";

export const subgraph: SubgraphDefinition = { ...config, resolvers };
export const service = defineSubgraph(subgraph);

if (import.meta.main) await runService(service);
