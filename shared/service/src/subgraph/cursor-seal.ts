import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from "node:crypto";
import type { PermitSecrets } from "@truc/contracts";
import { MAX_CURSOR } from "../page/connection.ts";

interface CursorKeys {
  seal: Buffer;
  iv: Buffer;
}

const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Texts are filled up to a multiple of this, so that a cursor does not tell how long a name is. */
const BLOCK_BYTES = 32;
/** What the longest cursor comes to in base64url; what is longer is no cursor, and not worth opening. */
const MAX_SEALED = Math.ceil(((IV_BYTES + TAG_BYTES + filledLength(MAX_CURSOR)) * 4) / 3);

/**
 * Seals the cursors of one register: what stands in them are sort keys, and so names, dates and numbers of people that
 * the reader of a page may hold no scope for. AES-256-GCM under keys drawn (HKDF, RFC 5869) from the secrets that the
 * router and this register share: all processes of the register open each other's cursors, the first secret seals, and
 * every valid one opens, so that cursors outlive a rotation as permits do.
 *
 * The initialisation vector is drawn from the text itself (as in RFC 5297), so that the same row of the same list has
 * the same cursor whenever it is read.
 */
export class CursorSeal {
  readonly #keys: readonly CursorKeys[];

  constructor(subgraph: string, secrets: PermitSecrets) {
    this.#keys = secrets.keys.map(({ secret }) => ({
      seal: keyOf(secret, `truc cursors of ${subgraph}: seal`),
      iv: keyOf(secret, `truc cursors of ${subgraph}: vector`),
    }));
  }

  /**
   * @param list what the cursor belongs to: it opens for the same text alone
   * @param text the register's own cursor; holds no NUL
   * @returns base64url
   */
  seal(list: string, text: string): string {
    const [keys] = this.#keys as [CursorKeys];
    const plain = filledUp(Buffer.from(text));
    const aad = Buffer.from(list);
    const iv = createHmac("sha256", keys.iv)
      .update(`${aad.length}:`)
      .update(aad)
      .update(plain)
      .digest()
      .subarray(0, IV_BYTES);
    const cipher = createCipheriv(CIPHER, keys.seal, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(aad);
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64url");
  }

  /** @returns the register's own cursor; undefined for what was not sealed here, or for another list */
  open(list: string, cursor: string): string | undefined {
    if (cursor.length > MAX_SEALED || !/^[A-Za-z0-9_-]+$/.test(cursor)) return undefined;
    const bytes = Buffer.from(cursor, "base64url");
    if (bytes.length < IV_BYTES + TAG_BYTES + BLOCK_BYTES) return undefined;
    for (const { seal } of this.#keys) {
      const text = opened(seal, Buffer.from(list), bytes);
      if (text !== undefined) return text;
    }
    return undefined;
  }
}

function keyOf(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", Buffer.from(secret, "base64url"), "", purpose, 32));
}

function filledUp(text: Buffer): Buffer {
  return Buffer.concat([text], filledLength(text.length));
}

function filledLength(length: number): number {
  return Math.max(1, Math.ceil(length / BLOCK_BYTES)) * BLOCK_BYTES;
}

function opened(key: Buffer, aad: Buffer, bytes: Buffer): string | undefined {
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(aad);
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const plain = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return plain.toString().replace(/\0+$/, "");
}
