import { request, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { StubFederation } from "../harness/stub-federation.ts";

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requiresScopes"])';

let federation: StubFederation;
beforeAll(async () => {
  federation = await StubFederation.start({
    home: {
      schema: `${LINK} type Query { node: Node  open: Int }
        type Node @key(fields: "id") { id: ID!  next: Node  other: Node  value: Int  secret: Int @requiresScopes(scopes: [["s"]]) }`,
      resolvers: {
        "Query.node": () => ({ __typename: "Node", id: "1" }),
        "Query.open": 1,
        "Node.next": () => ({ __typename: "Node", id: "2" }),
        "Node.other": () => null,
        "Node.value": 7,
        "Node.secret": 8,
      },
    },
    away: {
      schema: `${LINK} type Node @key(fields: "id") { id: ID!  far: Int  around: Node }`,
      resolvers: { "Node.far": 9, "Node.around": () => ({ __typename: "Node", id: "3" }) },
    },
  });
});
afterAll(async () => await federation.stop());

describe("operations made to hurt", () => {
  test("CVE-2024-43414: nesting without end is refused before it is planned", async () => {
    federation.forget();
    for (const [open, close] of [
      ["{ next ", " }"],
      ["{ ... { next ", " } }"],
      ["{ around { next ", " } }"],
    ] as const) {
      const depth = 5_000;
      const query = `{ node ${open.repeat(depth)} { value } ${close.repeat(depth)} }`;
      const { status, body } = await federation.router.ask(query);
      expect(status).toBe(400);
      expect(body.errors?.[0]?.extensions["code"]).toMatch(/^READ_TOO_|GRAPHQL_/);
    }
    expect(federation.fetches).toEqual([]);
    expect((await federation.router.ask("{ open }")).body.data).toEqual({ open: 1 });
  });

  test("CVE-2025-32031: fragments within fragments within fragments are counted, not planned", async () => {
    federation.forget();
    const fragments = Array.from(
      { length: 30 },
      (_, i) =>
        `fragment F${i} on Node { a${i}: next { ...F${i + 1} } b${i}: next { ...F${i + 1} } }`,
    );
    const query = `{ node { ...F0 } } ${fragments.join(" ")} fragment F30 on Node { value }`;
    const { status, body } = await federation.router.ask(query);
    expect(status).toBe(400);
    expect(body.errors?.[0]?.extensions["code"]).toMatch(/^READ_TOO_/);
    expect(federation.fetches).toEqual([]);
  });

  test("CVE-2025-32031: the same with a refused field in every one, which must not be spelled out", async () => {
    const fragments = Array.from(
      { length: 30 },
      (_, i) => `fragment F${i} on Node { secret ...F${i + 1} x${i}: next { ...F${i + 1} } }`,
    );
    const query = `{ node { ...F0 } } ${fragments.join(" ")} fragment F30 on Node { value }`;
    const { status, body } = await federation.router.ask(query);
    expect(status).toBe(400);
    expect(body.errors?.[0]?.extensions["code"]).toMatch(/^READ_TOO_/);
  });

  test("graphql-js 3955: __typename three thousand times is answered or refused, once", async () => {
    const { status, body } = await federation.router.ask(`{ ${"__typename ".repeat(3_000)} }`);
    expect([200, 400]).toContain(status);
    if (status === 200) expect(body.data).toEqual({ __typename: "Query" });
    else expect(body.errors?.[0]?.extensions["code"]).toMatch(/^READ_TOO_/);
  });

  test("CVE-2026-32621: __proto__ and constructor as aliases are names like any other", async () => {
    const query =
      "{ __proto__: node { constructor: value toString: far __proto__: secret hasOwnProperty: next { value } } }";
    const { status, body } = await federation.router.ask(query);
    // Names that begin with two underscores are GraphQL's own; an alias may have one all the same.
    expect(status).toBe(200);
    const node = Object.getOwnPropertyDescriptor(body.data ?? {}, "__proto__")?.value as Record<
      string,
      unknown
    >;
    expect(Object.entries(node)).toEqual([
      ["constructor", 7],
      ["toString", 9],
      ["__proto__", null],
      ["hasOwnProperty", { value: 7 }],
    ]);
    expect(body.errors).toEqual([expect.objectContaining({ path: ["__proto__", "__proto__"] })]);
    expect(({} as Record<string, unknown>)["value"]).toBeUndefined();
    expect((await federation.router.ask("{ node { constructor: secret } }")).body.data).toBeNull();
  });

  test("GHSA-hff2-gcpx-8f4p: what a browser sends across origins without asking never reaches a register", async () => {
    federation.forget();
    const address = `${federation.router.url}?query=${encodeURIComponent("{open}")}`;
    const types = [
      undefined,
      "text/plain",
      "text/plain;x=application/json",
      "message/OHTTP-REQ",
      "multipart/form-data",
      "/",
      "",
    ];
    for (const type of types) {
      const { statusCode: status, headers } = await get(address, {
        cookie: "session=1",
        origin: "https://elsewhere.test",
        ...(type !== undefined && { "content-type": type }),
      });
      expect([type, status]).toEqual([type, 401]);
      expect(headers["access-control-allow-origin"]).toBeUndefined();
    }
    // The header that carries the token makes a browser ask first, and the answer allows nothing.
    const preflight = await fetch(federation.router.url, {
      method: "OPTIONS",
      headers: {
        origin: "https://elsewhere.test",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
      },
    });
    expect(
      [...preflight.headers.keys()].filter((name) => name.startsWith("access-control")),
    ).toEqual([]);
    expect(federation.fetches).toEqual([]);
  });
});

/** A GET with exactly these headers: fetch would not send some of them. */
async function get(address: string, headers: Record<string, string>): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(address, { headers }, (response) => {
    response.resume();
    resolve(response);
  })
    .on("error", reject)
    .end();
  return await promise;
}
