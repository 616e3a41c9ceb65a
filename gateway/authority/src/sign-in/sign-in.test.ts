import { createRemoteJWKSet, decodeJwt, type JWTPayload, jwtVerify } from "jose";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tablesOf } from "../tables.ts";
import type { TestAuthority } from "../test-authority.ts";
import {
  BINH,
  HOA,
  RETURN,
  setPersonStatus,
  startSignInAuthority,
  TestSignIn,
} from "../test-sign-in.ts";
import { TokenRequests } from "../test-token-requests.ts";

let authority: TestAuthority;
let requests: TokenRequests;
beforeAll(async () => {
  authority = await startSignInAuthority();
  requests = new TokenRequests(authority);
});
afterAll(() => authority.stop());

type Changes = Record<string, string>;

/** Signs somebody in and redeems the code. */
async function tokenOf(person: string, changes: Changes = {}): Promise<JWTPayload> {
  const signIn = new TestSignIn(authority);
  const code = await signIn.code(person, changes);
  const { client_id: system, redirect_uri: uri } = changes;
  const form = await signIn.form(code, {
    ...(system !== undefined && { client_id: system }),
    ...(uri !== undefined && { redirect_uri: uri }),
  });
  const { status, body } = await requests.post(form);
  expect([status, body["error"]]).toEqual([200, undefined]);
  return decodeJwt(body["access_token"] as string);
}

