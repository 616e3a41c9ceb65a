import { type Kysely, sql } from "kysely";
import { type EntryKeys, textsOf } from "./posting-keys.ts";

/** How many records are disclosed at one time at most; the others follow when the log has grown. */
const MAX_AT_ONCE = 2_000;

/** A record that its data subjects were shown later than it was written. */
export interface Disclosed {
  readonly position: number;
  readonly at: number;
  readonly month: string;
  /** As those of {@link EntryKeys}. */
  readonly keys: Buffer;
}

/** Keeps whom entries are to be shown to later, and the longest delay there ever was. */
export async function holdBack(db: Kysely<any>, entries: readonly EntryKeys[]): Promise<void> {
  const delayed = entries.filter(({ due }) => due !== undefined);
  if (delayed.length === 0) return;
  const keysText = ({ held }: EntryKeys): string =>
    `{${textsOf(held)
      .map((key) => `"\\\\x${Buffer.from(key, "latin1").toString("hex")}"`)
      .join(",")}}`;
  await sql`insert into audit_postings_held (position, due, month, keys)
    select held.position, held.due, held.month, held.keys::bytea[]
    from unnest(${delayed.map(({ position }) => position)}::bigint[],
      ${delayed.map(({ due }) => new Date(due!).toISOString())}::timestamptz[],
      ${delayed.map(({ month }) => month)}::text[],
      ${delayed.map(keysText)}::text[]) as held (position, due, month, keys)`.execute(db);
  const longest = Math.max(...delayed.map(({ delayDays }) => delayDays));
  await sql`update audit_postings set longest_delay_days = ${longest}
    where longest_delay_days < ${longest}`.execute(db);
}

/**
 * Lets what is due be seen: at the size that the log has now, and once at each size. So whatever becomes visible later
 * lies in front of all that was visible before, and no cursor has passed it.
 */
export async function disclose(db: Kysely<any>, size: number, now: Date): Promise<void> {
  await sql`with due as (
      update audit_postings_held set at = ${size}
      where position in (
        select position from audit_postings_held where at is null and due <= ${now}
        order by due, position limit ${MAX_AT_ONCE})
      and (select last_disclosure from audit_postings) < ${size}
      returning position
    )
    update audit_postings set last_disclosure = ${size} where exists (select from due)`.execute(db);
}

/** Those disclosed after one `at` and up to another that no run holds yet. */
export async function disclosedBetween(
  db: Kysely<any>,
  after: number,
  upTo: number,
): Promise<Disclosed[]> {
  const { rows } = await sql<{ position: number; at: number; month: string; keys: Buffer[] }>`
    select position, at, month, keys from audit_postings_held
    where at > ${after} and at <= ${upTo} order by at, position`.execute(db);
  return rows.map(({ keys, ...row }) => ({ ...row, keys: Buffer.concat(keys) }));
}

/** The same of some keys only. */
export async function disclosedOf(
  db: Kysely<any>,
  after: number,
  upTo: number,
  keys: readonly string[],
): Promise<{ position: number; at: number }[]> {
  const { rows } = await sql<{ position: number; at: number }>`
    select position, at from audit_postings_held
    where at > ${after} and at <= ${upTo}
      and keys && ${keys.map((key) => Buffer.from(key, "latin1"))}::bytea[]`.execute(db);
  return rows;
}

/** Runs hold them now: only when each was disclosed is kept, to make the index again. */
export async function forgetKeysUpTo(db: Kysely<any>, at: number): Promise<void> {
  await sql`update audit_postings_held set keys = null
    where at <= ${at} and keys is not null`.execute(db);
}
