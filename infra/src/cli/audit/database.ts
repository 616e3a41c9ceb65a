import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Database, dialectOf, openDatabase, StartupError } from "@truc/service";
import { sql } from "kysely";
import { PORT_OFFSET } from "../../all-in-one/options.ts";
import { platformIn } from "../running-platform.ts";
import { whyNotRead } from "../why-not-read.ts";

/** The audit database's name in an all-in-one start, and its owner's. */
const NAME = "audit";

/**
 * Opens the audit database, the one of that address or that of a running platform, and notes in it that somebody looks
 * at the log past the platform.
 * @param look what is done, as the note says it
 * @throws StartupError when it does not answer, is none, or takes no note
 */
export async function openAuditDatabase(
  url: string | undefined,
  data: string,
  look: string,
): Promise<Database> {
  const address = url ?? (await urlIn(resolve(data)));
  if (dialectOf(address) !== "postgres" || !URL.canParse(address))
    throw new StartupError(
      "The audit database's address begins with postgresql://: name it with --database.",
    );
  const place = withoutPassword(address);
  const db = openDatabase(address, { maxConnections: 2 });
  try {
    await db.ping().catch((error: unknown) => {
      throw new StartupError(
        `The audit database does not answer at ${place}: ${whyNotRead(error)}. Start it, or name another with --database.`,
        { cause: error },
      );
    });
    await note(db, place, look);
    return db;
  } catch (error) {
    await db.close();
    throw error;
  }
}

async function note(db: Database, place: string, look: string): Promise<void> {
  const { rows } = await sql<{ log: boolean; looks: boolean }>`
    select to_regclass('audit_head') is not null as log, to_regclass('audit_look') is not null as looks
  `.execute(db.kysely);
  const { log, looks } = rows[0]!;
  if (!log)
    throw new StartupError(
      `There is no audit log in the database ${place}: name another with --database.`,
    );
  if (!looks)
    throw new StartupError(
      `The audit database ${place} is of an earlier version: start its audit process once with this one.`,
    );
  const { noteLook } = await import("@truc/audit");
  await noteLook(db, look).catch((error: unknown) => {
    throw new StartupError(
      `It cannot be noted in the audit database ${place} that it is looked at: ${whyNotRead(error)}.`,
      { cause: error },
    );
  });
}

/** As people may see it: parameters, too, may hold a password. */
function withoutPassword(address: string): string {
  const { username, host, pathname } = new URL(address);
  return `postgresql://${username === "" ? "" : `${username}@`}${host}${pathname}`;
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
