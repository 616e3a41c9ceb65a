import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  sign,
} from "node:crypto";

/** The signature type of Ed25519 (C2SP signed-note). */
const ED25519 = Buffer.from([1]);
const KEY_ID_BYTES = 4;

/** Signs texts as C2SP signed notes (c2sp.org/signed-note) with an Ed25519 key. */
export class CheckpointSigner {
  /** For who verifies: `name+key id in hexadecimal+type and public key in base64`. */
  readonly verifierKey: string;
  readonly #key: KeyObject;
  readonly #name: string;
  readonly #id: Buffer;

  /**
   * @param key an Ed25519 private key
   * @param name the key's name, here the log's origin: without spaces and plus signs
   */
  constructor(key: KeyObject, name: string) {
    if (key.type !== "private" || key.asymmetricKeyType !== "ed25519")
      throw new TypeError("checkpoints are signed with an Ed25519 private key");
    if (!/^[^\s+\p{C}]+$/u.test(name))
      throw new TypeError("a note's key has a name without spaces and plus signs");
    const publicKey = Buffer.from(createPublicKey(key).export({ format: "jwk" }).x!, "base64url");
    const encoded = Buffer.concat([ED25519, publicKey]);
    this.#key = key;
    this.#name = name;
    this.#id = createHash("sha256")
      .update(`${name}\n`)
      .update(encoded)
      .digest()
      .subarray(0, KEY_ID_BYTES);
    this.verifierKey = `${name}+${this.#id.toString("hex")}+${encoded.toString("base64")}`;
  }

  /** @param jwk the private key as a JWK (RFC 8037) */
  static fromJwk(jwk: JsonWebKey, name: string): CheckpointSigner {
    return new CheckpointSigner(createPrivateKey({ key: jwk, format: "jwk" }), name);
  }

  /** @param text lines, each closed by a line feed @returns the note: the text, an empty line, the signature's line */
  sign(text: string): string {
    const signature = sign(null, Buffer.from(text), this.#key);
    const signed = Buffer.concat([this.#id, signature]).toString("base64");
    return `${text}\n— ${this.#name} ${signed}\n`;
  }
}
