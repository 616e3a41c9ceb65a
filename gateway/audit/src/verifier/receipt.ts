import { createPublicKey, hash, type JsonWebKey, verify } from "node:crypto";
import { httpbis } from "http-message-signatures";
import { type Dictionary, serializeDictionary } from "structured-headers";
import { bytesOf, NoteFault, openCheckpoint, parseNoteKey } from "./checkpoint.ts";
import { isSame, rootOfInclusion } from "./proofs.ts";
import {
  bytesIn,
  dictionary,
  Fault,
  lowerCased,
  readReceiptHeader,
  RECEIPT_HEADER,
  type ReceiptHeader,
} from "./receipt-header.ts";

/** A receipt as a file: a request, what was answered, and what shows that this is on record. */
export interface ReceiptFile {
  readonly format: 1;
  readonly request: { method: string; url: string; headers: Record<string, string>; body: string };
  readonly answer: { status: number; headers: Record<string, string>; body: string };
  readonly keys?: { keys: readonly JsonWebKey[] };
  readonly inclusion?: Inclusion;
  readonly checkpointKey?: string;
}

/** That a leaf stands in the log; hashes in base64. */
export interface Inclusion {
  readonly position: number;
  readonly leaf: string;
  readonly size: number;
  readonly proof: readonly string[];
  /** A signed note. */
  readonly checkpoint: string;
}

/** Whose signatures are believed. */
export interface ReceiptOptions {
  /** The platform's keys for receipts (JWK); the file's own where left out, which say nothing but that it fits itself. */
  readonly keys?: readonly JsonWebKey[];
  /** Note verifier keys of the log; the file's own where left out, as above. */
  readonly noteKeys?: readonly string[];
}

/** What a receipt is made of, in the order of verification. */
export type ReceiptPart = "answer" | "request" | "signature" | "inclusion" | "record";

/** Something that is to be said of a part, for people; goes on behind a colon. */
export interface PartRemark {
  readonly part: ReceiptPart;
  readonly text: string;
}

/** What came of a receipt. */
export interface ReceiptReport {
  /** What the receipt header says; undefined where there is none that can be read. */
  readonly receipt: ReceiptHeader | undefined;
  /** What does not hold, and why, for people. */
  readonly findings: readonly PartRemark[];
  /** Of what nobody can say whether it holds: for lack of a key that is not the file's own. */
  readonly unsaid: readonly PartRemark[];
  readonly warnings: readonly string[];
  /** Where the record stands in the log, where that is proven. */
  readonly position: number | undefined;
  /** When the platform signed it, milliseconds since the epoch, where that is proven. */
  readonly signed: number | undefined;
}

/** The signature's label. */
const LABEL = "receipt";
/** What the platform signs (RFC 9421, section 2). */
const COMPONENTS = ["@status", "content-digest", RECEIPT_HEADER];

const FROM_WITHIN = "inside the file only, which whoever made the file can have put there";

/**
 * Verifies a receipt with nothing but the file and the keys: the answer's Content-Digest (RFC 9530), the request's digest,
 * the platform's signature (RFC 9421), and the inclusion proof (RFC 9162) where there is one.
 */
export async function verifyReceipt(
  file: ReceiptFile,
  options: ReceiptOptions = {},
): Promise<ReceiptReport> {
  const findings: PartRemark[] = [];
  const unsaid: PartRemark[] = [];
  const warnings: string[] = [];
  const headers = lowerCased(file.answer.headers);
  const holds = async <T>(part: ReceiptPart, check: () => T | Promise<T>) => {
    try {
      return await check();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      findings.push({ part, text });
      return undefined;
    }
  };
  await holds("answer", () => holdAnswer(headers, file.answer.body));
  const receipt = await holds("request", () => {
    const read = readReceiptHeader(headers[RECEIPT_HEADER]);
    holdRequest(file.request, read);
    return read;
  });
  const signed = await holds("signature", async () => {
    const keys = options.keys ?? file.keys?.keys ?? [];
    if (options.keys === undefined && keys.length === 0) {
      unsaid.push({ part: "signature", text: "there is no key to hold it against" });
      return undefined;
    }
    const created = await holdSignature(file.answer.status, headers, keys);
    if (options.keys !== undefined) return created;
    unsaid.push({ part: "signature", text: `it fits the keys ${FROM_WITHIN}` });
    return undefined;
  });
  if (file.inclusion === undefined)
    warnings.push(
      "the file has no inclusion proof: whether the record is in the log was not looked at",
    );
  const { inclusion } = file;
  const position =
    inclusion && (await holds("inclusion", () => holdInclusion(file, inclusion, options, unsaid)));
  const read = readable(headers[RECEIPT_HEADER]) ?? receipt;
  return { receipt: read, findings, unsaid, warnings, position, signed };
}

