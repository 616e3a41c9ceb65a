import { randomUUID } from "node:crypto";
import {
  calculateJwkThumbprint,
  decodeJwt,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  SignJWT,
} from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signDpopProof } from "./dpop-proof.ts";
import { requestToken, TokenRefused } from "./request-token.ts";
import { makeSystemKey } from "./system-key.ts";
import { startTestAuthority, type TestAuthority } from "./test-authority.ts";
import { TestSignIn } from "./test-sign-in.ts";
import { TokenRequests } from "./test-token-requests.ts";

let authority: TestAuthority;
let requests: TokenRequests;
let key: JWK;
beforeAll(async () => {
  authority = await startTestAuthority({ settings: async () => ({ SIGN_IN: "test" }) });
  requests = new TokenRequests(authority);
  key = (await makeSystemKey()).privateKey;
});
afterAll(() => authority.stop());

interface ProofChanges {
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  signedBy?: JWK;
}

/** A proof for the token endpoint, right but for the changes. */
async function proof({ header, claims, signedBy = key }: ProofChanges = {}): Promise<string> {
  const { kty, crv, x, y } = key;
  return await new SignJWT({
    jti: randomUUID(),
    htm: "POST",
    htu: `${authority.issuer}/token`,
    iat: Math.floor(Date.now() / 1000),
    ...claims,
  })
    .setProtectedHeader({
      alg: "ES256",
      typ: "dpop+jwt",
      jwk: { kty, crv, x, y } as JWK,
      ...header,
    })
    .sign(await importJWK(signedBy, "ES256"));
}

async function boundForm(): Promise<Record<string, string>> {
  return await requests.form({
    purpose: "COUNTING",
    client_assertion: await requests.assertion({ system: "bound" }),
  });
}

test.each([
  ["a system that must", "bound", "COUNTING"],
  ["any other system that wants to", "reader", "LENDING"],
])("%s binds its token to a key", async (_what, system, purpose) => {
  const token = await requestToken({
    issuer: authority.issuer,
    clientId: system,
    privateKey: authority.privateKeys[system]!,
    purpose,
    dpopKey: key,
  });
  expect(token.tokenType).toBe("DPoP");
  const jkt = await calculateJwkThumbprint(key);
  expect(decodeJwt(token.accessToken)).toMatchObject({
    cnf: { jkt },
    key: authority.privateKeys[system]!.kid,
    sub: system,
  });
});

test("a system that must and does not is refused", async () => {
  const asked = requestToken({
    issuer: authority.issuer,
    clientId: "bound",
    privateKey: authority.privateKeys["bound"]!,
    purpose: "COUNTING",
  });
  await expect(asked).rejects.toThrow(TokenRefused);
  await expect(asked).rejects.toMatchObject({ code: "invalid_grant" });
});

test("without a proof a token is not bound", async () => {
  const { body } = await requests.post(await requests.form());
  expect(body["token_type"]).toBe("Bearer");
  expect(decodeJwt(body["access_token"] as string)).not.toHaveProperty("cnf");
});

test("a proof works once, at whichever authority", async () => {
  const sent = await proof();
  expect((await requests.post(await boundForm(), { dpop: sent })).status).toBe(200);
  const again = await requests.post(await boundForm(), { dpop: sent });
  expect([again.status, again.body["error"]]).toEqual([400, "invalid_grant"]);
  await authority.restart();
  const later = await requests.post(await boundForm(), { dpop: sent });
  expect([later.status, later.body["error"]]).toEqual([400, "invalid_grant"]);
});

test("of many requests at once with one proof, one gets a token", async () => {
  const sent = await proof();
  const forms = await Promise.all(Array.from({ length: 8 }, boundForm));
  const answers = await Promise.all(forms.map((form) => requests.post(form, { dpop: sent })));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
});

