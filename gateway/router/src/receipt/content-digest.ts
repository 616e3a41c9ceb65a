import { createHash } from "node:crypto";

/** SHA-256 of a message's content. @param content a text is sent as UTF-8 */
export function sha256(content: string | Uint8Array): Buffer {
  return createHash("sha256").update(content).digest();
}

/** The Content-Digest header (RFC 9530, section 2). @param digest SHA-256 of the content as it is sent */
export function contentDigest(digest: Buffer): string {
  return `sha-256=:${digest.toString("base64")}:`;
}
