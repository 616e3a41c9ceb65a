import { createHash, createPublicKey, verify, type JsonWebKey } from "node:crypto";

/** One exchange as somebody keeps who may have to prove it. */
export interface Exchange {
  /** The body that was sent, of a GET the query string. */
  request: string | Uint8Array;
  status: number;
  headers: ReadonlyMap<string, string>;
  body: string | Uint8Array;
}

/** A JWK set of keys for receipts. */
export interface PublishedKeys {
  keys: readonly ({ kid: string } & JsonWebKey)[];
}

/** What a receipt says of an exchange. */
export interface ToldReceipt {
  id: string;
  router: string;
  sequence: number;
  /** Bytes as base64, like the others. */
  leaf: string;
  request: string;
  nonce: string;
  /** Thumbprint of the key it is signed with. */
  keyId: string;
  /** Seconds since the epoch. */
  created: number;
}

const RECEIPT =
  /^id="([^"]+)", router="([^"]+)", sequence=(\d+), leaf=:([\w+/]{43}=):, request=:([\w+/]{43}=):, nonce=:([\w+/]{22}==):$/;
const INPUT =
  /^receipt=(\("@status" "content-digest" "truc-receipt"\);created=(\d+);keyid="([\w-]{43})";tag="truc-receipt")$/;
const SIGNATURE = /^receipt=:([\w+/]{86}==):$/;

/**
 * Holds an exchange against its receipt, by what RFC 9421 and RFC 9530 say and nothing else.
 * @param keys a JWK set as the router publishes it
 * @throws Error naming what does not fit
 */
export function checkReceipt(
  { request, status, headers, body }: Exchange,
  { keys }: PublishedKeys,
): ToldReceipt {
  const header = (name: string): string => headers.get(name) ?? "";
  const receipt = RECEIPT.exec(header("truc-receipt"));
  if (receipt === null) throw new Error(`no receipt: ${header("truc-receipt")}`);
  const input = INPUT.exec(header("signature-input"));
  if (input === null) throw new Error(`another signature: ${header("signature-input")}`);
  const signature = SIGNATURE.exec(header("signature"));
  if (signature === null) throw new Error(`no signature: ${header("signature")}`);
  const [, parameters, created, keyId] = input;
  const key = keys.find(({ kid }) => kid === keyId);
  if (key === undefined) throw new Error(`a foreign key: ${keyId}`);
  if (thumbprint(key) !== keyId) throw new Error("a key under another's name");
  const base = [
    `"@status": ${status}`,
    `"content-digest": ${header("content-digest")}`,
    `"truc-receipt": ${header("truc-receipt")}`,
    `"@signature-params": ${parameters}`,
  ].join("\n");
  const publicKey = createPublicKey({ key, format: "jwk" });
  if (!verify(null, Buffer.from(base), publicKey, Buffer.from(signature[1]!, "base64")))
    throw new Error("the signature does not fit");
  if (header("content-digest") !== `sha-256=:${sha256(body)}:`)
    throw new Error("another answer was given");
  const [, id, router, sequence, leaf, asked, nonce] = receipt as unknown as string[];
  if (asked !== sha256(request)) throw new Error("something else was asked");
  return {
    id: id!,
    router: router!,
    sequence: Number(sequence),
    leaf: leaf!,
    request: asked!,
    nonce: nonce!,
    keyId: keyId!,
    created: Number(created),
  };
}

/** What a record must hold of an exchange: SHA-256 of nonce and both digests, 16 bytes of it, base64url. */
export function commitmentOf({ request, nonce }: ToldReceipt, body: string | Uint8Array): string {
  const parts = [nonce, request, sha256(body)].map((part) => Buffer.from(part, "base64"));
  const whole = createHash("sha256").update(Buffer.concat(parts)).digest("hex");
  return Buffer.from(whole.slice(0, 32), "hex").toString("base64url");
}

/** The hash by which a record's line stands in the log: RFC 9162, section 2.1.1. */
export function leafOf(line: string): string {
  return sha256(Buffer.concat([Buffer.of(0), Buffer.from(line)]));
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("base64");
}

/** RFC 7638: SHA-256 of the members that make the key, in order. */
function thumbprint({ crv, kty, x }: JsonWebKey): string {
  return createHash("sha256").update(JSON.stringify({ crv, kty, x })).digest("base64url");
}
