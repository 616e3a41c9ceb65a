import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * What a form of the sign-in page carries, so that no other page can send it for somebody: made for one sign-in, and
 * known to nobody who has not been given its page.
 * @param keys the keys that sign cookies; the first makes, all verify
 */
export function formToken(uid: string, keys: readonly string[]): string {
  return macOf(uid, keys[0]!);
}

/** @param given the form's field as it came */
export function isFormToken(given: unknown, uid: string, keys: readonly string[]): boolean {
  if (typeof given !== "string") return false;
  const bytes = Buffer.from(given);
  return keys.some((key) => {
    const mac = Buffer.from(macOf(uid, key));
    return mac.length === bytes.length && timingSafeEqual(mac, bytes);
  });
}

function macOf(uid: string, key: string): string {
  return createHmac("sha256", key).update(`sign-in form ${uid}`).digest("base64url");
}
