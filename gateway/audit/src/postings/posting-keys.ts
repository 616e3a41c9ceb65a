import { createHash } from "node:crypto";
import { type AuditContext, type AuditRecord, monthOf } from "@truc/contracts";
import { LRUCache } from "lru-cache";
import type { Entry } from "../log/entry.ts";
import { KEY_BYTES } from "./composite.ts";

/** By what records are found beside whose data they read. */
export type Aspect = (typeof OF_CONTEXT)[number] | "register";

const OF_CONTEXT = ["agency", "purpose", "system", "grant"] as const;

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
/** The same few systems ask the same registers again and again. By the lengths of the texts; a writer may make up long ones. */
const MAX_KNOWN = 4 * 1024 * 1024;
const known = new LRUCache<string, Buffer>({ maxSize: MAX_KNOWN });

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
  return digest(`${aspect}:${id}`);
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
  const aspects = isFirstPart(record) ? aspectKeys(record, context) : NO_KEYS;
  return {
    position,
    month: monthOf(isBelieved(time, written, now) ? time : now.getTime()),
    time,
    keys: Buffer.concat([delayed ? bytesOf(subjects.map(heldKey)) : own, aspects]),
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

function aspectKeys(record: AuditRecord, context: AuditContext | undefined): Buffer {
  const registers = Object.keys(record.asked ?? {});
  const name = JSON.stringify([context && record.context, registers]);
  let keys = known.get(name);
  if (keys === undefined) {
    const asked = registers.map((register) => aspectKey("register", register));
    keys = bytesOf([...contextKeys(context), ...asked]);
    known.set(name, keys, { size: name.length + keys.length });
  }
  return keys;
}

function contextKeys(context: AuditContext | undefined): string[] {
  return OF_CONTEXT.flatMap((aspect) => {
    const id = context?.[aspect];
    return id == null ? [] : aspectKey(aspect, id);
  });
}

function bytesOf(keys: readonly string[]): Buffer {
  return Buffer.from(keys.join(""), "latin1");
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
