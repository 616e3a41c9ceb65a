import {
  defineService,
  runService,
  startHttp,
  type Frame,
  type RunningService,
  type ServiceDefinition,
} from "@truc/service/process";
import { serveAddresses } from "./addresses.ts";
import { routerSettings, type RouterSettings } from "./config.ts";
import { openHouse } from "./open-house.ts";
import type { StoreInCode } from "./record/open-recording.ts";
import type { RecordStore } from "./record/record-store.ts";

const BODY_LIMIT_BYTES = 1024 * 1024;

/**
 * The router with its records elsewhere than its settings say, for measurements and tests that are code. There is no
 * setting for it: nobody who runs a router can have it answer without record.
 * @param options.store where they go; `none`: nothing is put on record
 */
export function routerWith(options: {
  store: RecordStore | "none";
}): ServiceDefinition<RouterSettings> {
  return routerWhere(options.store);
}

/** The router as a process: one GraphQL address in front of every subgraph of a supergraph. */
export const service = routerWhere(undefined);

function routerWhere(store: StoreInCode): ServiceDefinition<RouterSettings> {
  return defineService<RouterSettings>({
    name: "router",
    settings: routerSettings,
    start: async (settings, frame) => await start(settings, frame, store),
  });
}

async function start(
  settings: RouterSettings,
  { log }: Frame,
  store: StoreInCode,
): Promise<RunningService> {
  // Known for certain only when the port is.
  let publicUrl = settings.PUBLIC_URL ?? "";
  const { house, readiness, close } = await openHouse(settings, log, () => publicUrl, store);
  const notReady = async (): Promise<string[]> => await readiness.notReady();
  const http = await startHttp({
    port: settings.PORT,
    host: settings.HOST,
    log,
    bodyLimitBytes: BODY_LIMIT_BYTES,
    takesRequestId: false,
    notReady,
    degraded: async () => await readiness.degraded(),
    routes: (app) => serveAddresses(app, house),
  }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  publicUrl ||= `${http.url}/graphql`;
  return {
    url: http.url,
    notReady,
    async stop() {
      await http.stop();
      await close();
    },
  };
}

if (import.meta.main) await runService(service);
