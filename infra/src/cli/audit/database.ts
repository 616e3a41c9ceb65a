import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Database, openDatabase, StartupError } from "@truc/service";
import { PORT_OFFSET } from "../../all-in-one/options.ts";
import { platformIn } from "../running-platform.ts";

/** The audit database's name in an all-in-one start, and its owner's. */
const NAME = "audit";

/**
 * Opens the audit database: the one of that address, or that of a running platform.
 * @throws StartupError
 */
export async function openAuditDatabase(url: string | undefined, data: string): Promise<Database> {
  return openDatabase(url ?? (await urlIn(resolve(data))), { maxConnections: 2 });
}

/** Where the embedded PostgreSQL of a running platform listens, and under which password. */
async function urlIn(data: string): Promise<string> {
  const { graphql } = await platformIn(data);
  const port = Number(new URL(graphql).port) - PORT_OFFSET.router + PORT_OFFSET.postgres;
  const file = join(data, "postgres", "passwords.json");
  try {
    const passwords = JSON.parse(await readFile(file, "utf8")) as Record<string, string>;
    return `postgresql://${NAME}:${passwords[NAME]}@127.0.0.1:${port}/${NAME}`;
  } catch (error) {
    throw new StartupError(
      `The password of the audit database cannot be read in ${file}: name the database with --database.`,
      { cause: error },
    );
  }
}
