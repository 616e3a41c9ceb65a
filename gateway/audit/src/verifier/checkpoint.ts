import { createPublicKey, hash, verify, type KeyObject } from "node:crypto";
import { HASH_BYTES } from "./tree.ts";

/** A key whose signatures are believed: `<name>+<id>+<key>` (C2SP signed-note), Ed25519. */
export interface NoteKey {
  readonly name: string;
  /** First four bytes of SHA-256 over name, line feed, algorithm and key. */
  readonly id: Buffer;
  readonly key: KeyObject;
}

/** A checkpoint (C2SP tlog-checkpoint): what the log says of itself at one size. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
  /** Of the extension line `time`, milliseconds since the epoch; undefined where there is none. */
  readonly time: number | undefined;
}

const ED25519 = 1;
/** What stands before an Ed25519 public key in its SubjectPublicKeyInfo (RFC 8410). */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const KEY_BYTES = 32;
const ID_BYTES = 4;
const SIGNATURE_BYTES = 64;
const SIGNATURE_LINE = /^— (\S+) (\S+)$/u;

/** @throws Error, whose message fits behind a colon */
export function parseNoteKey(text: string): NoteKey {
  const [, name, id, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(text.trim()) ?? [];
  if (name === undefined) throw new Error("it is no key of the form name+id+key");
  const bytes = bytesOf(encoded!);
  if (bytes?.length !== 1 + KEY_BYTES || bytes[0] !== ED25519)
    throw new Error("it is no Ed25519 key");
  const expected = hash("sha256", Buffer.concat([Buffer.from(`${name}\n`), bytes]), "buffer");
  const ownId = expected.subarray(0, ID_BYTES);
  if (ownId.toString("hex") !== id) throw new Error("its id is not that of its key");
  const key = createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, bytes.subarray(1)]),
    format: "der",
    type: "spki",
  });
  return { name, id: ownId, key };
}

/**
 * A checkpoint with a signature by one of the keys.
 * @throws NoteFault where it is no checkpoint, or none of the keys signed it
 */
export function openCheckpoint(note: string, keys: readonly NoteKey[]): Checkpoint {
  const checkpoint = readCheckpoint(note);
  const end = note.indexOf("\n\n") + 1;
  const text = Buffer.from(note.slice(0, end));
  const signers: string[] = [];
  for (const line of note
    .slice(end + 1)
    .split("\n")
    .filter((each) => each !== "")) {
    const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? [];
    const signature = encoded === undefined ? undefined : bytesOf(encoded);
    if (signature?.length !== ID_BYTES + SIGNATURE_BYTES) continue;
    signers.push(name!);
    const id = signature.subarray(0, ID_BYTES);
    const known = keys.find((each) => each.name === name && each.id.equals(id));
    if (known !== undefined && verify(null, text, known.key, signature.subarray(ID_BYTES)))
      return checkpoint;
  }
  const who = signers.length === 0 ? "nobody" : `"${signers.join('", "')}"`;
  throw new NoteFault("foreign signature", `is signed by ${who}, with no key that was given`);
}

/** Why a note is not to be believed; the message goes on behind "the checkpoint". */
export class NoteFault extends Error {
  readonly kind: "foreign signature" | "unreadable";

  constructor(kind: "foreign signature" | "unreadable", message: string) {
    super(message);
    this.kind = kind;
  }
}

/** What a note says, whoever signed it. @throws NoteFault */
export function readCheckpoint(note: string): Checkpoint {
  const end = note.indexOf("\n\n");
  const [origin, size, root, ...extensions] = note.slice(0, Math.max(0, end)).split("\n");
  const rootBytes = root === undefined ? undefined : bytesOf(root);
  if (
    end < 0 ||
    origin === undefined ||
    origin === "" ||
    !/^(0|[1-9]\d{0,15})$/.test(size ?? "") ||
    rootBytes?.length !== HASH_BYTES
  )
    throw new NoteFault("unreadable", "is none");
  const said = extensions.find((line) => line.startsWith("time "));
  const time = said === undefined ? Number.NaN : Date.parse(said.slice("time ".length));
  return {
    origin,
    size: Number(size),
    root: rootBytes,
    time: Number.isNaN(time) ? undefined : time,
  };
}

/** Base64 in its one canonical form; undefined otherwise. */
export function bytesOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}
