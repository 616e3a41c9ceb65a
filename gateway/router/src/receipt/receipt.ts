import { randomBytes } from "node:crypto";
import { PSEUDONYM_BYTES, RECEIPT_HEADER, receiptCommitment, Refusal } from "@truc/contracts";
import { httpbis } from "http-message-signatures";
import { serializeDictionary } from "structured-headers";
import type { IncomingRequest, OutgoingAnswer } from "../incoming-request.ts";
import type { KeptRecord } from "../record/record-book.ts";
import type { Trail } from "../trail.ts";
import { contentDigest, sha256 } from "./content-digest.ts";
import { prefersReceipt, RECEIPT_PREFERENCE } from "./prefers-receipt.ts";
import type { ReceiptKeys } from "./receipt-keys.ts";

/** A receipt whose answer is not on record yet. */
export interface Receipt {
  /** What the record holds of it. */
  readonly commitment: string;
  /** The headers that make the answer provable, once it is known where it is on record. */
  headersAt(kept: KeptRecord): Promise<Record<string, string>>;
}

/** What a receipt's signature covers (RFC 9421): the status, the body by its digest, and the rest by the receipt. */
const COVERED = ["@status", "content-digest", RECEIPT_HEADER];
const TAG = "truc-receipt";
const NAME = "receipt";

/**
 * The receipt of an answer or refusal, where one is asked for or demanded by the grant; undefined where none is, and
 * for those who have not shown who they are.
 * @param answer as it will be sent: nothing of it may change any more
 */
export function openReceipt(
  answer: OutgoingAnswer,
  { request, caller, rights }: Trail,
  { receipts }: { receipts: ReceiptKeys | undefined },
): Receipt | undefined {
  const preferred = prefersReceipt(request.headers.get("prefer"));
  const wanted = preferred || rights?.demandsReceipt === true;
  if (receipts === undefined || caller === undefined || !wanted) return undefined;
  // Without it, who reads the log could try which answer a record is of.
  const nonce = randomBytes(PSEUDONYM_BYTES);
  const requestDigest = sha256(sentWith(request));
  const answerDigest = sha256(answer.body);
  return {
    commitment: receiptCommitment(nonce, requestDigest, answerDigest),
    async headersAt({ router, sequence, leaf }) {
      const truc = serializeDictionary({
        id: request.requestId,
        router,
        sequence,
        leaf,
        request: requestDigest,
        nonce,
      });
      const signed = await httpbis.signMessage(
        {
          key: receipts.signer,
          name: NAME,
          fields: COVERED,
          params: ["created", "keyid", "tag"],
          paramValues: { created: new Date(), keyid: receipts.signer.id, tag: TAG },
        },
        {
          status: answer.status,
          headers: { "content-digest": contentDigest(answerDigest), [RECEIPT_HEADER]: truc },
        },
      );
      return {
        ...(signed.headers as Record<string, string>),
        ...(preferred && { "preference-applied": RECEIPT_PREFERENCE }),
      };
    },
  };
}

/**
 * Whoever wants a receipt is not answered without one.
 * @param demanded by the grant
 * @throws Refusal RECEIPT_UNAVAILABLE
 */
export function refuseWithoutReceipt(
  { headers }: IncomingRequest,
  { receipts }: { receipts: ReceiptKeys | undefined },
  demanded = false,
): void {
  if (receipts !== undefined) return;
  if (demanded || prefersReceipt(headers.get("prefer"))) throw new Refusal("RECEIPT_UNAVAILABLE");
}

/** What was asked, as the bytes that were sent: the body, or the query string behind its `?`. */
function sentWith({ method, search, sent }: IncomingRequest): Uint8Array {
  if (method === "POST") return sent ?? new Uint8Array();
  // Node makes one character of each byte of an address.
  return Buffer.from(search.slice(1), "latin1");
}
