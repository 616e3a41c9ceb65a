import type { Logger } from "pino";
import { InProcessState } from "./in-process-state.ts";
import { RedisState } from "./redis-state.ts";
import type { SharedState } from "./shared-state.ts";

/** @param url of the Redis that routers share; without one this router is taken to be the only one */
export async function openSharedState(url: string | undefined, log: Logger): Promise<SharedState> {
  return url === undefined ? new InProcessState() : await RedisState.open(url, log);
}
