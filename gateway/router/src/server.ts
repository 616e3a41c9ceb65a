import {
  defineService,
  runService,
  startHttp,
  type Frame,
  type RunningService,
} from "@truc/service";
import { serveAddresses } from "./addresses.ts";
import { routerSettings, type RouterSettings } from "./config.ts";
import { openHouse } from "./open-house.ts";

const BODY_LIMIT_BYTES = 1024 * 1024;

/** The router as a process: one GraphQL address in front of every subgraph of a supergraph. */
export const service = defineService<RouterSettings>({
  name: "router",
  settings: routerSettings,
  start,
});

async function start(settings: RouterSettings, { log }: Frame): Promise<RunningService> {
  // Known for certain only when the port is.
  let publicUrl = settings.PUBLIC_URL ?? "";
  const { house, readiness, close } = await openHouse(settings, log, () => publicUrl);
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
