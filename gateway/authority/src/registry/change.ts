import { catalogueError, dayInVietNam } from "@truc/contracts";
import type { Database } from "@truc/service";
import { sql, type Transaction } from "kysely";
import { type Tables, tablesOf } from "../tables.ts";
import { OPERATOR_KEY, readWho, type Who } from "./who.ts";

/** Who changes something, and why. */
export interface ChangeOrder {
  /** A person's id, or {@link OPERATOR_KEY}. */
  by: string;
  reason: string;
  /** For tests. */
  now?: Date;
}

/** One line of the history; the values become JSON and never hold a PIN. */
export interface HistoryLine {
  what: string;
  kind: string;
  subject: string;
  old: object | null;
  new: object | null;
}

/** One change under way: a transaction that no other change of the registry runs beside. */
export interface Change {
  tx: Transaction<Tables>;
  dialect: Database["dialect"];
  who: Who;
  reason: string;
  /** Seconds since the epoch. */
  at: number;
  /** YYYY-MM-DD in Viet Nam. */
  today: string;
  /** Puts on the history what was changed. */
  record: (line: HistoryLine) => void;
}

const MAX_REASON = 2000;

/**
 * Makes a change of the registry: in one transaction that holds the registry's revision, so that changes are made one
 * after the other; what it records goes into the history, and the revision counts up by one. A change that throws, or
 * that records nothing, leaves the registry as it was.
 *
 * @throws REGISTRY_REASON_MISSING, REGISTRY_FORBIDDEN for somebody unknown or suspended, and what `run` throws
 */
export async function changeRegistry<T>(
  db: Database,
  { by, reason, now = new Date() }: ChangeOrder,
  run: (change: Change) => Promise<T>,
): Promise<T> {
  const why = reason.trim();
  if (why === "" || why.length > MAX_REASON) throw catalogueError("REGISTRY_REASON_MISSING");
  return await tablesOf(db)
    .transaction()
    .execute(async (tx) => {
      const { revision } = await tx
        .selectFrom("registry_revision")
        .select("revision")
        .where("id", "=", 1)
        .forUpdate()
        .executeTakeFirstOrThrow();
      const lines: HistoryLine[] = [];
      const at = Math.floor(now.getTime() / 1000);
      const result = await run({
        tx,
        dialect: db.dialect,
        who: await readWho(tx, by),
        reason: why,
        at,
        today: dayInVietNam(now),
        record: (line) => void lines.push(line),
      });
      if (lines.length === 0) return result;
      await tx
        .updateTable("registry_revision")
        .set({ revision: sql`revision + 1` })
        .where("id", "=", 1)
        .execute();
      await tx
        .insertInto("history")
        .values(
          lines.map((line, index) => ({
            revision: Number(revision) + 1,
            line: index + 1,
            at,
            person: by,
            what: line.what,
            kind: line.kind,
            subject: line.subject,
            reason: why,
            old_value: line.old === null ? null : JSON.stringify(line.old),
            new_value: line.new === null ? null : JSON.stringify(line.new),
          })),
        )
        .execute();
      return result;
    });
}

export { OPERATOR_KEY };
