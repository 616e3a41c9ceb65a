import { randomUUID } from "node:crypto";
import { calculateJwkThumbprint, importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import * as z from "zod";
import { PublicSystemKey } from "../system-key.ts";

/** Where the authority takes orders that the operator's key has signed, below its origin. */
export const DIRECT_PATH = "/private/direct";

const TYPE = "operator+jwt";
/** How long an order may be valid, in seconds. */
const ORDER_SECONDS = 60;
/** What is allowed for clocks that differ, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** What an operator orders without gateway or audit: who or what is to be stopped, or may go on, and why. */
export const OperatorOrder = z.object({
  /** Grants and keys are revoked, everything is suspended and resumed. */
  action: z.enum(["suspend", "resume", "revoke"]),
  kind: z.enum(["agency", "system", "key", "person", "grant"]),
  /** A key is named by its thumbprint (RFC 7638). */
  id: z.string().min(1).max(64),
  reason: z.string().trim().min(1).max(2000),
});
export type OperatorOrder = z.infer<typeof OperatorOrder>;

/** The operator's public keys (ES256), each with its `kid`. */
export const OperatorKeys = z.object({
  keys: z
    .array(PublicSystemKey.refine(({ kid }) => kid !== undefined, "a key without kid"))
    .min(1)
    .max(16),
});
export type OperatorKeys = z.infer<typeof OperatorKeys>;

/** An order whose signature, addressee and age are right. */
export interface SignedOrder {
  order: OperatorOrder;
  /** Used once. */
  jti: string;
  /** The thumbprint (RFC 7638) of the key that signed it. */
  key: string;
}

/**
 * Signs an order, as it is sent to {@link DIRECT_PATH} (`POST`, `application/jwt`).
 * @param privateKey the operator's, with the `kid` under which its public part is known to the authority
 */
export async function signOperatorOrder(
  issuer: string,
  order: OperatorOrder,
  privateKey: JWK,
): Promise<string> {
  return await new SignJWT({ ...order })
    .setProtectedHeader({
      alg: "ES256",
      typ: TYPE,
      ...(privateKey.kid !== undefined && { kid: privateKey.kid }),
    })
    .setAudience(issuer)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${ORDER_SECONDS}s`)
    .sign(await importJWK(privateKey, "ES256"));
}

/** @throws an error of jose or zod; the authority answers 401 and keeps the reason to itself */
export async function verifyOperatorOrder(
  text: string,
  issuer: string,
  { keys }: OperatorKeys,
): Promise<SignedOrder> {
  let signer: PublicSystemKey | undefined;
  const { payload } = await jwtVerify(
    text,
    async ({ kid }) => {
      signer = keys.find((key) => key.kid === kid);
      if (signer === undefined) throw new Error("the order names no key of the operator");
      return await importJWK(signer as JWK, "ES256");
    },
    {
      algorithms: ["ES256"],
      typ: TYPE,
      audience: issuer,
      requiredClaims: ["iat", "exp", "jti"],
      maxTokenAge: ORDER_SECONDS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    },
  );
  const { jti } = z.object({ jti: z.string().min(1).max(255) }).parse(payload);
  if (typeof payload.aud !== "string") throw new Error("the order is made out to several");
  if (payload.exp! - payload.iat! > ORDER_SECONDS)
    throw new Error(`the order is valid for more than ${ORDER_SECONDS} seconds`);
  const key = await calculateJwkThumbprint(signer as JWK);
  return { order: OperatorOrder.parse(payload), jti, key };
}
