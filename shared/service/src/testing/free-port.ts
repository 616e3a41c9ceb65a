import { createServer, type Server } from "node:net";

/** Below what the kernel gives to outgoing connections and to `listen(0)`, which begins at 32768 unless it was told otherwise. */
const LOWEST = 20_000;
const HALF = 6_000;

/**
 * A port for whoever listens there later, or not all the time, with so many more above it. No other process that asks
 * here is given any of them while this one lives.
 */
export async function freePort({ neighbours = 0 } = {}): Promise<number> {
  for (;;) {
    const first = LOWEST + Math.floor(Math.random() * (HALF - neighbours));
    const ports = Array.from({ length: neighbours + 1 }, (_, offset) => first + offset);
    // Listening at its counterpart in the upper half claims a port: every run on the machine sees it, and it ends with the process.
    const claims = await Promise.all(ports.map(async (port) => await listenAt(port + HALF)));
    const free = await Promise.all(ports.map(isFree));
    if (claims.every((claim) => claim !== undefined) && free.every(Boolean)) return first;
    for (const claim of claims) claim?.close();
  }
}

export async function isFree(port: number): Promise<boolean> {
  const probe = await listenAt(port);
  if (probe === undefined) return false;
  await new Promise((resolve) => probe.close(resolve));
  return true;
}

/** Keeps no process running; undefined where the port is in use. */
async function listenAt(port: number): Promise<Server | undefined> {
  return await new Promise((resolve) => {
    const server = createServer().unref();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}
