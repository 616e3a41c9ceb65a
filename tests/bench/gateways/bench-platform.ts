import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { PermitSecrets } from "@truc/contracts";
import { compose } from "../../../infra/src/compose/compose-subgraphs.ts";
import { FEDERATION_FILE, ROOT } from "../../../infra/src/federation.ts";
import { AuditProcess } from "../../harness/audit-process.ts";
import { KillablePostgres } from "../../harness/killable-postgres.ts";
import type { Endings } from "../endings.ts";
import { RouterSetup } from "../../harness/router-process.ts";
import { TestAuthority, type TestSystem } from "../../harness/test-authority.ts";
import type { Truc } from "./party.ts";
import { registerSchemas } from "./register-schemas.ts";

const PURPOSE = "BENCH";
/** So many, because what one grant may cost in a minute is less than what a router answers in it. */
const SYSTEMS = 8;
/** Longer than any run: it is not measured how tokens are renewed. */
const LIFETIME_SECONDS = 6 * 3_600;

/**
 * What stands around Truc's router with everything on: an authority whose registry it follows, and the audit process
 * over a PostgreSQL of its own that commits to disk.
 */
export class BenchPlatform {
  readonly authority: TestAuthority;
  readonly postgres: KillablePostgres;
  /** What the router shares with each register. */
  readonly permits: string;
  readonly #audit: AuditProcess;
  readonly #systems: readonly TestSystem[];
  readonly #scopes: string;

  private constructor(
    parts: { authority: TestAuthority; postgres: KillablePostgres; audit: AuditProcess },
    systems: readonly TestSystem[],
    scopes: readonly string[],
    directory: string,
  ) {
    this.authority = parts.authority;
    this.postgres = parts.postgres;
    this.#audit = parts.audit;
    this.#systems = systems;
    this.#scopes = scopes.join(" ");
    this.permits = join(directory, "permits");
    mkdirSync(this.permits);
    const secrets: PermitSecrets = { keys: [{ kid: "bench", secret: "S".repeat(43) }] };
    for (const { name } of registerSchemas())
      writeFileSync(this.permitsOf(name), JSON.stringify(secrets), { mode: 0o600 });
  }

  static async start(endings: Endings): Promise<BenchPlatform> {
    const schemas = registerSchemas();
    const texts = schemas.map(({ schema }) => schema).join("\n");
    const scopes = [
      ...new Set([...texts.matchAll(/"([a-z]+:[a-z]+)"/g)].map(([, scope]) => scope!)),
    ];
    const directory = mkdtempSync(join(tmpdir(), "truc-bench-gateways-"));
    endings.add(async () => await rm(directory, { recursive: true }));
    const authority = await TestAuthority.start();
    endings.add(async () => await authority.stop());
    const systems: TestSystem[] = [];
    for (let number = 0; number < SYSTEMS; number += 1) {
      const system = await authority.system(`portal-${number}`);
      authority.grant(system.id, PURPOSE, { scopes });
      systems.push(system);
    }
    const postgres = await KillablePostgres.start();
    endings.add(async () => await postgres.stop());
    const supergraph = compose(schemas.map((each) => ({ ...each, url: "http://127.0.0.1:1" })));
    const audit = await AuditProcess.start({
      postgresUrl: postgres.adminUrl,
      authority,
      supergraph,
    });
    endings.add(async () => await audit.stop());
    return new BenchPlatform({ authority, postgres, audit }, systems, scopes, directory);
  }

  permitsOf(register: string): string {
    return join(this.permits, `${register}.json`);
  }

  /** Access tokens of as many people, signed by the authority. */
  async tokens(count: number): Promise<string[]> {
    const exp = Math.floor(Date.now() / 1_000) + LIFETIME_SECONDS;
    const tokens: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const sub = `person-${crypto.randomUUID()}`;
      this.authority.people.set(sub, { pin: null, status: "active" });
      const claims = { purpose: PURPOSE, scope: this.#scopes, sub, exp };
      tokens.push(await this.authority.token(this.#systems[index % SYSTEMS]!, claims));
    }
    return tokens;
  }

  /** What a peer needs to verify the same tokens. */
  get tokenSettings(): Record<string, string> {
    const { url, audience } = this.authority.issuer;
    return { JWKS_URL: url, TOKEN_ISSUER: url, TOKEN_AUDIENCE: audience };
  }

  /** The router over these registers. @param addresses by register, with path */
  async startRouter(addresses: Readonly<Record<string, string>>, endings: Endings): Promise<Truc> {
    const subgraphs = registerSchemas().map(({ name, schema }) => ({
      name,
      schema,
      url: addresses[name]!,
    }));
    const setup = await RouterSetup.make(compose(subgraphs), this.authority);
    endings.add(async () => await setup.stop());
    const { options, environment } = routerCommand();
    const settings = {
      ...environment,
      ...this.#audit.routerSettings,
      FEDERATION: FEDERATION_FILE,
      PERMIT_SECRETS: this.permits,
    };
    const router = setup.start(settings, options);
    endings.add(async () => await router.signal("SIGTERM"));
    const origin = await router.ready();
    await untilWell(origin);
    const others = [
      { part: "audit", pid: this.#audit.pid },
      { part: "auditDatabase", pid: this.postgres.pid },
    ] as const;
    return {
      gateway: "truc",
      pid: router.child.pid!,
      url: `${origin}/graphql`,
      others,
      supergraph: setup.environment()["SUPERGRAPH"]!,
    };
  }
}

/** What `npm run router` gives Node.js, on its command line and as variables. */
function routerCommand(): { options: string[]; environment: Record<string, string> } {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: { router: string };
  };
  const words = scripts.router.split(" ");
  const variables = words.flatMap((word) => {
    const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(word) ?? [];
    return name === undefined ? [] : [[name, value]];
  });
  const environment = Object.fromEntries(variables) as Record<string, string>;
  return { options: words.filter((word) => word.startsWith("--")), environment };
}

/** Waits until the router has heard of the registry, and has its keys. @throws Error with what it lacks after half a minute */
async function untilWell(origin: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const response = await fetch(`${origin}/health/ready`);
    const text = await response.text();
    if (response.ok) return;
    if (performance.now() > deadline) throw new Error(`the router is not ready: ${text}`);
    await pause(50);
  }
}
