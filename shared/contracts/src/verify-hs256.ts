import { isUtf8 } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { keyOf, type SharedSecret, type SharedSecrets } from "./shared-secrets.ts";

/** Longer ones are not looked at; ours have about 1 KiB, those for many people's records a few. */
const MAX_CHARACTERS = 64 * 1024;
/** By how much the clocks of writer and reader may differ. */
const TOLERANCE_SECONDS = 5;

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Checks a JWT (RFC 7519, section 7.2) that {@link signHs256} made: its form and signature as RFC 7515 (section 5.2) has
 * it, its type, audience and time. Done here and at once, for the same reason as signing. It takes nothing that jose does
 * not take, which is tested, and is stricter than jose where only others than our own signer write differently:
 *
 * - `typ` is compared to the letter, without RFC 7515's `application/` (section 4.1.9)
 * - `crit` and `b64` are refused, whatever they say (RFC 7515, section 4.1.11; RFC 7797, section 6)
 * - each part is base64url as it is written, not only as it may be read: no padding, no blanks, no stray bits at the end
 * - no byte order mark before JSON, no time beyond a number's range
 *
 * Names that JSON has twice count as they stand last (RFC 7519, section 4), as with jose.
 * @param is what the token must be: its `typ`, one of its audiences, and how many seconds ago `iat` may lie at most
 * @returns its claims, of which `iat`, `exp`, `nbf` and `aud` have been looked at
 * @throws Error that says what is wrong and repeats nothing out of the token
 */
export function verifyHs256(
  token: string,
  is: { readonly type: string; readonly audience: string; readonly maxAgeSeconds: number },
  secrets: SharedSecrets,
): JsonObject {
  if (token.length > MAX_CHARACTERS) throw new Error("the token is too long");
  const [header, payload, signature, more] = token.split(".", 4);
  if (
    header === undefined ||
    payload === undefined ||
    signature === undefined ||
    more !== undefined
  )
    throw new Error("the token has not three parts");
  const facts = readPart(header, "header");
  const secret = secretFor(facts, secrets);
  if (!isSignature(signature, `${header}.${payload}`, secret))
    throw new Error("the token's signature is not right");
  if (facts["typ"] !== is.type) throw new Error('the token\'s "typ" is another');
  const claims = readPart(payload, "payload");
  checkAudience(claims["aud"], is.audience);
  checkTime(claims, is.maxAgeSeconds);
  return claims;
}

/** @throws Error for any other algorithm than HS256, for extensions, and where no secret has the name */
function secretFor({ alg, crit, b64, kid }: JsonObject, { keys }: SharedSecrets): SharedSecret {
  if (alg !== "HS256") throw new Error('the token\'s "alg" is not HS256');
  if (crit !== undefined || b64 !== undefined) throw new Error("the token's header has extensions");
  const secret = keys.find((each) => each.kid === kid);
  if (secret === undefined) throw new Error("the token names no secret of ours");
  return secret;
}

/** By the text: two texts of the same bytes are two signatures here, of which one is right. */
function isSignature(signature: string, signed: string, secret: SharedSecret): boolean {
  const due = Buffer.from(createHmac("sha256", keyOf(secret)).update(signed).digest("base64url"));
  const given = Buffer.from(signature);
  // How long one must be is no secret.
  return given.length === due.length && timingSafeEqual(given, due);
}

/** @throws Error for what is not the base64url of the UTF-8 of a JSON object */
function readPart(text: string, name: string): JsonObject {
  const bytes = Buffer.from(text, "base64url");
  // The decoder passes over what it does not know; only what it would write itself is right.
  if (bytes.toString("base64url") !== text) throw new Error(`the token's ${name} is not base64url`);
  if (!isUtf8(bytes)) throw new Error(`the token's ${name} is not UTF-8`);
  const value = jsonOf(bytes.toString());
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error(`the token's ${name} is not a JSON object`);
  return value as JsonObject;
}

/** Undefined for what is no JSON: the parser's own message would quote it. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checkAudience(aud: unknown, audience: string): void {
  if (aud !== audience && !(Array.isArray(aud) && aud.includes(audience)))
    throw new Error('the token\'s "aud" is another');
}

/** Seconds since the epoch, the present one begun: as jose compares them. */
function checkTime(claims: JsonObject, maxAgeSeconds: number): void {
  const now = Math.floor(Date.now() / 1_000);
  const age = now - timeIn(claims, "iat");
  if (timeIn(claims, "exp") <= now - TOLERANCE_SECONDS)
    throw new Error('the token is over by its "exp"');
  if (claims["nbf"] !== undefined && timeIn(claims, "nbf") > now + TOLERANCE_SECONDS)
    throw new Error('the token is not valid yet by its "nbf"');
  if (age < -TOLERANCE_SECONDS) throw new Error('the token\'s "iat" lies in the future');
  if (age - TOLERANCE_SECONDS > maxAgeSeconds) throw new Error('the token is too old by its "iat"');
}

function timeIn(claims: JsonObject, name: string): number {
  const value = claims[name];
  if (typeof value !== "number" || !Number.isFinite(value))
    throw new Error(`the token's "${name}" is no time`);
  return value;
}
