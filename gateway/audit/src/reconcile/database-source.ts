import type { Database } from "@truc/service";
import { sql } from "kysely";
import { readRecords, type UnreadableRecords } from "../segments/read-records.ts";
import { recordedRead } from "./read.ts";
import { LATEST_MS, type RecordSource, type Stretch } from "./record-source.ts";

/** Records as they stand in the audit database, in the log's order or not yet. */
export function databaseSource(db: Database): RecordSource {
  return {
    isLive: true,
    extent: async () => await extentOf(db),
    reads: async function* ({ from, to }, onUnreadable) {
      const told = ({ router, first, reason }: UnreadableRecords): void =>
        onUnreadable({ where: `record ${first} of router ${router}`, reason });
      const stretch = { db, from: new Date(from), to: new Date(to), onUnreadable: told };
      for await (const { record, context } of readRecords(stretch)) {
        const read = recordedRead(record, context);
        if (read !== undefined) yield read;
      }
    },
  };
}

async function extentOf({ kysely }: Database): Promise<Stretch | undefined> {
  const { rows } = await sql<{ first: Date | null; is_whole: boolean }>`
    select (select min(written) from audit_batch) as first,
      not exists (
        select from audit_span s where s.position = 0 and not exists (
          select from audit_batch b where b.router = s.router and b.first = s.first
        )
      ) as is_whole`.execute(kysely);
  const { first, is_whole } = rows[0]!;
  if (first === null) return undefined;
  const from = first.getTime() + (is_whole ? -LATEST_MS : LATEST_MS);
  return { from, to: Date.now() };
}
