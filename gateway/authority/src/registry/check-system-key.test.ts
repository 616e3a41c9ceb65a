import { generateKeyPairSync } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, type JWK } from "jose";
import { expect, test } from "vitest";
import { checkSystemKey } from "./check-system-key.ts";

const make = {
  ES256: () => exportJWK(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey),
  ES384: () => exportJWK(generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey),
  secp256k1: () => exportJWK(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey),
  EdDSA: () => exportJWK(generateKeyPairSync("ed25519").publicKey),
  X25519: () => exportJWK(generateKeyPairSync("x25519").publicKey),
  RSA: () => exportJWK(generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey),
};

test.each([
  ["ES256", make.ES256],
  ["EdDSA", make.EdDSA],
])("a key for %s is taken, with its marks and nothing else", async (alg, makeKey) => {
  const jwk = await makeKey();
  const thumbprint = await calculateJwkThumbprint(jwk);
  expect(await checkSystemKey({ ...jwk, x5u: "https://keys.example", note: "x" })).toEqual({
    thumbprint,
    kid: thumbprint,
    jwk: { ...jwk, kid: thumbprint, alg, use: "sig" },
  });
  expect((await checkSystemKey({ ...jwk, kid: "mine", alg, use: "sig" })).kid).toBe("mine");
});

// What is strong but cannot be used at the token endpoint is not taken either.
test.each<[string, (() => Promise<JWK>) | (() => unknown)]>([
  ["RSA of 2048 bits", make.RSA],
  ["P-384", make.ES384],
  ["secp256k1", make.secp256k1],
  ["X25519", make.X25519],
  ["a list", () => []],
  ["null", () => null],
  ["no kind", () => ({})],
  ["an empty name", async () => ({ ...(await make.ES256()), kid: "" })],
  ["a name beyond measure", async () => ({ ...(await make.ES256()), kid: "x".repeat(129) })],
])("%s is no key for a system", async (_what, makeKey) => {
  await expect(checkSystemKey(await makeKey())).rejects.toMatchObject({
    extensions: { code: "REGISTRY_KEY_INVALID" },
  });
});

test.each(["d", "p", "q", "dp", "dq", "qi", "oth", "k"])(
  "the private member %s is found on whichever key",
  async (member) => {
    await expect(checkSystemKey({ ...(await make.ES256()), [member]: "x" })).rejects.toMatchObject({
      extensions: { code: "REGISTRY_KEY_PRIVATE" },
    });
  },
);
