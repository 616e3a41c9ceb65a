/** Signs checkpoints as C2SP signed notes (Ed25519). */
export declare class CheckpointSigner {
  /** @param jwk an Ed25519 private key (RFC 8037) @param name the key's name in signatures: the log's origin */
  static fromJwk(jwk: unknown, name: string): CheckpointSigner;
  /** For verifiers: `name+hash+key` (C2SP signed-note, verifier keys). */
  readonly verifierKey: string;
  /** @param text ends in a line feed @returns the note: text, an empty line, the signature's line */
  sign(text: string): string;
}
