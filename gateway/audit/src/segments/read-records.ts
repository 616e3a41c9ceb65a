import { AuditContext, type AuditRecord } from "@truc/contracts";
import { type Database } from "@truc/service";
import { type Kysely, sql } from "kysely";
import { Contexts } from "../log/contexts.ts";
import { isDamaged } from "../log/is-damaged.ts";
import { readRecord, splitLines } from "../log/read-record.ts";
import { addMonths, firstDayOf, monthAt } from "./month.ts";

/** A record as a router wrote it. */
export interface RecordAsWritten {
  readonly router: string;
  /** Which of the router's records it is, from 1. */
  readonly sequence: number;
  readonly record: AuditRecord;
  /** Undefined where it points to none that is there. */
  readonly context: AuditContext | undefined;
}

/** A batch, or a line of one, that cannot be read. */
export interface UnreadableRecords {
  readonly router: string;
  /** Sequence of its first record. */
  readonly first: number;
  readonly reason: string;
}

export interface ReadRecordsOptions {
  readonly db: Database;
  /** Requests that arrived at this moment or later, */
  readonly from: Date;
  /** and before this one. */
  readonly to: Date;
  /** Told of what cannot be read; all else is read all the same. */
  readonly onUnreadable?: (what: UnreadableRecords) => void;
}

interface BatchRow {
  readonly router: string;
  readonly first: number;
  readonly lines: Buffer;
}

const KEYS_AT_ONCE = 5_000;
const BATCHES_AT_ONCE = 200;
/** A router's clock may have been set back between a request's arrival and its record. */
const EARLIER_MS = 60 * 60_000;
/** A batch may have waited for a database that was down, and routers for whoever wanted to tell them something. */
const LATER_MS = 24 * 3_600_000;

/**
 * Every record of requests that arrived in a stretch of time, by router and sequence: as it stands in the database,
 * whether it has come into the log's order yet or not. A few hundred batches are in memory at a time.
 */
export async function* readRecords(options: ReadRecordsOptions): AsyncGenerator<RecordAsWritten> {
  const { db, from, to, onUnreadable = () => {} } = options;
  const contexts = new Contexts();
  const isWanted = ({ record: { time } }: Found): boolean =>
    time >= from.getTime() && time < to.getTime();
  for await (const keys of keysOf(options)) {
    const batches = await readBatches(db.kysely, keys, onUnreadable);
    const found = batches.flatMap((batch) => recordsOf(batch, onUnreadable)).filter(isWanted);
    const digests = new Set(found.map(({ record }) => record.context));
    const loaded = await contexts.load(db.kysely, digests);
    for (const each of found) yield { ...each, context: loaded.get(each.record.context) };
  }
}

type Found = Omit<RecordAsWritten, "context">;

/** Which batches there are, a few at a time. */
async function* keysOf(options: ReadRecordsOptions): AsyncGenerator<Key[]> {
  let after: Key | undefined;
  for (;;) {
    const keys = await nextKeys(options.db.kysely, options, after);
    for (let at = 0; at < keys.length; at += BATCHES_AT_ONCE)
      yield keys.slice(at, at + BATCHES_AT_ONCE);
    if (keys.length < KEYS_AT_ONCE) return;
    after = keys.at(-1);
  }
}

interface Key {
  readonly router: string;
  readonly first: number;
  readonly month: string;
}

async function nextKeys(
  db: Kysely<any>,
  { from, to }: ReadRecordsOptions,
  after: Key | undefined,
): Promise<Key[]> {
  const [earliest, latest] = [from.getTime() - EARLIER_MS, to.getTime() + LATER_MS].map(
    (time) => new Date(time),
  );
  const { rows } = await sql<Key>`
    select router, first, month from audit_batch
    where month >= ${firstDayOf(monthAt(earliest!))}::date
      and month < ${firstDayOf(addMonths(monthAt(latest!), 1))}::date
      and written between ${earliest} and ${latest}
      and ${after === undefined ? sql`true` : sql`(router, first, month) > (${after.router}::uuid, ${after.first}::bigint, ${after.month}::date)`}
    order by router, first, month limit ${KEYS_AT_ONCE}`.execute(db);
  return rows;
}

async function readBatches(
  db: Kysely<any>,
  keys: readonly Key[],
  onUnreadable: (what: UnreadableRecords) => void,
): Promise<BatchRow[]> {
  if (keys.length === 0) return [];
  try {
    const { rows } = await sql<BatchRow>`
      select b.router, b.first, b.lines
      from unnest(
        ${keys.map(({ router }) => router)}::uuid[], ${keys.map(({ first }) => first)}::bigint[],
        ${keys.map(({ month }) => month)}::date[]
      ) as w(router, first, month)
      join audit_batch b using (router, first, month)
      order by b.router, b.first`.execute(db);
    return rows;
  } catch (error) {
    if (!isDamaged(error)) throw error;
    const [key] = keys;
    if (keys.length === 1) {
      onUnreadable({ router: key!.router, first: key!.first, reason: (error as Error).message });
      return [];
    }
    const middle = Math.ceil(keys.length / 2);
    const one = await readBatches(db, keys.slice(0, middle), onUnreadable);
    return [...one, ...(await readBatches(db, keys.slice(middle), onUnreadable))];
  }
}

function recordsOf(
  { router, first, lines }: BatchRow,
  onUnreadable: (what: UnreadableRecords) => void,
): Found[] {
  return splitLines(lines).flatMap((line, index) => {
    const record = readRecord(line);
    const sequence = first + index;
    if (record !== undefined) return [{ router, sequence, record }];
    onUnreadable({ router, first: sequence, reason: "the line is no record" });
    return [];
  });
}
