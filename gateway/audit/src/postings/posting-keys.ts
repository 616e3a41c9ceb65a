import { createHash } from "node:crypto";
import { type AuditContext, type AuditRecord, monthOf } from "@truc/contracts";
import { LRUCache } from "lru-cache";
import type { Entry } from "../log/entry.ts";
import { KEY_BYTES } from "./composite.ts";

/** By what records are found beside whose data they read. */
export type Aspect = "agency" | "purpose" | "system" | "grant" | "register";

/** Under which keys a record is found: of 16 bytes each, one behind the other, one or the other perhaps twice. */
export interface EntryKeys {
  readonly position: number;
  /** The month (UTC) of its time, yyyy-mm: whose keys its pseudonyms are under; see {@link keysOf}. */
  readonly month: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** From the beginning. */
  readonly keys: Buffer;
  /** From `due` on: those of its data subjects, where they are shown the access later. */
  readonly held: Buffer;
  /** Milliseconds since the epoch; undefined where nothing is held. */
  readonly due: number | undefined;
  readonly delayDays: number;
}

const DAY_MS = 24 * 3_600_000;
/** The last moment that PostgreSQL, plain dates and months of seven characters agree on. */
const LAST_TIME = Date.UTC(9_999, 11, 31);
/** How far a record's time may lie from when it was written, or before us, for its month to be believed. */
const BELIEVED_MS = 62 * DAY_MS;
/** What a pseudonym's 22 characters lack of a whole number of bytes. */
const FILLING = "AA";
const FILLED_BYTES = 18;
const NO_KEYS = Buffer.alloc(0);
const known = new LRUCache<string, string>({ max: 10_000 });

/** The key of a pseudonym as it stands in records: its 16 bytes. */
export function subjectKey(pseudonym: string): string {
  return Buffer.from(pseudonym, "base64url").toString("latin1");
}

/** The key under which auditors find at once what a data subject is shown later. */
export function heldKey(pseudonym: string): string {
  return digest(`held:${pseudonym}`);
}

/** The key of an agency's id, a purpose's code and so on. */
export function aspectKey(aspect: Aspect, id: string): string {
  const text = `${aspect}:${id}`;
  let key = known.get(text);
  if (key === undefined) known.set(text, (key = digest(text)));
  return key;
}

/**
 * Under which keys an entry is found; undefined for one that cannot be read. Of a request on record in parts, the parts
 * after the first say whose data was read, and are found by that alone: so the request counts once.
 *
 * Each month has runs of its own, so that no writer may make up months at will: a record whose time is months away from
 * when its batch was written, or from now on, is put into the month of `now`.
 */
export function keysOf(
  { position, record, context, written }: Entry,
  now: Date,
): EntryKeys | undefined {
  if (record === undefined) return undefined;
  const subjects = Object.values(record.subjects ?? {}).flat();
  const time = Math.min(record.time, LAST_TIME);
  // A context that is lost says of no delay; what nobody knows the reason for is not kept from anybody.
  const delayDays = context?.disclosureDelayDays ?? 0;
  const delayed = delayDays > 0 && subjects.length > 0;
  const own = subjectKeys(subjects);
  const others = [
    ...(delayed ? subjects.map(heldKey) : []),
    ...(isFirstPart(record) ? aspectKeys(record, context) : []),
  ];
  return {
    position,
    month: monthOf(isBelieved(time, written, now) ? time : now.getTime()),
    time,
    keys: withOthers(delayed ? NO_KEYS : own, others),
    held: delayed ? own : NO_KEYS,
    due: delayed ? disclosedFrom(record.time, delayDays) : undefined,
    delayDays: delayed ? delayDays : 0,
  };
}

/** How many keys these are. */
export function countKeys(keys: Uint8Array): number {
  return keys.length / KEY_BYTES;
}

/** The keys one by one, as texts. */
export function textsOf(keys: Buffer): string[] {
  const text = keys.toString("latin1");
  return Array.from({ length: countKeys(keys) }, (_, index) =>
    text.slice(index * KEY_BYTES, (index + 1) * KEY_BYTES),
  );
}

/** A record may name a thousand, so they are decoded together: filled up to 24 characters each is 18 bytes by itself. */
function subjectKeys(pseudonyms: readonly string[]): Buffer {
  const filled = Buffer.from(pseudonyms.join(FILLING), "base64url");
  for (let index = 1; index < pseudonyms.length; index++)
    filled.copyWithin(index * KEY_BYTES, index * FILLED_BYTES, index * FILLED_BYTES + KEY_BYTES);
  return filled.subarray(0, pseudonyms.length * KEY_BYTES);
}

function aspectKeys({ asked }: AuditRecord, context: AuditContext | undefined): string[] {
  const { agency, purpose, system, grant } = context ?? {};
  const keys: string[] = [];
  if (agency != null) keys.push(aspectKey("agency", agency));
  if (purpose != null) keys.push(aspectKey("purpose", purpose));
  if (system != null) keys.push(aspectKey("system", system));
  if (grant != null) keys.push(aspectKey("grant", grant));
  for (const register in asked) keys.push(aspectKey("register", register));
  return keys;
}

function withOthers(keys: Buffer, others: readonly string[]): Buffer {
  return others.length === 0 ? keys : Buffer.concat([keys, Buffer.from(others.join(""), "latin1")]);
}

function isBelieved(time: number, written: Date, now: Date): boolean {
  return Math.abs(time - written.getTime()) <= BELIEVED_MS && time - now.getTime() <= BELIEVED_MS;
}

/** When data subjects are shown an access, milliseconds since the epoch. */
export function disclosedFrom(time: number, delayDays: number): number {
  return Math.min(time + delayDays * DAY_MS, LAST_TIME);
}

export function isFirstPart({ part }: AuditRecord): boolean {
  return part === undefined || part[0] === 1;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest().subarray(0, KEY_BYTES).toString("latin1");
}
