import { createServer } from "node:net";
import { StartupError } from "@truc/service";
import type { FederatedSubgraph } from "../federation.ts";
import { PORT_OFFSET } from "./options.ts";

export interface Ports {
  router: number;
  authority: number;
  postgres: number;
  /** In the order of federation.yaml. */
  subgraphs: number[];
}

export function portsFrom(port: number, subgraphs: readonly FederatedSubgraph[]): Ports {
  return {
    router: port + PORT_OFFSET.router,
    authority: port + PORT_OFFSET.authority,
    postgres: port + PORT_OFFSET.postgres,
    subgraphs: subgraphs.map((_, index) => port + PORT_OFFSET.subgraphs + index),
  };
}

/**
 * Finds a port in use before minutes are spent on databases. PostgreSQL checks its own, once it knows whether an
 * earlier start left a server behind.
 * @throws StartupError naming the port, what it is for and what to do
 */
export async function refuseUsedPorts(
  ports: Ports,
  subgraphs: readonly FederatedSubgraph[],
): Promise<void> {
  const last = Math.max(ports.postgres, ...ports.subgraphs);
  const wanted: [string, number][] = [
    ["router", ports.router],
    ["authority", ports.authority],
    ...subgraphs.map(({ name }, index): [string, number] => [
      `subgraph ${name}`,
      ports.subgraphs[index]!,
    ]),
  ];
  for (const [who, port] of wanted) {
    const reason = await whyUnusable(port);
    if (reason === undefined) continue;
    throw new StartupError(
      `Port ${port}, meant for the ${who}, ${reason}: choose others with --port (it and its neighbours up to +${last - ports.router} are used).`,
    );
  }
}

async function whyUnusable(port: number): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", ({ code, message }: NodeJS.ErrnoException) =>
      resolve(code === "EADDRINUSE" ? "is in use" : `cannot be used (${message})`),
    );
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () =>
      probe.close(() => resolve(undefined)),
    );
  });
}