function holdAnswer(headers: Record<string, string>, body: string): void {
  const text = headers["content-digest"];
  if (text === undefined) throw new Fault("the answer has no Content-Digest");
  const digest = bytesIn(dictionary(text, "Content-Digest"), "sha-256");
  if (digest === undefined) throw new Fault("the answer's Content-Digest has no sha-256");
  if (!isSame(digest, sha256(body)))
    throw new Fault("the answer's body is not the one its Content-Digest was made of");
}

function holdRequest({ method, url, body }: ReceiptFile["request"], receipt: ReceiptHeader): void {
  const sent = method.toUpperCase() === "GET" ? new URL(url).search.slice(1) : body;
  if (!isSame(receipt.request, sha256(sent)))
    throw new Fault("the receipt was made for another request");
}

/** @returns when it was made, where it says so */
async function holdSignature(
  status: number,
  headers: Record<string, string>,
  keys: readonly JsonWebKey[],
): Promise<number | undefined> {
  const [inputs, signatures] = ["signature-input", "signature"].map((name) => {
    const text = headers[name];
    if (text === undefined) throw new Fault(`the answer has no header ${name}`);
    const member = dictionary(text, name).get(LABEL);
    if (member === undefined) throw new Fault(`${name} has no "${LABEL}"`);
    return new Map([[LABEL, member]]) as Dictionary;
  });
  const [items, parameters] = inputs!.get(LABEL)!;
  const covered = Array.isArray(items)
    ? items.filter(([, own]) => own.size === 0).map(([name]) => name)
    : [];
  const uncovered = COMPONENTS.filter((name) => !covered.includes(name));
  if (uncovered.length > 0) throw new Fault(`the signature does not cover ${uncovered.join(", ")}`);
  let known: JsonWebKey | undefined;
  const good = await httpbis.verifyMessage(
    {
      keyLookup: async ({ keyid }) => {
        known = keys.find((each) => each["kid"] === keyid);
        if (known === undefined) throw new Fault(`the key "${keyid}" is none of those given`);
        const key = createPublicKey({ key: known, format: "jwk" });
        return {
          id: String(keyid),
          algs: ["ed25519"],
          verify: async (data, signature) =>
            key.asymmetricKeyType === "ed25519" && verify(null, data, key, signature),
        };
      },
    },
    {
      status,
      headers: {
        ...headers,
        "signature-input": serializeDictionary(inputs!),
        signature: serializeDictionary(signatures!),
      },
    },
  );
  if (good !== true)
    throw new Fault(`the signature is not that of the key "${String(known?.["kid"])}"`);
  const created = parameters.get("created");
  return typeof created === "number" ? created * 1_000 : undefined;
}

/** @returns the record's position, where that is proven */
function holdInclusion(
  file: ReceiptFile,
  { position, leaf, size, proof, checkpoint }: Inclusion,
  { noteKeys }: ReceiptOptions,
  unsaid: PartRemark[],
): number | undefined {
  const keys = noteKeys ?? (file.checkpointKey === undefined ? [] : [file.checkpointKey]);
  const own = readReceiptHeader(lowerCased(file.answer.headers)[RECEIPT_HEADER]).leaf;
  const leafBytes = bytesOf(leaf);
  if (leafBytes === undefined || !isSame(leafBytes, own))
    throw new Fault("the inclusion proof is of another record");
  if (noteKeys === undefined && keys.length === 0) {
    unsaid.push({ part: "inclusion", text: "there is no key to hold its checkpoint against" });
    return undefined;
  }
  let opened;
  try {
    opened = openCheckpoint(checkpoint, keys.map(parseNoteKey));
  } catch (error) {
    if (error instanceof NoteFault) throw new Fault(`the checkpoint ${error.message}`);
    throw error;
  }
  const path = proof.map((each) => Buffer.from(each, "base64"));
  const root = opened.size === size ? rootOfInclusion(own, position, size, path) : undefined;
  if (root === undefined || !isSame(root, opened.root))
    throw new Fault(`the record is not at position ${position} of the tree that was signed`);
  if (noteKeys !== undefined) return position;
  unsaid.push({ part: "inclusion", text: `it fits the key ${FROM_WITHIN}` });
  return undefined;
}

function readable(text: string | undefined): ReceiptHeader | undefined {
  try {
    return readReceiptHeader(text);
  } catch {
    return undefined;
  }
}

function sha256(text: string): Buffer {
  return hash("sha256", Buffer.from(text), "buffer");
}
