import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { AuditProcess } from "../../harness/audit-process.ts";
import { KillablePostgres } from "../../harness/killable-postgres.ts";
import { RouterSetup } from "../../harness/router-process.ts";
import { ServiceProcess } from "../../harness/service-process.ts";
import { composeSupergraph } from "../../harness/test-router.ts";
import { rowOf, type BenchOptions, type BenchRow } from "../bench-row.ts";
import { cpuMicros, sendEach } from "../load.ts";
import { steadyLoad } from "./open-load.ts";
import { peopleSchema } from "./people-schema.ts";

const CONNECTIONS = 64;
const FIFTY = 50;
/** Rounds that are not counted: a router has all its code compiled after some ten seconds of load. */
const WARM_UP_ROUNDS = 4;
const QUERIES = {
  one: "query ($ids: [ID!]!) { citizens(ids: $ids) { name birthDate } }",
  fifty: "query ($ids: [ID!]!) { citizens(ids: $ids) { name birthDate address } }",
} as const;
type Load = keyof typeof QUERIES;
type State = "on" | "off";

/**
 * What records cost the router: the same requests through two routers that are asked in turn, one whose every answer
 * waits for its record in the audit database, one that keeps none and fetches nothing for them. Saturated for CPU,
 * at 200 requests a second for latency.
 */
export async function routerCost({ quick }: BenchOptions): Promise<BenchRow[]> {
  const register = spawn(process.execPath, [
    fileURLToPath(new URL("people-register.ts", import.meta.url)),
  ]);
  const [url] = (await once(createInterface(register.stdout), "line")) as [string];
  const postgres = await KillablePostgres.start();
  const audit = await AuditProcess.start({ postgresUrl: postgres.adminUrl });
  const setups = {
    on: await RouterSetup.make(supergraph(url, true)),
    off: await RouterSetup.make(supergraph(url, false)),
  };
  const without = fileURLToPath(new URL("router-without-records.ts", import.meta.url));
  const processes = {
    on: setups.on.start(audit.routerSettings),
    off: new ServiceProcess(without, setups.off.environment()),
  };
  try {
    const routers = {
      on: await askable(processes.on, setups.on),
      off: await askable(processes.off, setups.off),
    };
    return [...(await cpu(routers, quick)), ...(await latency(routers, quick))];
  } finally {
    for (const router of Object.values(processes)) await router.signal("SIGTERM");
    for (const setup of Object.values(setups)) await setup.stop();
    await audit.stop();
    await postgres.stop();
    register.kill();
  }
}

interface Askable {
  readonly pid: number;
  readonly address: string;
  readonly headers: Record<string, string>;
}

async function askable(router: ServiceProcess, setup: RouterSetup): Promise<Askable> {
  const address = `${await router.ready()}/graphql`;
  const authorization = `Bearer ${await setup.issuer.token()}`;
  return {
    pid: router.child.pid!,
    address,
    headers: { "content-type": "application/json", authorization },
  };
}

async function cpu(routers: Record<State, Askable>, quick: boolean): Promise<BenchRow[]> {
  const cost: Record<Load, Record<State, number[]>> = {
    one: { on: [], off: [] },
    fifty: { on: [], off: [] },
  };
  for (let round = quick ? -1 : -WARM_UP_ROUNDS; round < (quick ? 3 : 9); round += 1) {
    for (const load of ["one", "fifty"] as const) {
      const requests = (load === "one" ? 6_000 : 1_500) / (quick ? 3 : 1);
      for (const state of ["on", "off"] as const) {
        const { pid, address, headers } = routers[state];
        const before = cpuMicros(pid);
        const next = (): string => bodyOf(load);
        await sendEach(address, headers, next, { requests, connections: CONNECTIONS });
        if (round >= 0) cost[load][state].push((cpuMicros(pid) - before) / requests);
      }
    }
  }
  const extra = (load: Load): number[] =>
    cost[load].on.map((on, index) => on - cost[load].off[index]!);
  const one = extra("one");
  return [
    rowOf("one citizen, records on", "µs CPU a request", cost.one.on),
    rowOf("one citizen, records off", "µs CPU a request", cost.one.off),
    rowOf("records, one citizen", "µs CPU a request", one),
    rowOf("fifty citizens, records on", "µs CPU a request", cost.fifty.on),
    rowOf("fifty citizens, records off", "µs CPU a request", cost.fifty.off),
    rowOf("records, fifty citizens", "µs CPU a request", extra("fifty")),
    rowOf(
      "records, each further citizen",
      "µs CPU a citizen",
      extra("fifty").map((all, index) => (all - one[index]!) / (FIFTY - 1)),
    ),
  ];
}

async function latency(routers: Record<State, Askable>, quick: boolean): Promise<BenchRow[]> {
  const took = {
    p50: { on: [] as number[], off: [] as number[] },
    p99: { on: [] as number[], off: [] as number[] },
  };
  const load = { perSecond: 200, seconds: quick ? 4 : 15 };
  for (let round = 0; round < (quick ? 2 : 5); round += 1) {
    for (const state of ["on", "off"] as const) {
      const { address, headers } = routers[state];
      const { p50, p99 } = await steadyLoad(address, headers, () => bodyOf("one"), load);
      took.p50[state].push(p50);
      took.p99[state].push(p99);
    }
  }
  return (["p50", "p99"] as const).flatMap((share) => [
    rowOf(`200 requests/s, records on, ${share}`, "ms", took[share].on),
    rowOf(`200 requests/s, records off, ${share}`, "ms", took[share].off),
    rowOf(
      `records, ${share} at 200 requests/s`,
      "ms",
      took[share].on.map((on, index) => on - took[share].off[index]!),
    ),
  ]);
}

/** A request for citizens out of 10,000, drawn anew each time. */
function bodyOf(load: Load): string {
  const ids = Array.from(
    { length: load === "one" ? 1 : FIFTY },
    () => `9011700${String(Math.floor(Math.random() * 10_000)).padStart(5, "0")}`,
  );
  return JSON.stringify({ query: QUERIES[load], variables: { ids } });
}

function supergraph(url: string, subjects: boolean): string {
  return composeSupergraph([{ name: "people", url, schema: peopleSchema(subjects) }]);
}
