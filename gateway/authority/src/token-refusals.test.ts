import { openDatabase } from "@truc/service";
import { SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { requestToken, TokenRefused } from "./request-token.ts";
import { makeSystemKey } from "./system-key.ts";
import { tablesOf } from "./tables.ts";
import { startTestAuthority, type TestAuthority } from "./test-authority.ts";
import { ASSERTION_TYPE, type AssertionOptions, TokenRequests } from "./test-token-requests.ts";

let authority: TestAuthority;
let requests: TokenRequests;
beforeAll(async () => {
  authority = await startTestAuthority();
  requests = new TokenRequests(authority);
});
afterAll(() => authority.stop());

const now = Math.floor(Date.now() / 1000);
type Unauthenticated = [what: string, sent: () => Promise<Record<string, string>>, reason: string];
const unauthenticated: Unauthenticated[] = [
  [
    "another's key",
    () => signed({ key: authority.privateKeys["other"]! }),
    "no applicable key found in the JSON Web Key Set",
  ],
  ["another's key under the right name", () => forged(), "signature verification failed"],
  ["an expired assertion", () => signed({ claims: { exp: now - 60 } }), "jwt expired"],
  [
    "an assertion valid too long",
    () => signed({ claims: { exp: now + 3600 } }),
    "the assertion must expire within 300 seconds",
  ],
  [
    "an assertion that ends never",
    () => signed({ claims: { exp: Number.MAX_VALUE } }),
    "the assertion's exp must be a whole number",
  ],
  [
    "an assertion without end",
    () => signed({ claims: { exp: undefined } }),
    "expiration must be specified in the client_assertion JWT",
  ],
  [
    "an assertion not valid yet",
    () => signed({ claims: { nbf: now + 300 } }),
    "jwt not active yet",
  ],
  [
    "an assertion without id",
    () => signed({ claims: { jti: undefined } }),
    "unique jti (JWT ID) must be provided in the client_assertion JWT",
  ],
  [
    "an assertion with a long id",
    () => signed({ claims: { jti: "x".repeat(256) } }),
    "the assertion's jti must be a string of at most 255 characters",
  ],
  [
    "an assertion for another server",
    () => signed({ claims: { aud: "https://elsewhere.example" } }),
    "audience (aud) must equal the endpoint url, issuer identifier or token endpoint url",
  ],
  [
    "an assertion for several servers",
    () => signed({ claims: { aud: [authority.issuer, "https://elsewhere.example"] } }),
    "the assertion must be made out to this issuer alone",
  ],
  [
    "an assertion of another type",
    () => signed({ header: { typ: "at+jwt" } }),
    "the assertion's typ is another",
  ],
  [
    "an assertion issued by another",
    () => signed({ claims: { iss: "other" } }),
    "iss (JWT issuer) must be the client_id",
  ],
  [
    "an assertion with an unknown crit",
    () => signed({ header: { crit: ["urn:x"], "urn:x": true } }),
    "signature verification failed",
  ],
  [
    "alg none",
    async () =>
      requests.form({ client_assertion: new UnsecuredJWT(requests.claims("reader")).encode() }),
    "alg mismatch",
  ],
  ["HS256 with the public key as the secret", () => hmacSigned(), "alg mismatch"],
  [
    "a key that the assertion brings along",
    () => bringingItsKey(),
    "signature verification failed",
  ],
  [
    "an unknown system",
    () => signed({ system: "nobody", key: authority.privateKeys["reader"]! }),
    "client not found",
  ],
  ...["no\0body", `nobody${"y".repeat(60_000 / 4)}`, "reader "].map((system): Unauthenticated => [
    `a system that can be none: ${JSON.stringify(system.slice(0, 10))}`,
    () => signed({ system, key: authority.privateKeys["reader"]! }),
    "client not found",
  ]),
  [
    "an assertion whose issuer can be no system",
    () => signed({ claims: { iss: "no\0body" } }),
    "iss (JWT issuer) must be the client_id",
  ],
  [
    "an id beside no assertion that can be no system's",
    () => requests.form({ client_assertion: "", client_assertion_type: "", client_id: "no\0body" }),
    "client not found",
  ],
  [
    "no assertion",
    () => requests.form({ client_assertion: "", client_assertion_type: "", client_id: "reader" }),
    "the provided authentication mechanism does not match the registered client authentication method",
  ],
  [
    "a secret instead of an assertion",
    () =>
      requests.form({
        client_assertion: "",
        client_assertion_type: "",
        client_id: "reader",
        client_secret: "s",
      }),
    "the provided authentication mechanism does not match the registered client authentication method",
  ],
];

async function signed(options: AssertionOptions): Promise<Record<string, string>> {
  return requests.form({ client_assertion: await requests.assertion(options) });
}
async function forged(): Promise<Record<string, string>> {
  const { kid } = authority.privateKeys["reader"]!;
  return signed({ key: authority.privateKeys["other"]!, header: { kid } });
}
async function hmacSigned(): Promise<Record<string, string>> {
  const secret = Buffer.from(authority.privateKeys["reader"]!.x!, "base64url");
  return requests.form({
    client_assertion: await new SignJWT(requests.claims("reader"))
      .setProtectedHeader({ alg: "HS256" })
      .sign(secret),
  });
}
async function bringingItsKey(): Promise<Record<string, string>> {
  const { publicKey, privateKey } = await makeSystemKey();
  const { kid } = authority.privateKeys["reader"]!;
  return signed({ key: privateKey, header: { kid, jwk: publicKey } });
}

test.each(unauthenticated)("%s, with the reason in the log only", async (_what, sent, reason) => {
  const answer = await requests.post(await sent());
  expect({ status: answer.status, ...answer.body }).toEqual({
    status: 401,
    error: "invalid_client",
    error_description: "client authentication failed",
  });
  const line = loggedFor(answer.headers);
  expect(JSON.parse(line)).toMatchObject({ error: "invalid_client", detail: reason });
  expect(line.length).toBeLessThan(1000);
});

/** What the log says of the refusal that was answered with these headers. */
function loggedFor(headers: Headers): string {
  const requestId = headers.get("x-request-id")!;
  return authority.log.find((text) => text.includes(requestId) && text.includes("token refused"))!;
}

test("a request id of the caller's own making, which the log and the answer do not take over", async () => {
  const answer = await requests.post(await requests.form({ purpose: "" }), {
    "x-request-id": "another-request",
  });
  expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect(authority.log.join("")).not.toContain("another-request");
});

interface Refused {
  error: string;
  error_description: string;
  scope?: string;
}
const unauthorized: [what: string, changes: Record<string, string>, answer: Refused][] = [
  [
    "a scope beyond the grant",
    { scope: "books:title files:list" },
    {
      error: "invalid_scope",
      error_description: "The grant of reader for LENDING does not cover: files:list.",
      scope: "files:list",
    },
  ],
  [
    "no purpose",
    { purpose: "" },
    {
      error: "invalid_request",
      error_description:
        "The parameter purpose is required: the code of the purpose the token is for.",
    },
  ],
  [
    "an unknown purpose",
    { purpose: "CURIOSITY" },
    {
      error: "invalid_request",
      error_description: "The parameter purpose names no purpose of the catalogue.",
    },
  ],
  ...["LENDING\0", "LENDING ", "L".repeat(10_000)].map(
    (purpose): [string, Record<string, string>, Refused] => [
      `a purpose that can be none: ${JSON.stringify(purpose.slice(0, 10))}`,
      { purpose },
      {
        error: "invalid_request",
        error_description: "The parameter purpose names no purpose of the catalogue.",
      },
    ],
  ),
  [
    "a scope of nobody's beside one beyond the grant, whose text goes no further",
    { scope: `files:list ${Array.from({ length: 5000 }, (_, index) => `x${index}`).join(" ")}` },
    {
      error: "invalid_scope",
      error_description:
        "The grant of reader for LENDING does not cover: files:list, and 5000 that are no scope of the catalogue.",
      scope: "files:list",
    },
  ],
  [
    "a scope of nobody's alone",
    { scope: "books:title books:cover" },
    {
      error: "invalid_scope",
      error_description:
        "The grant of reader for LENDING does not cover: 1 that is no scope of the catalogue.",
    },
  ],
  [
    "a purpose not granted",
    { purpose: "COUNTING" },
    {
      error: "invalid_target",
      error_description: "The system reader has no live grant for the purpose COUNTING.",
    },
  ],
  [
    "a grant that has ended",
    { purpose: "OLD" },
    {
      error: "invalid_target",
      error_description: "The system reader has no live grant for the purpose OLD.",
    },
  ],
  [
    "another resource",
    { resource: "urn:elsewhere" },
    {
      error: "invalid_target",
      error_description: "The parameter resource names nothing this authority serves.",
    },
  ],
  [
    "another grant type",
    { grant_type: "authorization_code", code: "x" },
    { error: "unsupported_grant_type", error_description: "unsupported grant_type requested" },
  ],
];

test.each(unauthorized)("%s", async (_what, changes, expected) => {
  const { status, body, headers } = await requests.post(await requests.form(changes));
  expect({ status, body }).toEqual({ status: 400, body: expected });
  const line = loggedFor(headers);
  expect(JSON.parse(line)).toMatchObject({ error: expected.error });
  expect(line.length).toBeLessThan(1000);
});

test("a purpose given twice", async () => {
  const twice = new URLSearchParams(await requests.form());
  twice.append("purpose", "COUNTING");
  expect((await requests.post(twice)).body).toEqual({
    error: "invalid_request",
    error_description: "The parameter purpose must be given once.",
  });
});

test.each([
  ["JSON", "{}", { "content-type": "application/json" }],
  [
    "an oversized body",
    "a".repeat(100_000),
    { "content-type": "application/x-www-form-urlencoded" },
  ],
  [
    "a broken assertion",
    `client_assertion_type=${ASSERTION_TYPE}&client_assertion=x.y.z`,
    { "content-type": "application/x-www-form-urlencoded" },
  ],
])(
  "%s, in JSON and without a trace of the inside, even to a browser",
  async (_what, body, headers) => {
    const answer = await requests.post(body, { accept: "text/html", ...headers });
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    expect(answer.body["error"]).toBe("invalid_request");
    expect(answer.text).not.toMatch(/ at |node_modules|\.js/);
  },
);

test("an assertion used before", async () => {
  const sent = await requests.form();
  expect((await requests.post(sent)).status).toBe(200);
  expect(await requests.post(sent)).toMatchObject({
    status: 401,
    body: { error: "invalid_client" },
  });
});

test("all but one of an assertion's copies sent at once", async () => {
  const sent = await requests.form();
  const answers = await Promise.all(Array.from({ length: 8 }, () => requests.post(sent)));
  expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([
    200, 401, 401, 401, 401, 401, 401, 401,
  ]);
});

test("an assertion used before the authority was restarted", async () => {
  const sent = await requests.form();
  expect((await requests.post(sent)).status).toBe(200);
  await authority.restart();
  expect((await requests.post(sent)).status).toBe(401);
  expect((await requests.post(await requests.form())).status).toBe(200);
});

test("an assertion made out to the server that a forged Host header names", async () => {
  const aud = "http://elsewhere.example/token";
  const sent = await signed({ claims: { aud } });
  const answer = await requests.asElsewhere("POST", "/token", new URLSearchParams(sent).toString());
  expect(JSON.parse(answer)).toMatchObject({ error: "invalid_client" });
});

test("a suspended system, at once, and not any more when it is resumed", async () => {
  const tokenRequest = {
    issuer: authority.issuer,
    clientId: "former",
    privateKey: authority.privateKeys["former"]!,
    purpose: "LENDING",
  };
  const db = openDatabase(authority.settings.DATABASE_URL, { maxConnections: 1 });
  const setStatus = (
    table: "system" | "agency",
    id: string,
    status: "active" | "suspended",
  ): Promise<unknown> =>
    tablesOf(db).updateTable(table).set({ status }).where("id", "=", id).execute();
  try {
    await requestToken(tokenRequest);
    for (const [table, id] of [
      ["system", "former"],
      ["agency", "archive"],
    ] as const) {
      await setStatus(table, id, "suspended");
      await expect(requestToken(tokenRequest)).rejects.toThrow(
        new TokenRefused(
          "invalid_client",
          "The authority refused the token (invalid_client): client authentication failed",
        ),
      );
      await setStatus(table, id, "active");
      await expect(requestToken(tokenRequest)).resolves.toMatchObject({ scope: "books:title" });
    }
  } finally {
    await db.close();
  }
});
