import { createPrivateKey } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { AUDIT_KEY_BYTES } from "@truc/contracts";
import { StartupError } from "@truc/service";
import * as z from "zod";

/** Read, write and execute bits of group and others. */
const OTHERS = 0o077;

const Ed25519Key = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string(),
  d: z.string(),
});

export type CheckpointKey = z.infer<typeof Ed25519Key>;

/**
 * Reads the root key of all pseudonyms, 32 bytes.
 * @throws StartupError when the file cannot be read, can be read by others, or holds something else
 */
export function readRootKey(file: string): Buffer {
  const text = readPrivateText(file, "AUDIT_KEY").trim();
  const key = Buffer.from(text, "base64url");
  if (key.length === AUDIT_KEY_BYTES && key.toString("base64url") === text) return key;
  throw new StartupError(
    `The file ${file} of the setting AUDIT_KEY does not hold ${AUDIT_KEY_BYTES} bytes as base64url.`,
  );
}

/**
 * Reads the key that signs checkpoints, a private JWK (RFC 8037).
 * @throws StartupError as above
 */
export function readCheckpointKey(file: string): CheckpointKey {
  const text = readPrivateText(file, "CHECKPOINT_KEY");
  try {
    const key = Ed25519Key.parse(JSON.parse(text));
    createPrivateKey({ key, format: "jwk" });
    return key;
  } catch {
    // What a parser says quotes what it read, which is a secret.
    throw new StartupError(
      `The file ${file} of the setting CHECKPOINT_KEY does not hold a private Ed25519 key as a JWK.`,
    );
  }
}

function readPrivateText(file: string, setting: string): string {
  let mode: number;
  let text: string;
  try {
    ({ mode } = statSync(file));
    text = readFileSync(file, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown reason";
    throw new StartupError(
      `The file ${file} of the setting ${setting} cannot be read (${reason}).`,
      { cause: error },
    );
  }
  // Windows keeps access lists instead of these bits, and reports the same ones for every file.
  if (process.platform === "win32" || (mode & OTHERS) === 0) return text;
  throw new StartupError(
    `The file ${file} of the setting ${setting} can be read by others than its owner: run "chmod 600 ${file}" and replace what it held if they may have read it.`,
  );
}
