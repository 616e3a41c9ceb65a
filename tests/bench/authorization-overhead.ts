import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parse, print, visit } from "graphql";
import { EXAMPLE } from "../../infra/src/all-in-one/example.ts";
import { FEDERATION_FILE, readFederation } from "../../infra/src/federation.ts";
import { ServiceProcess } from "../harness/service-process.ts";
import { TestAuthority } from "../harness/test-authority.ts";
import { composeSupergraph } from "../harness/test-router.ts";
import { rowOf, type BenchOptions, type BenchRow } from "./bench-row.ts";
import { cpuMicros, send } from "./load.ts";

const PIN = "901170000001";
const CONNECTIONS = 16;
const RULES = new Set(["requiresScopes", "authenticated", "data", "subject"]);

/**
 * What authorization costs the router on one query over four registers: the same operation through two routers that
 * are asked in turn, one with everything on (registry's feed, filter, budget, a permit for every fetch), one over the
 * same schemas without a rule. Both verify the token and keep their records.
 */
export async function authorizationOverhead({ quick }: BenchOptions): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), "truc-bench-"));
  const mocks = spawn(process.execPath, [
    fileURLToPath(new URL("mock-subgraphs.ts", import.meta.url)),
  ]);
  const [line] = (await once(createInterface(mocks.stdout), "line")) as [string];
  const addresses = JSON.parse(line) as Record<string, string>;
  const authority = await TestAuthority.start();
  const routers: ServiceProcess[] = [];
  try {
    const on = await startRouter(
      join(directory, "on"),
      supergraph(addresses, true),
      authority,
      true,
    );
    routers.push(on.process);
    const off = await startRouter(
      join(directory, "off"),
      supergraph(addresses, false),
      authority,
      false,
    );
    routers.push(off.process);
    const system = await authority.system("portal");
    const scopes = scopesOf(addresses);
    authority.grant(system.id, "BENCH", { scopes });
    const token = await authority.token(system, { purpose: "BENCH", scope: scopes.join(" ") });
    const init = {
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: EXAMPLE.query, variables: { pin: PIN } }),
    };
    return await measure({ on, off }, init, quick);
  } finally {
    await Promise.all(routers.map(async (router) => await router.signal("SIGTERM")));
    mocks.kill();
    await authority.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Measured {
  process: ServiceProcess;
  url: string;
}

async function measure(
  routers: Record<"on" | "off", Measured>,
  init: { headers: Record<string, string>; body: string },
  quick: boolean,
): Promise<BenchRow[]> {
  const load = { requests: quick ? 500 : 2_000, connections: CONNECTIONS };
  const cost = { on: [] as number[], off: [] as number[] };
  const answers = new Set<string>();
  for (const { url } of Object.values(routers)) {
    const response = await fetch(url, { method: "POST", ...init });
    const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
    if (errors !== undefined) throw new Error(`errors in the answer: ${JSON.stringify(errors)}`);
    answers.add(JSON.stringify(data));
  }
  if (answers.size !== 1) throw new Error("the two routers answer differently");
  for (let round = -1; round < (quick ? 3 : 9); round += 1) {
    for (const name of ["on", "off"] as const) {
      const { process: router, url } = routers[name];
      const before = cpuMicros(router.child.pid!);
      await send(url, init, load);
      if (round >= 0) cost[name].push((cpuMicros(router.child.pid!) - before) / load.requests);
    }
  }
  return [
    rowOf("four registers, authorization on", "µs CPU a request", cost.on),
    rowOf("four registers, authorization off", "µs CPU a request", cost.off),
    rowOf(
      "authorization on to off",
      "ratio",
      cost.on.map((on, index) => on / cost.off[index]!),
    ),
  ];
}

async function startRouter(
  directory: string,
  text: string,
  authority: TestAuthority,
  authorizes: boolean,
): Promise<Measured> {
  const permits = join(directory, "permits");
  mkdirSync(join(directory, "journal"), { recursive: true });
  mkdirSync(permits);
  for (const { name } of readFederation()) {
    const keys = [{ kid: name, secret: "S".repeat(43) }];
    writeFileSync(join(permits, `${name}.json`), JSON.stringify({ keys }), { mode: 0o600 });
  }
  writeFileSync(join(directory, "supergraph.graphql"), text);
  const settings = authorizes
    ? {
        FEDERATION: FEDERATION_FILE,
        PERMIT_SECRETS: permits,
        ...authority.settings(directory),
      }
    : { GRANTS: "token" };
  const process = new ServiceProcess("gateway/router", {
    PORT: "0",
    SUPERGRAPH: join(directory, "supergraph.graphql"),
    TOKEN_ISSUER: authority.issuer.url,
    TOKEN_AUDIENCE: authority.issuer.audience,
    JWKS_URL: authority.issuer.url,
    AUDIT: `journal:${join(directory, "journal")}`,
    LOG_LEVEL: "info",
    ...settings,
  });
  return { process, url: `${await process.ready()}/graphql` };
}

function schemaOf(name: string): string {
  const { folder } = readFederation().find((each) => each.name === name)!;
  return readFileSync(join(folder, "schema.graphql"), "utf8");
}

function supergraph(addresses: Record<string, string>, guarded: boolean): string {
  return composeSupergraph(
    Object.entries(addresses).map(([name, url]) => {
      const schema = schemaOf(name);
      return { name, url, schema: guarded ? schema : withoutRules(schema) };
    }),
  );
}

/** The schema as if nobody had said who may see what. */
function withoutRules(schema: string): string {
  return print(
    visit(parse(schema), {
      Directive: ({ name }) => (RULES.has(name.value) ? null : undefined),
    }),
  );
}

function scopesOf(addresses: Record<string, string>): string[] {
  const texts = Object.keys(addresses).map(schemaOf).join("\n");
  return [...new Set([...texts.matchAll(/"([a-z]+:[a-z]+)"/g)].map((match) => match[1]!))];
}
