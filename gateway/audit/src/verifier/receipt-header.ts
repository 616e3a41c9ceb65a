import { type Dictionary, parseDictionary } from "structured-headers";

/** What the header `truc-receipt` says. */
export interface ReceiptHeader {
  readonly id: string;
  readonly router: string;
  readonly sequence: number;
  readonly leaf: Buffer;
  readonly request: Buffer;
  readonly nonce: Buffer;
}

/** Its name, in lower case. */
export const RECEIPT_HEADER = "truc-receipt";

/** A part that does not hold; the message goes on behind a colon. */
export class Fault extends Error {}

/** @throws Fault */
export function readReceiptHeader(text: string | undefined): ReceiptHeader {
  if (text === undefined) throw new Fault(`the answer has no header ${RECEIPT_HEADER}`);
  const read = dictionary(text, RECEIPT_HEADER);
  const valueOf = (name: string): unknown => read.get(name)?.[0];
  const [id, router, sequence] = ["id", "router", "sequence"].map(valueOf);
  const [leaf, request, nonce] = ["leaf", "request", "nonce"].map((name) => bytesIn(read, name));
  if (typeof id !== "string" || typeof router !== "string" || typeof sequence !== "number")
    throw new Fault(`the header ${RECEIPT_HEADER} does not name a record`);
  if (leaf === undefined || request === undefined || nonce === undefined)
    throw new Fault(`the header ${RECEIPT_HEADER} lacks a digest`);
  return { id, router, sequence, leaf, request, nonce };
}

/** @throws Fault where a header is no dictionary (RFC 9651) */
export function dictionary(text: string, name: string): Dictionary {
  try {
    return parseDictionary(text);
  } catch {
    throw new Fault(`the header ${name} cannot be read`);
  }
}

/** A member that is a byte sequence. */
export function bytesIn(from: Dictionary, name: string): Buffer | undefined {
  const value = from.get(name)?.[0];
  return value instanceof ArrayBuffer ? Buffer.from(value) : undefined;
}

/** Headers by their names in lower case, which is how they are compared. */
export function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
