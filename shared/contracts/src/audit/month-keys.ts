import { hkdfSync } from "node:crypto";
import { dayOf } from "../calendar-day.ts";
import { ShortHmac } from "./short-hmac.ts";

/** The audit process's root key and the keys made of it, bytes. */
export const AUDIT_KEY_BYTES = 32;

const MONTH_LENGTH = "yyyy-mm".length;

/** The keys of one month (UTC): one for whose data it was, one for what stands in place of what was sent. */
export interface MonthKeys {
  /** `yyyy-mm`. */
  readonly month: string;
  readonly pseudonyms: Buffer;
  readonly digests: Buffer;
}

/** The month whose keys a moment's records use. @param time milliseconds since the epoch */
export function monthOf(time: number): string {
  return dayOf(time).slice(0, MONTH_LENGTH);
}

/**
 * The keys of a month, by HKDF with SHA-256 (RFC 5869) out of the root key: who holds a month's keys knows nothing of
 * any other's.
 */
export function monthKeys(root: Uint8Array, month: string): MonthKeys {
  const key = (use: string): Buffer =>
    Buffer.from(hkdfSync("sha256", root, "", `truc audit ${use} ${month}`, AUDIT_KEY_BYTES));
  return { month, pseudonyms: key("pseudonyms"), digests: key("digests") };
}

/**
 * The pseudonym of an entity: HMAC-SHA-256 of its type, a colon and its key, cut to 16 bytes, base64url.
 * @param type the entity's type, `Citizen`
 * @param key its key field's value
 */
export function pseudonymOf(keys: MonthKeys, type: string, key: string): string {
  return hmacUnder(keys.pseudonyms).of(`${type}:${key}`);
}

/** The pseudonyms of many entities of one type, in their order. */
export function pseudonymsOf(keys: MonthKeys, type: string, all: Iterable<string>): string[] {
  return hmacUnder(keys.pseudonyms).ofEach(`${type}:`, all);
}

/** What stands on record in place of a text that was sent: HMAC-SHA-256, cut to 16 bytes, base64url. */
export function digestOf(keys: MonthKeys, text: string): string {
  return hmacUnder(keys.digests).of(text);
}

const prepared = new WeakMap<Uint8Array, ShortHmac>();

function hmacUnder(key: Uint8Array): ShortHmac {
  let hmac = prepared.get(key);
  if (hmac === undefined) prepared.set(key, (hmac = new ShortHmac(key)));
  return hmac;
}
