import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { openDatabase } from "@truc/service";
import { createRemoteJWKSet, importJWK, type JWK, jwtVerify, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requestToken, TokenRefused } from "./request-token.ts";
import { makeSystemKey } from "./system-key.ts";
import { tablesOf } from "./tables.ts";
import { startTestAuthority, type TestAuthority } from "./test-authority.ts";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
let authority: TestAuthority;
beforeAll(async () => {
  authority = await startTestAuthority();
});
afterAll(() => authority.stop());

interface AssertionOptions {
  system?: string;
  key?: JWK;
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
}

/** A right assertion of the system "reader", but for what `options` says otherwise. */
async function assertion(options: AssertionOptions = {}): Promise<string> {
  const { system = "reader", key = authority.privateKeys[system]! } = options;
  const header = { alg: "ES256", kid: key.kid!, ...options.header };
  return await new SignJWT(claims(system, options.claims))
    .setProtectedHeader(header)
    .sign(await importJWK(key, header.alg), { crit: { "urn:x": true } });
}

function claims(system: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: system,
    sub: system,
    aud: authority.issuer,
    jti: randomUUID(),
    iat: now,
    exp: now + 60,
    ...changes,
  };
}

async function post(
  form: Record<string, string> | URLSearchParams | string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown>; headers: Headers; text: string }> {
  const body = typeof form === "string" ? form : new URLSearchParams(form);
  const response = await fetch(`${authority.issuer}/token`, { method: "POST", body, headers });
  const text = await response.text();
  return {
    status: response.status,
    body: JSON.parse(text) as Record<string, unknown>,
    headers: response.headers,
    text,
  };
}

async function form(changes: Record<string, string> = {}): Promise<Record<string, string>> {
  const all = {
    grant_type: "client_credentials",
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: changes["client_assertion"] ?? (await assertion()),
    purpose: "LENDING",
    ...changes,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
}

describe("discovery", () => {
  test.each(["openid-configuration", "oauth-authorization-server"])(
    "%s announces what is served",
    async (name) => {
      const response = await fetch(`${authority.issuer}/.well-known/${name}`);
      const { issuer } = authority;
      expect(await response.json()).toEqual({
        issuer,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        grant_types_supported: ["client_credentials"],
        response_types_supported: [],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["ES256"],
        token_endpoint_auth_methods_supported: ["private_key_jwt"],
        token_endpoint_auth_signing_alg_values_supported: ["ES256"],
      });
      expect(response.headers.get("cache-control")).toBe("public, max-age=300");
    },
  );

  test("the key set holds public keys only", async () => {
    const { keys } = (await (await fetch(`${authority.issuer}/jwks`)).json()) as { keys: JWK[] };
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0]!).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
  });

  test("what is not announced does not exist", async () => {
    for (const path of [
      "/auth",
      "/me",
      "/session/end",
      "/token/introspection",
      "/reg",
      "/interaction/x",
    ]) {
      const response = await fetch(authority.issuer + path, { headers: { accept: "text/html" } });
      expect([path, response.status]).toEqual([path, 404]);
      expect(await response.json()).toMatchObject({
        errors: [{ extensions: { code: "NOT_FOUND" } }],
      });
    }
  });

  test("the health endpoints answer", async () => {
    expect((await fetch(`${authority.issuer}/health/live`)).status).toBe(200);
    expect((await fetch(`${authority.issuer}/health/ready`)).status).toBe(200);
  });
});

