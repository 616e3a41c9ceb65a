import { createHmac } from "node:crypto";
import { keyOf, type SharedSecrets } from "./shared-secrets.ts";

/**
 * A JWT (RFC 7519) under a secret that its reader shares, HS256, as RFC 7515 (section 3.1) and RFC 7518 (section 3.2) have
 * it. Put together here: routers sign one for each caller and register a minute, and a library's way through another
 * thread takes twenty times as long. `verifyHs256` checks it.
 * @param type the header's `typ`
 * @param claims as JSON has them
 * @param secrets of which the first signs
 */
export function signHs256(type: string, claims: object, secrets: SharedSecrets): string {
  const secret = secrets.keys[0]!;
  const signed = `${partOf({ alg: "HS256", typ: type, kid: secret.kid })}.${partOf(claims)}`;
  return `${signed}.${createHmac("sha256", keyOf(secret)).update(signed).digest("base64url")}`;
}

function partOf(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
