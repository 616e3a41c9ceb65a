import { type AuditRecord, dayOf } from "@truc/contracts";
import { sql, type Transaction } from "kysely";
import type { Entry } from "../log/entry.ts";
import type { Follower } from "../log/follower.ts";

/** What came together on one day (UTC) under one context. */
interface Sum {
  readonly day: string;
  readonly context: Buffer;
  requests: number;
  refused: number;
  failed: number;
  objects: number;
  subjects: number;
  bytes: number;
  last: number;
}

/** The last day that PostgreSQL and a plain date agree on. */
const LAST_TIME = Date.UTC(9_999, 11, 31);
/** Codes as the catalogue writes them; whatever else stands there counts under one name. */
const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;
const OTHER_CODE = "OTHER";
/** One record beyond it is a fault of its writer, and would make the sums of all others worthless. */
const MAX_OF_ONE = 2 ** 40;

/**
 * Keeps, beside the log, how much was asked under each context on each day: what reports are made of, so that none of
 * them reads the log. A few rows for each look at the log, however many records it brings.
 *
 * What a broken writer may have put on record must not stop the log: nothing of a record reaches a statement that is
 * not of the form it should have.
 */
export class UsageSums implements Follower {
  async follow(db: Transaction<any>, entries: readonly Entry[]): Promise<void> {
    const { sums, codes } = sumUp(entries);
    if (sums.length > 0) await addSums(db, sums);
    if (codes.length > 0) await addCodes(db, codes);
    const grants = grantsOf(entries);
    if (grants.size > 0) await keepGrants(db, grants);
  }

  /** Nothing is held in memory. */
  async seenUpTo(): Promise<number> {
    return Number.MAX_SAFE_INTEGER;
  }

  see(): void {}
}

interface CodeSum {
  readonly day: string;
  readonly context: Buffer;
  readonly outcome: string;
  readonly code: string;
  requests: number;
}

function sumUp(entries: readonly Entry[]): { sums: Sum[]; codes: CodeSum[] } {
  const sums = new Map<string, Sum>();
  const codes = new Map<string, CodeSum>();
  for (const { record } of entries) {
    if (record === undefined || record.time > LAST_TIME) continue;
    const day = dayOf(record.time);
    const key = `${day} ${record.context}`;
    let sum = sums.get(key);
    if (sum === undefined) sums.set(key, (sum = emptySum(day, record)));
    add(sum, record);
    if (record.code === undefined || !isFirstPart(record)) continue;
    const code = CODE.test(record.code) ? record.code : OTHER_CODE;
    const codeKey = `${key} ${record.outcome} ${code}`;
    const { context } = sum;
    const { outcome } = record;
    const known = codes.get(codeKey);
    if (known === undefined) codes.set(codeKey, { day, context, outcome, code, requests: 1 });
    else known.requests += 1;
  }
  return { sums: [...sums.values()], codes: [...codes.values()] };
}

function emptySum(day: string, { context, time }: AuditRecord): Sum {
  const zero = { requests: 0, refused: 0, failed: 0, objects: 0, subjects: 0, bytes: 0 };
  return { day, context: digestOf(context), ...zero, last: time };
}

/** A request on record in parts counts once, by its first; what it read is the sum of what each part says. */
function add(sum: Sum, record: AuditRecord): void {
  const { objects = 0, subjects = {}, bytes, outcome, time } = record;
  const first = isFirstPart(record) ? 1 : 0;
  sum.requests += first;
  sum.refused += outcome === "refused" ? first : 0;
  sum.failed += outcome === "failed" ? first : 0;
  sum.bytes += first * Math.min(bytes, MAX_OF_ONE);
  sum.objects += Math.min(objects, MAX_OF_ONE);
  for (const pseudonyms of Object.values(subjects)) sum.subjects += pseudonyms.length;
  sum.last = Math.max(sum.last, time);
}

function isFirstPart({ part }: AuditRecord): boolean {
  return part === undefined || part[0] === 1;
}

async function addSums(db: Transaction<any>, sums: readonly Sum[]): Promise<void> {
  const column = <K extends keyof Sum>(name: K): Sum[K][] => sums.map((sum) => sum[name]);
  await sql`
    insert into audit_usage as kept
      (day, context, requests, refused, failed, objects, subjects, bytes, last)
    select * from unnest(
      ${column("day")}::date[], ${column("context")}::bytea[], ${column("requests")}::bigint[],
      ${column("refused")}::bigint[], ${column("failed")}::bigint[], ${column("objects")}::numeric[],
      ${column("subjects")}::numeric[], ${column("bytes")}::numeric[],
      ${sums.map(({ last }) => new Date(last).toISOString())}::timestamptz[])
    on conflict (day, context) do update set
      requests = kept.requests + excluded.requests,
      refused = kept.refused + excluded.refused,
      failed = kept.failed + excluded.failed,
      objects = kept.objects + excluded.objects,
      subjects = kept.subjects + excluded.subjects,
      bytes = kept.bytes + excluded.bytes,
      last = greatest(kept.last, excluded.last)`.execute(db);
}

async function addCodes(db: Transaction<any>, codes: readonly CodeSum[]): Promise<void> {
  const column = <K extends keyof CodeSum>(name: K): CodeSum[K][] => codes.map((sum) => sum[name]);
  await sql`
    insert into audit_usage_code as kept (day, context, outcome, code, requests)
    select * from unnest(
      ${column("day")}::date[], ${column("context")}::bytea[], ${column("outcome")}::text[],
      ${column("code")}::text[], ${column("requests")}::bigint[])
    on conflict (day, context, outcome, code) do update set
      requests = kept.requests + excluded.requests`.execute(db);
}

/** Under which contexts a grant was used, so that what was done under it is found without reading them all. */
function grantsOf(entries: readonly Entry[]): Map<string, string> {
  const grants = new Map<string, string>();
  for (const { record, context } of entries) {
    const grant = context?.grant ?? undefined;
    if (record !== undefined && grant !== undefined && isPlain(grant))
      grants.set(record.context, grant);
  }
  return grants;
}

async function keepGrants(
  db: Transaction<any>,
  grants: ReadonlyMap<string, string>,
): Promise<void> {
  await sql`
    insert into audit_usage_grant (context, grant_id)
    select * from unnest(${[...grants.keys()].map(digestOf)}::bytea[], ${[...grants.values()]}::text[])
    on conflict do nothing`.execute(db);
}

function digestOf(context: string): Buffer {
  return Buffer.from(context, "base64url");
}

/** A text that PostgreSQL takes, of a length an index takes. */
function isPlain(text: string): boolean {
  return text.length <= 255 && !text.includes("\0");
}
