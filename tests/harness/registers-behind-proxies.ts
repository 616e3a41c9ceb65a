import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog, readSettings, type RunningService } from "@truc/service";
import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import { importSubgraph } from "../../infra/src/all-in-one/services.ts";
import { compose } from "../../infra/src/compose/compose-subgraphs.ts";
import { loadCountry } from "../../infra/src/country/load.ts";
import type { Country, RegisterLoader } from "../../infra/src/country/model.ts";
import {
  FEDERATION_FILE,
  isOwnProcess,
  readFederation,
  ROOT,
  type FederatedSubgraph,
} from "../../infra/src/federation.ts";
import { CuttableProxy } from "./cuttable-proxy.ts";

/** The register that keeps its rows on MariaDB where the run has one. */
const ON_MARIADB = "business";

/** A register that runs in this process, and the wire to its database. */
export interface ProxiedRegister {
  /** Without trailing slash. */
  url: string;
  /** Past the proxy. */
  database: TestDatabase;
  wire: CuttableProxy;
}

/** Every register of federation.yaml over a database of its own that can be cut off, filled with one country. */
export class RegistersBehindProxies {
  readonly directory = mkdtempSync(join(tmpdir(), "truc-registers-"));
  readonly #registers = new Map<string, ProxiedRegister>();
  readonly #running: RunningService[] = [];
  /** Their supergraph's text. */
  supergraph = "";

  static async start(country: Country): Promise<RegistersBehindProxies> {
    const all = new RegistersBehindProxies();
    const entries = readFederation().filter(isOwnProcess);
    await Promise.all(entries.map(async (entry) => await all.#start(entry)));
    all.supergraph = compose(
      entries.map(({ name, folder }) => ({
        name,
        url: `${all.of(name).url}/graphql`,
        schema: readFileSync(join(folder, "schema.graphql"), "utf8"),
      })),
    );
    const registers = await Promise.all(
      entries.map(async ({ name }) => {
        const file = join(ROOT, "infra/src/country/registers", `${name}.ts`);
        const { loader } = (await import(file)) as { loader: RegisterLoader };
        return { name, url: all.of(name).database.url, loader };
      }),
    );
    await loadCountry({ country, registers });
    return all;
  }

  /** What a router needs to be told of them. */
  get routerSettings(): Record<string, string> {
    return { FEDERATION: FEDERATION_FILE, PERMIT_SECRETS: this.directory };
  }

  get scopes(): string[] {
    return [
      ...new Set([...this.supergraph.matchAll(/"([a-z]+:[a-z]+)"/g)].map((match) => match[1]!)),
    ];
  }

  of(name: string): ProxiedRegister {
    return this.#registers.get(name)!;
  }

  async cutAll(): Promise<void> {
    await Promise.all([...this.#registers.values()].map(async ({ wire }) => await wire.cut()));
  }

  async restoreAll(): Promise<void> {
    await Promise.all([...this.#registers.values()].map(async ({ wire }) => await wire.restore()));
  }

  async stop(): Promise<void> {
    await this.restoreAll();
    await Promise.all(this.#running.map(async (service) => await service.stop()));
    await this.cutAll();
    await Promise.all(
      [...this.#registers.values()].map(async ({ database }) => await database.drop()),
    );
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #start(entry: FederatedSubgraph): Promise<void> {
    const { name } = entry;
    const servers = databaseServers();
    const mariadb = servers.find(({ dialect }) => dialect === "mariadb");
    const database = await createTestDatabase(
      name === ON_MARIADB && mariadb ? mariadb : servers[0]!,
    );
    const wire = await CuttableProxy.start(database.url);
    const secrets = join(this.directory, `${name}.json`);
    const secret = randomBytes(32).toString("base64url");
    writeFileSync(secrets, JSON.stringify({ keys: [{ kid: "test", secret }] }), { mode: 0o600 });
    const service = await importSubgraph(entry);
    const running = await service.start(
      readSettings(service.settings, {
        PORT: "0",
        DATABASE_URL: wire.url,
        PERMIT_SECRETS: secrets,
        JOURNAL: join(this.directory, `${name}-journal`),
      }),
      { log: createLog({ name, level: "silent" }) },
    );
    this.#running.push(running);
    this.#registers.set(name, { url: running.url, database, wire });
  }
}
