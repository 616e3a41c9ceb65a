import { chmod, readFile, writeFile } from "node:fs/promises";
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { requestToken } from "./request-token.ts";
import { epochSeconds, rotateSigningKeys } from "./signing-keys.ts";
import { startTestAuthority, type TestAuthority } from "./test-authority.ts";

let authority: TestAuthority;
beforeAll(async () => {
  authority = await startTestAuthority();
});
afterAll(() => authority.stop());

async function keySet(): Promise<JSONWebKeySet> {
  return (await (await fetch(`${authority.issuer}/jwks`)).json()) as JSONWebKeySet;
}

async function token(): Promise<string> {
  const { accessToken } = await requestToken({
    issuer: authority.issuer,
    clientId: "reader",
    privateKey: authority.privateKeys["reader"]!,
    purpose: "LENDING",
  });
  return accessToken;
}

async function publishes(kid: string): Promise<void> {
  await vi.waitFor(async () => expect((await keySet()).keys.map((key) => key.kid)).toContain(kid), {
    timeout: 15_000,
  });
}

test("keys change while the authority runs, and no token is without its key at any time", async () => {
  const before = await token();
  const oldKid = decodeProtectedHeader(before).kid!;
  const file = authority.settings.SIGNING_KEYS;

  // Published, not yet in use: those who verify can learn the key in time.
  const next = await rotateSigningKeys(file);
  await publishes(next.kid);
  expect(decodeProtectedHeader(await token()).kid).toBe(oldKid);

  // Its time comes: the file says since when it signs, so that no clock has to be waited for.
  const content = JSON.parse(await readFile(file, "utf8")) as {
    keys: { kid: string; nbf: number }[];
  };
  for (const key of content.keys) if (key.kid === next.kid) key.nbf = epochSeconds() - 1;
  await writeFile(file, JSON.stringify(content));
  const after = await vi.waitFor(
    async () => {
      const issued = await token();
      expect(decodeProtectedHeader(issued).kid).toBe(next.kid);
      return issued;
    },
    { timeout: 15_000 },
  );

  // Both tokens, of the old key and the new, are good with the key set of now.
  const keys = createLocalJWKSet(await keySet());
  for (const issued of [before, after]) {
    await expect(
      jwtVerify(issued, keys, { issuer: authority.issuer, typ: "at+jwt" }),
    ).resolves.toBeDefined();
  }
});

test("a file that others can read is not taken over, and the authority goes on with the keys it has", async () => {
  const kid = decodeProtectedHeader(await token()).kid;
  await chmod(authority.settings.SIGNING_KEYS, 0o644);
  await vi.waitFor(
    () => expect(authority.log.join("")).toContain("the changed signing keys are not used"),
    {
      timeout: 15_000,
    },
  );
  expect(decodeProtectedHeader(await token()).kid).toBe(kid);
  await chmod(authority.settings.SIGNING_KEYS, 0o600);
});
