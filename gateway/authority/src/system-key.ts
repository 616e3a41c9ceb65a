import { createPublicKey } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import * as z from "zod";

const Coordinate = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, "a coordinate of P-256 is 32 bytes, base64url");

/** A system's public key as it is registered: ES256 only, and nothing in it that is private. */
export const PublicSystemKey = z
  .strictObject({
    kty: z.literal("EC"),
    crv: z.literal("P-256"),
    x: Coordinate,
    y: Coordinate,
    kid: z.string().min(1).max(128).optional(),
    alg: z.literal("ES256").optional(),
    use: z.literal("sig").optional(),
  })
  .refine(({ kty, crv, x, y }) => isOnCurve({ kty, crv, x, y }), "its point is not on the curve");
export type PublicSystemKey = z.infer<typeof PublicSystemKey>;

/** A new pair of a system's keys (ES256); the `kid` is the thumbprint (RFC 7638). */
export async function makeSystemKey(): Promise<{ publicKey: PublicSystemKey; privateKey: JWK }> {
  const pair = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(pair.publicKey);
  const marks = { kid: await calculateJwkThumbprint(jwk), alg: "ES256", use: "sig" } as const;
  return {
    publicKey: PublicSystemKey.parse({ ...jwk, ...marks }),
    privateKey: { ...(await exportJWK(pair.privateKey)), ...marks },
  };
}

function isOnCurve(key: { kty: string; crv: string; x: string; y: string }): boolean {
  try {
    createPublicKey({ key, format: "jwk" });
    return true;
  } catch {
    return false;
  }
}
