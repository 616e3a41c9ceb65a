import { createPrivateKey, createPublicKey } from "node:crypto";
import { statSync } from "node:fs";
import { StartupError } from "@truc/service/process";
import { createSigner, type SigningKey } from "http-message-signatures";
import { calculateJwkThumbprint } from "jose";
import * as z from "zod";
import { readText } from "../config.ts";

/** 32 bytes. */
const Half = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

const KeySet = z.object({
  keys: z
    .array(
      z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: Half, d: Half.optional() }),
    )
    .min(1),
});

/** Half of a key pair, as everybody may know it. */
export interface PublishedKey {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  /** Thumbprint (RFC 7638): what receipts name it by. */
  readonly kid: string;
  readonly alg: "EdDSA";
  readonly use: "sig";
}

/** What receipts are signed with, and what they are verified with. */
export interface ReceiptKeys {
  /** Signs under its key's thumbprint. */
  readonly signer: SigningKey & { readonly id: string };
  /** Also those that signed earlier. */
  readonly published: { readonly keys: readonly PublishedKey[] };
}

/**
 * Reads the JWK set (RFC 7517) of the setting RECEIPT_KEYS: Ed25519 keys (RFC 8037), of which the first signs and all
 * are published. Of the others the private half may be left out.
 * @throws StartupError when others can read the file, or it holds something else
 */
export async function readReceiptKeys(path: string | undefined): Promise<ReceiptKeys | undefined> {
  if (path === undefined) return undefined;
  const file = `The file ${path} of the setting RECEIPT_KEYS`;
  const { keys } = keySetIn(readText(path, "RECEIPT_KEYS"), file);
  if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0)
    throw new StartupError(`${file} can be read by others than its owner.`);
  const [first] = keys as [(typeof keys)[number]];
  const { d, ...publicHalf } = first;
  if (d === undefined)
    throw new StartupError(`${file} lacks the private half of its first key, which signs.`);
  const privateKey = createPrivateKey({ key: { ...publicHalf, d }, format: "jwk" });
  if (createPublicKey(privateKey).export({ format: "jwk" }).x !== publicHalf.x)
    throw new StartupError(`${file} holds halves of different keys.`);
  const published = await Promise.all(
    keys.map(async ({ kty, crv, x }): Promise<PublishedKey> => {
      const kid = await calculateJwkThumbprint({ kty, crv, x });
      return { kty, crv, x, kid, alg: "EdDSA", use: "sig" };
    }),
  );
  const id = published[0]!.kid;
  return {
    signer: { ...createSigner(privateKey, "ed25519", id), id },
    published: { keys: published },
  };
}

function keySetIn(text: string, file: string): z.infer<typeof KeySet> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    // What a parser says quotes what it read, and that is a secret.
  }
  const set = KeySet.safeParse(content);
  if (!set.success) throw new StartupError(`${file} holds no JWK set of Ed25519 keys.`);
  return set.data;
}
