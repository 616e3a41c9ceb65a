import { defineSubgraph, runService } from "@truc/service";
import { config } from "./config.ts";
import { resolvers } from "./resolvers.ts";

/** The business register as a subgraph; its settings are the frame's. */
export const service = defineSubgraph({ ...config, resolvers });

if (import.meta.main) await runService(service);
