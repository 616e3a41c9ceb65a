import type { Kysely } from "kysely";
import { Migrator } from "kysely/migration";
import { StartupError } from "../startup-error.ts";
import { isUnavailable } from "./is-unavailable.ts";
import type { Dialect } from "./dialect.ts";
import type { Database } from "./open-database.ts";

/** One step of a schema's history; a published one is never changed, the next one corrects it. */
export interface Migration {
  up(db: Kysely<any>, dialect: Dialect): Promise<void>;
}

/**
 * Brings a database to the newest version, from whichever earlier one it has, in the order of the migrations' names
 * ("0001-initial"). Several processes may do so at once: a lock lets one through.
 * @throws StartupError with one sentence
 */
export async function migrate(db: Database, migrations: Record<string, Migration>): Promise<void> {
  const migrator = new Migrator({
    db: db.kysely.withoutPlugins(),
    provider: {
      getMigrations: async () =>
        Object.fromEntries(
          Object.entries(migrations).map(([name, migration]) => [
            name,
            { up: (kysely: Kysely<any>) => migration.up(kysely, db.dialect) },
          ]),
        ),
    },
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  if (isUnavailable(error)) throw unreachable(error);
  const failed = results?.find(({ status }) => status === "Error")?.migrationName;
  throw new StartupError(
    failed === undefined
      ? `The database cannot be brought to this version: ${reasonOf(error)}.`
      : `The database migration ${failed} failed: ${reasonOf(error)}.`,
    { cause: error },
  );
}

/** The sentence for a database that does not answer at the start. */
export function unreachable(error: unknown): StartupError {
  return new StartupError(
    `The database does not answer (${reasonOf(error)}): check DATABASE_URL and that it runs.`,
    {
      cause: error,
    },
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  const text = error.message === "" && typeof code === "string" ? code : error.message;
  return text.replace(/\.\s*$/, "");
}
