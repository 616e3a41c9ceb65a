import { mkdirSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase } from "@truc/service/testing";
import { makeCountry } from "../../../infra/src/country/country.ts";
import { loadCountry, type LoadProgress } from "../../../infra/src/country/load.ts";
import type { Country, RegisterLoader } from "../../../infra/src/country/model.ts";
import { ROOT } from "../../../infra/src/federation.ts";
import { KillablePostgres } from "../../harness/killable-postgres.ts";
import { ServiceProcess } from "../../harness/service-process.ts";
import type { Endings } from "../endings.ts";
import type { BenchPlatform } from "./bench-platform.ts";
import type { Helper, Party } from "./party.ts";
import { registerSchemas } from "./register-schemas.ts";

const SEED = 5;
const COUNTRY = countryOf(10_000);

/** The country that the registers hold. */
export function countryOf(citizens: number): Country {
  return makeCountry({ seed: SEED, citizens });
}

/** The citizens of the country of ten thousand. */
export function citizensOnRecord(): string[] {
  return [...COUNTRY.blocks()].flatMap(({ people }) => people.map(({ pin }) => pin));
}

/** Connection URLs by register. */
export type Databases = Readonly<Record<string, string>>;

export interface Registers {
  /** By register, with path. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly helpers: readonly Helper[];
}

/** The four registers as processes of their own, each of which brings its tables up to date before it is ready. */
export async function startRegisters(
  platform: BenchPlatform,
  databases: Databases,
  endings: Endings,
): Promise<Registers> {
  const directory = mkdtempSync(join(tmpdir(), "truc-bench-registers-"));
  endings.add(async () => await rm(directory, { recursive: true }));
  const addresses: Record<string, string> = {};
  const helpers: Helper[] = [];
  for (const [name, url] of Object.entries(databases)) {
    const journal = join(directory, name);
    mkdirSync(journal);
    const register = new ServiceProcess(`subgraphs/${name}`, {
      PORT: "0",
      DATABASE_URL: url,
      PERMIT_SECRETS: platform.permitsOf(name),
      JOURNAL: journal,
    });
    endings.add(async () => await register.signal("SIGTERM"));
    addresses[name] = `${await register.ready()}/graphql`;
    helpers.push({ part: "subgraphs", pid: register.child.pid! });
  }
  return { addresses, helpers };
}

/** Loads a country into the registers' tables, as far as it is not there. @returns whether anything was loaded */
export async function fill(
  country: Country,
  databases: Databases,
  onProgress: (progress: LoadProgress) => void = () => {},
): Promise<boolean> {
  const registers = await Promise.all(
    Object.entries(databases).map(async ([name, url]) => {
      const file = join(ROOT, "infra/src/country/registers", `${name}.ts`);
      const { loader } = (await import(file)) as { loader: RegisterLoader };
      return { name, url, loader };
    }),
  );
  return (await loadCountry({ country, registers, onProgress })).loaded;
}

/** Truc over its registers on PostgreSQL, with the country of {@link citizensOnRecord} in them. */
export async function startTrucOverPostgres(
  platform: BenchPlatform,
  endings: Endings,
): Promise<{ truc: Party; database: Helper; databases: Databases }> {
  const postgres = await KillablePostgres.start();
  endings.add(async () => await postgres.stop());
  const database = { part: "database", pid: postgres.pid } as const;
  const server = { dialect: "postgres", url: postgres.adminUrl } as const;
  const databases: Record<string, string> = {};
  for (const { name } of registerSchemas())
    databases[name] = (await createTestDatabase(server)).url;
  const { addresses, helpers } = await startRegisters(platform, databases, endings);
  await fill(COUNTRY, databases);
  const router = await platform.startRouter(addresses, endings);
  const truc = { ...router, others: [...helpers, database, ...router.others] };
  return { truc, database, databases };
}
