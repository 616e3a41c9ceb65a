import { createHash } from "node:crypto";
import { PSEUDONYM_BYTES } from "./audit-record.ts";

/**
 * The answer's header that says where the request is on record: a structured field dictionary (RFC 9651)
 * `id="…", router="…", sequence=…, leaf=:…:, request=:…:, nonce=:…:`. Together with Content-Digest it is what the
 * platform signs (RFC 9421).
 *
 * - `leaf`: hash of the record's line as a leaf of the log's tree, for its inclusion proof.
 * - `request`: SHA-256 of the request's body as it was sent (of the query string, for GET).
 * - `nonce`: 16 bytes that open the record's `receipt`; without them nobody guesses an answer from the log.
 */
export const RECEIPT_HEADER = "truc-receipt";

/** Where the router publishes the keys receipts are signed with: a JWK set (Ed25519). */
export const RECEIPT_KEYS_PATH = "/.well-known/receipt-keys";

/** What a record holds of a receipt: SHA-256 of nonce, request digest and answer digest, cut to 16 bytes, base64url. */
export function receiptCommitment(
  nonce: Uint8Array,
  requestDigest: Uint8Array,
  answerDigest: Uint8Array,
): string {
  return createHash("sha256")
    .update(nonce)
    .update(requestDigest)
    .update(answerDigest)
    .digest()
    .subarray(0, PSEUDONYM_BYTES)
    .toString("base64url");
}