describe("a token", () => {
  test("carries exactly the claims of RFC 9068 and the platform", async () => {
    const before = Math.floor(Date.now() / 1000);
    const issued = await requestToken({
      issuer: authority.issuer,
      clientId: "reader",
      privateKey: authority.privateKeys["reader"]!,
      purpose: "LENDING",
      scope: "books:title",
    });
    expect(issued).toMatchObject({ expiresIn: 600, scope: "books:title" });
    const { payload, protectedHeader } = await jwtVerify(
      issued.accessToken,
      createRemoteJWKSet(new URL(`${authority.issuer}/jwks`)),
      {
        issuer: authority.issuer,
        audience: "urn:truc:gateway",
        typ: "at+jwt",
        algorithms: ["ES256"],
      },
    );
    expect(protectedHeader).toEqual({ alg: "ES256", typ: "at+jwt", kid: expect.any(String) });
    const iat = payload.iat!;
    expect(payload).toEqual({
      iss: authority.issuer,
      aud: "urn:truc:gateway",
      client_id: "reader",
      agency: "archive",
      purpose: "LENDING",
      scope: "books:title",
      sub: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      jti: expect.stringMatching(/^.{16,}$/),
      iat,
      nbf: iat,
      exp: iat + 600,
    });
    expect(iat).toBeGreaterThanOrEqual(before);
  });

  test("covers all of the grant when no scope is asked for", async () => {
    const { status, body } = await post(await form());
    expect([status, body["scope"], body["token_type"], body["expires_in"]]).toEqual([
      200,
      "books:loan books:title",
      "Bearer",
      600,
    ]);
  });

  test("names a system by the same opaque subject every time, and two systems by two", async () => {
    const subject = async (clientId: string, purpose: string): Promise<unknown> => {
      const { accessToken } = await requestToken({
        issuer: authority.issuer,
        clientId,
        privateKey: authority.privateKeys[clientId]!,
        purpose,
      });
      return (
        JSON.parse(Buffer.from(accessToken.split(".")[1]!, "base64url").toString()) as {
          sub: unknown;
        }
      ).sub;
    };
    const first = await subject("reader", "LENDING");
    expect(await subject("reader", "LENDING")).toBe(first);
    expect(await subject("other", "COUNTING")).not.toBe(first);
    expect(first).not.toContain("reader");
  });

  test("neither it nor the assertion is in the log", async () => {
    const sent = await form();
    const { body } = await post(sent);
    const log = authority.log.join("");
    expect(log).toContain("token given");
    expect(log).not.toContain(sent["client_assertion"]!.split(".")[2]);
    expect(log).not.toContain((body["access_token"] as string).split(".")[2]);
  });
});

