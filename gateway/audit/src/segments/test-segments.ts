import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "@truc/service";
import type { QueryResult } from "kysely";

/** A folder of a test's own. */
export async function createFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "truc-segments-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** The lines of a segment's file. */
export async function linesOf(folder: string, file: string): Promise<string[]> {
  const text = await readFile(join(folder, file), "utf8");
  return text.split("\n").slice(0, -1);
}

/** The lines of a segment's file as JSON. */
export async function jsonLinesOf(folder: string, file: string): Promise<any[]> {
  return (await linesOf(folder, file)).map((line) => JSON.parse(line) as unknown);
}

/**
 * The same database, in which statements that would bring certain rows fail as PostgreSQL lets them fail.
 * @param code its code for the error: XX001 for a damaged page
 */
export function failingAt(
  db: Database,
  code: string,
  isBad: (row: Record<string, unknown>) => boolean,
): Database {
  const kysely = db.kysely.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }): Promise<QueryResult<any>> => {
      if ((result.rows as Record<string, unknown>[]).some(isBad))
        throw Object.assign(new Error("invalid page in block 7 of relation"), { code });
      return result;
    },
  });
  return { ...db, kysely };
}
