import { createServer } from "node:net";
import { StartupError } from "@truc/service";
import { isOwnProcess, type FederatedSubgraph } from "../federation.ts";
import { PORT_OFFSET } from "./options.ts";

export interface Ports {
  router: number;
  authority: number;
  audit: number;
  postgres: number;
  /**
   * By the subgraph's name. Those that are processes of their own follow one another in the order of federation.yaml;
   * one that a process of the platform serves answers at that process's port.
   */
  subgraphs: ReadonlyMap<string, number>;
}

export function portsFrom(port: number, subgraphs: readonly FederatedSubgraph[]): Ports {
  const own = subgraphs.filter(isOwnProcess);
  const offsetOf = (subgraph: FederatedSubgraph): number =>
    subgraph.process === undefined
      ? PORT_OFFSET.subgraphs + own.indexOf(subgraph)
      : PORT_OFFSET[subgraph.process];
  return {
    router: port + PORT_OFFSET.router,
    authority: port + PORT_OFFSET.authority,
    audit: port + PORT_OFFSET.audit,
    postgres: port + PORT_OFFSET.postgres,
    subgraphs: new Map(subgraphs.map((subgraph) => [subgraph.name, port + offsetOf(subgraph)])),
  };
}

/**
 * Finds a port in use before minutes are spent on databases. PostgreSQL checks its own, once it knows whether an
 * earlier start left a server behind.
 * @throws StartupError naming the port, what it is for and what to do
 */
export async function refuseUsedPorts(ports: Ports): Promise<void> {
  const last = Math.max(ports.postgres, ...ports.subgraphs.values());
  const wanted: [string, number][] = [
    ["router", ports.router],
    ["authority", ports.authority],
    ["audit process", ports.audit],
    ...[...ports.subgraphs]
      .filter(([, port]) => port !== ports.authority && port !== ports.audit)
      .map(([name, port]): [string, number] => [`subgraph ${name}`, port]),
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