const now = Math.floor(Date.now() / 1000);
test.each<[what: string, made: () => Promise<string>]>([
  ["for another method", () => proof({ claims: { htm: "GET" } })],
  ["for another address", () => proof({ claims: { htu: "https://elsewhere.example/token" } })],
  ["that is old", () => proof({ claims: { iat: now - 3600 } })],
  ["from the future", () => proof({ claims: { iat: now + 3600 } })],
  ["without id", () => proof({ claims: { jti: undefined } })],
  ["without time", () => proof({ claims: { iat: undefined } })],
  ["of another type", () => proof({ header: { typ: "JWT" } })],
  ["signed by another key", async () => proof({ signedBy: (await makeSystemKey()).privateKey })],
  ["with a private key inside", () => proof({ header: { jwk: key } })],
  ["with a shared secret inside", () => secretProof()],
  ["that is none", async () => "x.y.z"],
  ["twice", async () => `${await proof()}, ${await proof()}`],
])("a proof %s is refused", async (_what, made) => {
  const { status, body } = await requests.post(await boundForm(), { dpop: await made() });
  expect([status, body["error"]]).toEqual([400, "invalid_dpop_proof"]);
});

test("a proof may be of Ed25519", async () => {
  const pair = await generateKeyPair("Ed25519");
  const jwk = await exportJWK(pair.publicKey);
  const sent = await new SignJWT({
    jti: randomUUID(),
    htm: "POST",
    htu: `${authority.issuer}/token`,
  })
    .setProtectedHeader({ alg: "Ed25519", typ: "dpop+jwt", jwk })
    .setIssuedAt()
    .sign(pair.privateKey);
  const { status, body } = await requests.post(await boundForm(), { dpop: sent });
  expect([status, body["token_type"]]).toEqual([200, "DPoP"]);
});

test("a person's token is bound as well, to the key announced at the beginning and no other", async () => {
  const changes = {
    client_id: "bound",
    purpose: "COUNTING",
    redirect_uri: "https://bound.example/back",
  };
  const redeem = { client_id: "bound", redirect_uri: changes.redirect_uri };
  const jkt = await calculateJwkThumbprint(key);
  const signIn = new TestSignIn(authority);
  const code = await signIn.code("901300000001", { ...changes, dpop_jkt: jkt });
  const other = (await makeSystemKey()).privateKey;
  const url = `${authority.issuer}/token`;
  const stolen = await requests.post(await signIn.form(code, redeem), {
    dpop: await signDpopProof({ key: other, method: "POST", url }),
  });
  expect([stolen.status, stolen.body["error"]]).toEqual([400, "invalid_grant"]);
  const again = await signIn.code("901300000001", { ...changes, dpop_jkt: jkt });
  const { status, body } = await requests.post(await signIn.form(again, redeem), {
    dpop: await signDpopProof({ key, method: "POST", url }),
  });
  expect([status, body["token_type"]]).toEqual([200, "DPoP"]);
  expect(decodeJwt(body["access_token"] as string)).toMatchObject({ cnf: { jkt } });
});

test("a proof for a resource names the token and leaves the query out", async () => {
  const text = await signDpopProof({
    key,
    method: "POST",
    url: "https://gateway.example/graphql?x=1#y",
    accessToken: "token",
  });
  expect(decodeJwt(text)).toEqual({
    htm: "POST",
    htu: "https://gateway.example/graphql",
    // SHA-256 of "token", base64url.
    ath: "PEaenWxYddN6Q_NT1PiOYfz4EsZu7jRXRlpAsNpBU-A",
    jti: expect.any(String),
    iat: expect.any(Number),
  });
});

async function secretProof(): Promise<string> {
  const secret = Buffer.alloc(32, 1);
  return await new SignJWT({ jti: randomUUID(), htm: "POST", htu: `${authority.issuer}/token` })
    .setProtectedHeader({
      alg: "HS256",
      typ: "dpop+jwt",
      jwk: { kty: "oct", k: secret.toString("base64url") } as JWK,
    })
    .setIssuedAt()
    .sign(secret);
}
