import { createHash } from "node:crypto";
import type { RegistrySnapshot } from "@truc/contracts";
import Fastify, { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type * as PlannerModule from "../../gateway/router/src/supergraph/planner.ts";
import { TestAuthority, type TestSystem } from "../harness/test-authority.ts";
import { composeSupergraph, TestRouter, type GraphqlAnswer } from "../harness/test-router.ts";

/** How many plans were made in this process, where the routers of these tests run. */
const made = vi.hoisted(() => ({ plans: 0 }));
vi.mock("../../gateway/router/src/supergraph/planner.ts", async (original) => {
  const real = await original<typeof PlannerModule>();
  const createPlanner: typeof real.createPlanner = function* (sdl) {
    const planner = yield* real.createPlanner(sdl);
    return {
      ...planner,
      plan: (document, name) => {
        made.plans += 1;
        return planner.plan(document, name);
      },
    };
  };
  return { ...real, createPlanner };
});

const SCHEMA = (more = ""): string => `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@requiresScopes"])
  type Query { double(of: Int!): Int  open: Int  said(text: String!): Int  secret: Int @requiresScopes(scopes: [["s"]]) ${more} }
  type Mutation { press: Int }
`;
const TEXTS = {
  double: "query Double($of: Int!) { double(of: $of) open }",
  press: "mutation { press }",
  partly: "{ open secret }",
  choosing: "query ($yes: Boolean!) { open secret @include(if: $yes) again: open @skip(if: $yes) }",
  later: "{ later: open }",
  broken: "{ gone }",
  others: "{ theirs: open }",
  said: "query($literal_0: String!) { said(text: $literal_0) }",
} as const;
const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");
const registered = (...names: (keyof typeof TEXTS)[]): string[] =>
  names.map((name) => hashOf(TEXTS[name]));
const operations = (...names: (keyof typeof TEXTS)[]): RegistrySnapshot["operations"] =>
  names.map((name) => ({ hash: hashOf(TEXTS[name]), name: `the ${name}`, text: TEXTS[name] }));

let subgraph: FastifyInstance;
let supergraph: (more?: string) => string;
let authority: TestAuthority;
let portal: TestSystem;
let router: TestRouter;
let token: string;
const asked: string[] = [];

beforeAll(async () => {
  subgraph = Fastify();
  subgraph.post("/graphql", async (request) => {
    const { query, variables } = request.body as { query: string; variables?: { of?: number } };
    asked.push(query);
    const data = { open: 1, later: 1, theirs: 1, again: 1, secret: 2, press: 3, more: 4, said: 5 };
    return { data: { ...data, double: (variables?.of ?? 0) * 2 } };
  });
  const url = `${await subgraph.listen({ port: 0, host: "127.0.0.1" })}/graphql`;
  supergraph = (more) => composeSupergraph([{ name: "only", url, schema: SCHEMA(more) }]);
  authority = await TestAuthority.start();
  portal = await authority.system("portal");
  await authority.system("other");
  authority.change(() => ({
    operations: operations("double", "press", "partly", "choosing", "broken", "others", "said"),
  }));
  authority.grant("portal", "READ", {
    registered: registered("double", "press", "partly", "choosing", "broken"),
  });
  authority.grant("other", "READ", { scopes: ["s"], registered: registered("others") });
  router = await TestRouter.start(supergraph(), {}, authority);
  token = await authority.token(portal, { purpose: "READ", scope: "" });
});
afterAll(async () => {
  await router.stop();
  await authority.stop();
  await subgraph.close();
});
beforeEach(() => {
  asked.length = 0;
});

type Answer = Omit<GraphqlAnswer, "cost">;

interface Sent {
  query?: string;
  variables?: object;
  extensions?: object;
}
const byHash = (sha256Hash: unknown, version: unknown = 1): object => ({
  persistedQuery: { version, sha256Hash },
});

async function answerOf(response: Response): Promise<Answer> {
  const body = (await response.json()) as Answer["body"];
  return { status: response.status, headers: response.headers, body };
}

async function post(sent: Sent, as = token, to = router): Promise<Answer> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${as}` };
  return await answerOf(
    await fetch(to.url, { method: "POST", headers, body: JSON.stringify(sent) }),
  );
}

async function get(sent: Sent, headers: Record<string, string> = {}): Promise<Answer> {
  const search = new URLSearchParams(
    Object.entries(sent).map(([name, value]: [string, unknown]): [string, string] => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
  return await answerOf(
    await fetch(`${router.url}?${search.toString()}`, {
      headers: { authorization: `Bearer ${token}`, ...headers },
    }),
  );
}

const codeOf = ({ body }: Answer): unknown => body.errors?.[0]?.extensions["code"];

describe("a registered operation", () => {
  const double = { extensions: byHash(hashOf(TEXTS.double)), variables: { of: 21 } };

  test("is answered by its hash, in a POST and in a GET", async () => {
    for (const { status, body } of [await post(double), await get(double)]) {
      expect(status).toBe(200);
      expect(body.data).toEqual({ double: 42, open: 1 });
    }
  });

  test("is answered to a browser's GET too, and not with the page for people", async () => {
    const { headers, body } = await get(double, { accept: "text/html, application/json" });
    expect(headers.get("content-type")).toContain("application/json");
    expect(body.data).toEqual({ double: 42, open: 1 });
  });

  test("is found whichever way the hash is spelled", async () => {
    const extensions = byHash(hashOf(TEXTS.double).toUpperCase());
    expect((await post({ ...double, extensions })).body.data).toEqual({ double: 42, open: 1 });
  });

  test("may be sent together with its text", async () => {
    for (const send of [post, get])
      expect((await send({ ...double, query: TEXTS.double })).body.data).toEqual({
        double: 42,
        open: 1,
      });
  });

  test("goes on record as the operation it is, with what else the extensions say", async () => {
    for (const send of [post, get]) {
      const extensions = { ...double.extensions, caseReference: "HS-2026/7" };
      await send({ ...double, extensions });
      const byText = router.records().at(-1);
      await post({ query: TEXTS.double, variables: { of: 21 } });
      const full = router.records().at(-1);
      expect(byText).toMatchObject({
        case: "HS-2026/7",
        operation: full?.operation,
        operationName: "the double",
      });
    }
  });

  test("that is a mutation is not carried out by a GET", async () => {
    const press = { extensions: byHash(hashOf(TEXTS.press)) };
    const refused = await get(press);
    expect(refused.status).toBe(405);
    expect(refused.headers.get("allow")).toBe("POST");
    expect(asked).toEqual([]);
    expect((await post(press)).body.data).toEqual({ press: 3 });
  });

  test("gives what the grant allows and nothing more", async () => {
    const { body } = await post({ extensions: byHash(hashOf(TEXTS.partly)) });
    expect(body.data).toEqual({ open: 1, secret: null });
    expect(asked).toHaveLength(1);
    expect(asked[0]).not.toContain("secret");
  });
});

describe("a hash", () => {
  test.each([
    ["nobody has registered", hashOf("{ nothing }")],
    ["of another agency's operation", hashOf(TEXTS.others)],
  ])("%s is not found", async (_title, hash) => {
    for (const send of [post, get]) {
      const { status, headers, body } = await send({ extensions: byHash(hash) });
      expect(status).toBe(404);
      expect(body).toEqual({
        errors: [
          {
            message: "No operation with this hash is registered for the caller.",
            extensions: {
              code: "PERSISTED_QUERY_NOT_FOUND",
              requestId: headers.get("x-request-id"),
            },
          },
        ],
      });
    }
    expect(asked).toEqual([]);
  });

  test("must be that of the text sent with it", async () => {
    const sent = { query: "{ open }", extensions: byHash(hashOf(TEXTS.double)) };
    for (const send of [post, get]) {
      const refused = await send(sent);
      expect([refused.status, codeOf(refused)]).toEqual([400, "PERSISTED_QUERY_HASH_MISMATCH"]);
    }
    expect(asked).toEqual([]);
  });

  test.each([
    ["of another version", byHash(hashOf(TEXTS.double), 2)],
    ["without a version", { persistedQuery: { sha256Hash: hashOf(TEXTS.double) } }],
    ["too short", byHash("abc")],
    ["that is none", byHash("__proto__")],
    ["that is a number", byHash(7)],
    ["that is a list", { persistedQuery: [] }],
    ["that is a text", { persistedQuery: hashOf(TEXTS.double) }],
  ])("%s is refused", async (_title, extensions) => {
    for (const send of [post, get]) {
      const refused = await send({ extensions });
      expect([refused.status, codeOf(refused)]).toEqual([400, "BAD_REQUEST"]);
    }
  });

  test("of null is none", async () => {
    const extensions = { persistedQuery: null };
    expect((await post({ query: "{ open }", extensions })).body.data).toEqual({ open: 1 });
    expect((await post({ extensions })).status).toBe(400);
  });

  test("opens nothing without a live grant", async () => {
    const elsewhere = await authority.token(portal, { purpose: "OTHER" });
    const refused = await post({ extensions: byHash(hashOf(TEXTS.double)) }, elsewhere);
    expect([refused.status, codeOf(refused)]).toEqual([403, "AUTHORIZE_GRANT_MISSING"]);
  });

  test("is known to nobody where tokens are the grants; with its text it may be sent", async () => {
    const free = await TestRouter.start(supergraph());
    const own = await free.issuer.token();
    const extensions = byHash(hashOf("{ open }"));
    const refused = await post({ extensions }, own, free);
    expect([refused.status, codeOf(refused)]).toEqual([404, "PERSISTED_QUERY_NOT_FOUND"]);
    const { body } = await post({ query: "{ open }", extensions }, own, free);
    expect(body.data).toEqual({ open: 1 });
    await free.stop();
  });
});

describe("a grant for registered operations only", () => {
  let only: string;
  beforeAll(async () => {
    authority.grant("portal", "ONLY", {
      operations: "registered",
      registered: registered("double", "said"),
    });
    only = await authority.token(portal, { purpose: "ONLY", scope: "" });
    await vi.waitFor(
      async () =>
        expect(codeOf(await post({ query: "{ open }" }, only))).not.toBe("AUTHORIZE_GRANT_MISSING"),
      10_000,
    );
  });

  test("takes them by hash and by text", async () => {
    const variables = { of: 2 };
    const extensions = byHash(hashOf(TEXTS.double));
    for (const sent of [{ extensions }, { query: TEXTS.double }])
      expect((await post({ ...sent, variables }, only)).body.data).toEqual({ double: 4, open: 1 });
    const said = { query: TEXTS.said, variables: { literal_0: "x" } };
    expect((await post(said, only)).body.data).toEqual({ said: 5 });
  });

  test.each([
    ["another text", "{ open }", "AUTHORIZE_OPERATION_UNREGISTERED"],
    ["the same with a space more", `${TEXTS.double} `, "AUTHORIZE_OPERATION_UNREGISTERED"],
    ["one that only another grant allows", TEXTS.press, "AUTHORIZE_OPERATION_UNREGISTERED"],
    // What it is read as is registered, and known.
    ["the same with a literal", '{ said(text: "x") }', "AUTHORIZE_OPERATION_UNREGISTERED"],
  ])("refuses %s", async (_title, query, code) => {
    const refused = await post({ query, variables: { of: 1 } }, only);
    expect([refused.status, codeOf(refused)]).toEqual([403, code]);
    expect(asked).toEqual([]);
  });
});

describe("planned before anybody asks", () => {
  test("the first call of an operation makes no plan, whatever its conditions", async () => {
    const { plans } = made;
    for (const [name, variables] of [
      ["double", { of: 1 }],
      ["press", {}],
      ["partly", {}],
      ["choosing", { yes: true }],
      ["choosing", { yes: false }],
    ] as const) {
      const { status } = await post({ extensions: byHash(hashOf(TEXTS[name])), variables });
      expect(status).toBe(200);
    }
    expect(made.plans).toBe(plans);
    // Whereas one that nobody registered is planned when it comes.
    await post({ query: "{ unplanned: open }" });
    expect(made.plans).toBe(plans + 1);
  });

  test("an operation that no longer fits the schema is logged and keeps nobody waiting", () => {
    const line = router.log.find((text) =>
      text.includes("a registered operation cannot be planned"),
    );
    expect(JSON.parse(line ?? "null")).toMatchObject({
      hash: hashOf(TEXTS.broken),
      name: "the broken",
      reason: expect.stringContaining('Cannot query field "gone"') as string,
    });
  });

  test("what is registered later is planned when it is", async () => {
    const { plans } = made;
    authority.change((registry) => ({
      operations: [...registry.operations, ...operations("later")],
      grants: registry.grants.map((grant) =>
        grant.system === "portal" && grant.purpose === "READ"
          ? { ...grant, registered: [...grant.registered, hashOf(TEXTS.later)] }
          : grant,
      ),
    }));
    await vi.waitFor(() => expect(made.plans).toBe(plans + 1), 10_000);
    const { body } = await post({ extensions: byHash(hashOf(TEXTS.later)) });
    expect(body.data).toEqual({ later: 1 });
    expect(made.plans).toBe(plans + 1);
  });

  test("a new supergraph has everything planned for it", async () => {
    const before = made.plans;
    router.replaceSupergraph(supergraph("more: Int"));
    await vi.waitFor(async () => expect((await post({ query: "{ more }" })).status).toBe(200), {
      timeout: 10_000,
    });
    const settled = (): boolean =>
      router.log.filter((line) => line.includes("a registered operation cannot be planned"))
        .length >= 2;
    await vi.waitFor(() => expect(settled()).toBe(true), 10_000);
    expect(made.plans).toBeGreaterThan(before + 1);
    await vi.waitFor(async () => {
      const { plans } = made;
      const { body } = await post({ extensions: byHash(hashOf(TEXTS.later)) });
      expect(body.data).toEqual({ later: 1 });
      expect(made.plans).toBe(plans);
    }, 10_000);
  });

  test("a router is ready only when it is done", async () => {
    const waiting = await TestAuthority.start();
    const system = await waiting.system("portal");
    waiting.change(() => ({ operations: operations("double") }));
    waiting.grant("portal", "READ", { registered: registered("double") });
    const before = made.plans;
    const late = await TestRouter.start(supergraph(), {}, waiting);
    // TestRouter waits for the health check to say that it is ready.
    expect(made.plans).toBe(before + 1);
    const own = await waiting.token(system, { purpose: "READ", scope: "" });
    const sent = { extensions: byHash(hashOf(TEXTS.double)), variables: { of: 1 } };
    expect((await post(sent, own, late)).body.data).toEqual({ double: 2, open: 1 });
    expect(made.plans).toBe(before + 1);
    await late.stop();
    await waiting.stop();
  });
});
