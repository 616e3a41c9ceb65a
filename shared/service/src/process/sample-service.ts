import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod";
import { startHttp } from "../http/start-http.ts";
import { defineService } from "./define-service.ts";
import { runService } from "./run-service.ts";
import { settings } from "./settings.ts";

/** A process for the frame's own tests: it answers /slow when it has been told to stop, or after ten seconds. */
const service = defineService({
  name: "sample",
  settings: z.object({ PORT: settings.port, HOST: settings.host }),
  async start({ PORT, HOST }, { log }) {
    const stopping = new AbortController();
    const notReady = async (): Promise<string[]> => [];
    const http = await startHttp({
      port: PORT,
      host: HOST,
      log,
      notReady,
      routes(app) {
        app.get("/slow", async () => {
          log.info("slow request");
          await pause(10_000, undefined, { signal: stopping.signal }).catch(() => {});
          return { done: true };
        });
      },
    });
    return {
      url: http.url,
      notReady,
      async stop() {
        const stopped = http.stop();
        stopping.abort();
        await stopped;
      },
    };
  },
});

await runService(service);