describe("discovery", () => {
  test("announces how people sign in", async () => {
    const response = await fetch(`${authority.issuer}/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({
      authorization_endpoint: `${authority.issuer}/authorize`,
      response_types_supported: ["code"],
      code_challenge_methods_supported: ["S256"],
      grant_types_supported: expect.arrayContaining([
        "authorization_code",
        "client_credentials",
      ]) as unknown,
      subject_types_supported: ["pairwise"],
      response_modes_supported: ["query"],
      authorization_response_iss_parameter_supported: true,
    });
  });
});

describe("signing in", () => {
  test("ends with a token of the person, for the system and the purpose", async () => {
    const signIn = new TestSignIn(authority);
    const page = await signIn.browser.follow(signIn.address({ scope: "books:loan" }));
    expect(page.status).toBe(200);
    const end = await signIn.choose(page, { person: HOA });
    const returned = new URL(end.location!);
    expect(returned.href.startsWith(`${RETURN}&`)).toBe(true);
    expect(Object.fromEntries(returned.searchParams)).toEqual({
      from: "sign-in",
      state: "state-1",
      iss: authority.issuer,
      code: expect.any(String),
    });
    const code = returned.searchParams.get("code")!;
    const { status, body, headers } = await requests.post(await signIn.form(code));
    expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(body).toEqual({
      access_token: expect.any(String),
      expires_in: 600,
      scope: "books:loan",
      token_type: "Bearer",
    });
    const { payload, protectedHeader } = await jwtVerify(
      body["access_token"] as string,
      createRemoteJWKSet(new URL(`${authority.issuer}/jwks`)),
    );
    expect(protectedHeader).toMatchObject({ alg: "ES256", typ: "at+jwt" });
    const iat = payload.iat!;
    expect(payload).toEqual({
      iss: authority.issuer,
      aud: "urn:truc:gateway",
      client_id: "reader",
      agency: "archive",
      purpose: "LENDING",
      key: authority.privateKeys["reader"]!.kid,
      scope: "books:loan",
      sub: expect.stringMatching(/^[A-Za-z0-9_-]{32}$/),
      jti: expect.any(String),
      iat,
      nbf: iat,
      exp: iat + 600,
    });
    const subject = await tablesOf(authority.database)
      .selectFrom("subject")
      .innerJoin("person", "person.id", "subject.person")
      .select(["person.pin", "person.name", "subject.client"])
      .where("subject.subject", "=", payload.sub!)
      .execute();
    expect(subject).toEqual([{ pin: HOA, name: "Nguyễn Thị Hoa", client: "reader" }]);
  });

  test("asks for all that the grant covers when no scope is named", async () => {
    expect((await tokenOf(HOA))["scope"]).toBe("books:loan books:title");
  });

  test("keeps no session: every authorization asks who it is", async () => {
    const signIn = new TestSignIn(authority);
    await signIn.code(HOA);
    const again = await signIn.browser.follow(signIn.address());
    expect([again.status, again.text]).toEqual([200, expect.stringContaining(">Choose a person<")]);
    const end = await signIn.choose(again, { person: BINH });
    expect(end.location).toContain("code=");
    const silent = await signIn.browser.follow(signIn.address({ prompt: "none" }));
    expect(silent.location).toContain("error=login_required");
    const rows = await tablesOf(authority.database)
      .selectFrom("provider_state")
      .select("id")
      .where("model", "=", "Session")
      .execute();
    expect(rows).toEqual([]);
  });

  test("a native application returns to whichever port it listens on", async () => {
    const native = "http://127.0.0.1:49152/signed-in";
    const signIn = new TestSignIn(authority);
    const page = await signIn.browser.follow(signIn.address({ redirect_uri: native }));
    const end = await signIn.choose(page, { person: HOA });
    expect(end.location!.startsWith(`${native}?code=`)).toBe(true);
  });

  test("whoever does not sign in is told so to the application", async () => {
    const signIn = new TestSignIn(authority);
    const page = await signIn.browser.follow(signIn.address());
    const end = await signIn.choose(page, { cancel: "yes" });
    expect(Object.fromEntries(new URL(end.location!).searchParams)).toEqual({
      from: "sign-in",
      error: "access_denied",
      error_description: "The person did not sign in.",
      state: "state-1",
      iss: authority.issuer,
    });
  });
});

describe("a person's subject", () => {
  test("is the same at every sign-in with one system, another with each system, and no PIN", async () => {
    const first = await tokenOf(HOA);
    const second = await tokenOf(HOA);
    const elsewhere = await tokenOf(HOA, {
      client_id: "other",
      purpose: "COUNTING",
      redirect_uri: "https://other.example/back",
    });
    const another = await tokenOf(BINH);
    expect(second.sub).toBe(first.sub);
    expect(new Set([first.sub, elsewhere.sub, another.sub]).size).toBe(3);
    for (const token of [first, elsewhere, another])
      expect(JSON.stringify(token)).not.toMatch(new RegExp(`${HOA}|${BINH}`));
  });

  test("belongs to one person, however many sign-ins there are at once", async () => {
    const pin = "901200000077";
    const tokens = await Promise.all(Array.from({ length: 6 }, () => tokenOf(pin)));
    expect(new Set(tokens.map(({ sub }) => sub)).size).toBe(1);
    const people = await tablesOf(authority.database)
      .selectFrom("person")
      .innerJoin("person_role", "person_role.person", "person.id")
      .select(["person.name", "person_role.role", "person_role.agency"])
      .where("person.pin", "=", pin)
      .execute();
    expect(people).toEqual([{ name: "Synthetic citizen", role: "citizen", agency: null }]);
  });
});

describe("a code", () => {
  test("works once", async () => {
    const signIn = new TestSignIn(authority);
    const code = await signIn.code(HOA);
    expect((await requests.post(await signIn.form(code))).status).toBe(200);
    const again = await requests.post(await signIn.form(code));
    expect([again.status, again.body["error"]]).toEqual([400, "invalid_grant"]);
  });

  test("works once when it is sent many times at once", async () => {
    const signIn = new TestSignIn(authority);
    const code = await signIn.code(HOA);
    const forms = await Promise.all(Array.from({ length: 8 }, () => signIn.form(code)));
    const answers = await Promise.all(forms.map((form) => requests.post(form)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status !== 200).map(({ body }) => body["error"])).toEqual(
      Array.from({ length: 7 }, () => "invalid_grant"),
    );
  });

  test.each<[what: string, changes: () => Changes | Promise<Changes>, error: string]>([
    ["another verifier", () => ({ code_verifier: "x".repeat(43) }), "invalid_grant"],
    ["no verifier", () => ({ code_verifier: "" }), "invalid_grant"],
    ["another address", () => ({ redirect_uri: "http://127.0.0.1/signed-in" }), "invalid_grant"],
    ["no address", () => ({ redirect_uri: "" }), "invalid_request"],
    ["another system", () => ({ client_id: "other" }), "invalid_grant"],
    ["another purpose", () => ({ purpose: "COUNTING" }), "invalid_request"],
    ["another resource", () => ({ resource: "urn:other" }), "invalid_target"],
    [
      "no assertion",
      () => ({ client_assertion: "", client_assertion_type: "" }),
      "invalid_request",
    ],
  ])("is refused with %s, and is good still", async (_what, changes, error) => {
    const signIn = new TestSignIn(authority);
    const code = await signIn.code(HOA);
    const refused = await requests.post(await signIn.form(code, await changes()));
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.body["error"]).toBe(error);
  });

  test("is refused when the person was suspended in between", async () => {
    const signIn = new TestSignIn(authority);
    const code = await signIn.code(BINH);
    await setPersonStatus(authority, BINH, "suspended");
    try {
      const { status, body } = await requests.post(await signIn.form(code));
      expect([status, body["error"]]).toEqual([400, "invalid_grant"]);
    } finally {
      await setPersonStatus(authority, BINH, "active");
    }
  });

  test("is refused when the grant was suspended in between", async () => {
    const signIn = new TestSignIn(authority);
    const code = await signIn.code(HOA);
    const setGrant = (status: "active" | "suspended"): Promise<unknown> =>
      tablesOf(authority.database)
        .updateTable("grant_")
        .set({ status })
        .where("system", "=", "reader")
        .where("purpose", "=", "LENDING")
        .execute();
    await setGrant("suspended");
    try {
      const { status, body } = await requests.post(await signIn.form(code));
      expect([status, body["error"]]).toEqual([400, "invalid_target"]);
    } finally {
      await setGrant("active");
    }
  });

  test("expires after a minute", async () => {
    const signIn = new TestSignIn(authority);
    const code = await signIn.code(HOA);
    const [row] = await tablesOf(authority.database)
      .selectFrom("provider_state")
      .select(["payload", "expires_at"])
      .where("model", "=", "AuthorizationCode")
      .where("id", "=", code)
      .execute();
    const { iat } = JSON.parse(row!.payload) as { iat: number };
    expect(row!.expires_at! - iat).toBeLessThanOrEqual(61);
    await tablesOf(authority.database)
      .updateTable("provider_state")
      .set({ expires_at: sql`1` })
      .where("id", "=", code)
      .execute();
    const { body } = await requests.post(await signIn.form(code));
    expect(body["error"]).toBe("invalid_grant");
  });

  test("neither it nor the person's number is in the log", async () => {
    const signIn = new TestSignIn(authority);
    const code = await signIn.code(HOA);
    await requests.post(await signIn.form(code));
    const log = authority.log.join("");
    expect(log).toContain("test sign-in");
    expect(log).not.toContain(code);
    expect(log).not.toContain(HOA);
  });
});

test("no refresh token, and none is taken", async () => {
  const { body } = await requests.post(
    await requests.form({ grant_type: "refresh_token", refresh_token: "x" }),
  );
  expect(body["error"]).toBe("unsupported_grant_type");
});