describe("refused", () => {
  const now = Math.floor(Date.now() / 1000);
  const unauthenticated: [
    what: string,
    sent: () => Promise<Record<string, string>>,
    reason: string,
  ][] = [
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
      async () => form({ client_assertion: new UnsecuredJWT(claims("reader")).encode() }),
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
    [
      "no assertion",
      () => form({ client_assertion: "", client_assertion_type: "", client_id: "reader" }),
      "the provided authentication mechanism does not match the registered client authentication method",
    ],
    [
      "a secret instead of an assertion",
      () =>
        form({
          client_assertion: "",
          client_assertion_type: "",
          client_id: "reader",
          client_secret: "s",
        }),
      "the provided authentication mechanism does not match the registered client authentication method",
    ],
  ];

  async function signed(options: AssertionOptions): Promise<Record<string, string>> {
    return form({ client_assertion: await assertion(options) });
  }
  async function forged(): Promise<Record<string, string>> {
    const { kid } = authority.privateKeys["reader"]!;
    return signed({ key: authority.privateKeys["other"]!, header: { kid } });
  }
  async function hmacSigned(): Promise<Record<string, string>> {
    const secret = Buffer.from(authority.privateKeys["reader"]!.x!, "base64url");
    return form({
      client_assertion: await new SignJWT(claims("reader"))
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
    const answer = await post(await sent());
    expect({ status: answer.status, ...answer.body }).toEqual({
      status: 401,
      error: "invalid_client",
      error_description: "client authentication failed",
    });
    const requestId = answer.headers.get("x-request-id");
    const line = authority.log.find(
      (text) => text.includes(requestId!) && text.includes("token refused"),
    );
    expect(JSON.parse(line!)).toMatchObject({ error: "invalid_client", detail: reason });
  });

  const unauthorized: [
    what: string,
    changes: Record<string, string>,
    answer: { error: string; error_description: string; scope?: string },
  ][] = [
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
    const { status, body } = await post(await form(changes));
    expect({ status, body }).toEqual({ status: 400, body: expected });
  });

  test("a purpose given twice", async () => {
    const twice = new URLSearchParams(await form());
    twice.append("purpose", "COUNTING");
    expect((await post(twice)).body).toEqual({
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
      const answer = await post(body, { accept: "text/html", ...headers });
      expect(answer.status).toBe(400);
      expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
      expect(answer.body["error"]).toBe("invalid_request");
      expect(answer.text).not.toMatch(/ at |node_modules|\.js/);
    },
  );

  test("an assertion used before", async () => {
    const sent = await form();
    expect((await post(sent)).status).toBe(200);
    expect(await post(sent)).toMatchObject({ status: 401, body: { error: "invalid_client" } });
  });

  test("all but one of an assertion's copies sent at once", async () => {
    const sent = await form();
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(sent)));
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([
      200, 401, 401, 401, 401, 401, 401, 401,
    ]);
  });

  test("an assertion used before the authority was restarted", async () => {
    const sent = await form();
    expect((await post(sent)).status).toBe(200);
    await authority.restart();
    expect((await post(sent)).status).toBe(401);
    expect((await post(await form())).status).toBe(200);
  });

  test("an assertion made out to the server that a forged Host header names", async () => {
    const aud = "http://elsewhere.example/token";
    const sent = await signed({ claims: { aud } });
    const answer = await asElsewhere("POST", "/token", new URLSearchParams(sent).toString());
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
});

test("no address of the discovery document follows the Host header", async () => {
  const metadata = JSON.parse(
    await asElsewhere("GET", "/.well-known/openid-configuration"),
  ) as object;
  expect(metadata).toMatchObject({
    token_endpoint: `${authority.issuer}/token`,
    jwks_uri: `${authority.issuer}/jwks`,
  });
});

/** A request that pretends to be for http://elsewhere.example; fetch does not let one. */
async function asElsewhere(method: string, path: string, body?: string): Promise<string> {
  const headers = {
    host: "elsewhere.example",
    "content-type": "application/x-www-form-urlencoded",
  };
  const sent = request(authority.issuer + path, { method, headers }).end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return Buffer.concat(await response.toArray()).toString();
}

test("while its database is away it says so, and when it is back it serves again", async () => {
  const proxy = await startProxy(process.env["TRUC_TEST_POSTGRES_URL"]!);
  const other = await startTestAuthority((url) => {
    const through = new URL(url);
    through.port = String(proxy.port);
    return through.href;
  });
  try {
    const tokenRequest = {
      issuer: other.issuer,
      clientId: "reader",
      privateKey: other.privateKeys["reader"]!,
      purpose: "LENDING",
    };
    await requestToken(tokenRequest);
    await proxy.close();
    await expect(requestToken(tokenRequest)).rejects.toMatchObject({
      code: "temporarily_unavailable",
    });
    const ready = await fetch(`${other.issuer}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ ready: false, notReady: ["database"] });
    expect((await fetch(`${other.issuer}/jwks`)).status).toBe(200);
    await proxy.open();
    await expect(requestToken(tokenRequest)).resolves.toMatchObject({ expiresIn: 600 });
  } finally {
    await other.stop();
    await proxy.close();
  }
});

/** A way to the database server that can be cut. */
async function startProxy(
  url: string,
): Promise<{ port: number; open(): Promise<void>; close(): Promise<void> }> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    }
    client.pipe(upstream).pipe(client);
  });
  const listen = async (at: number): Promise<void> => {
    server.listen(at, "127.0.0.1");
    await once(server, "listening");
  };
  await listen(0);
  const own = (server.address() as AddressInfo).port;
  return {
    port: own,
    open: () => listen(own),
    close: async () => {
      if (!server.listening) return;
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
