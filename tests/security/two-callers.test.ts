import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { StubFederation } from "../harness/stub-federation.ts";

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requiresScopes"])';

let federation: StubFederation;
beforeAll(async () => {
  federation = await StubFederation.start({
    home: {
      schema: `${LINK} type Query { person: Person }
        type Person @key(fields: "id") { id: ID!  name: String  salary: Int @requiresScopes(scopes: [["pay"]]) }`,
      resolvers: {
        "Query.person": () => ({ __typename: "Person", id: "1", name: "An" }),
        "Person.salary": 100,
      },
    },
    office: {
      schema: `${LINK} type Person @key(fields: "id") { id: ID!  desk: String  notes: String @requiresScopes(scopes: [["notes"]]) }`,
      resolvers: { "Person.desk": "d1", "Person.notes": "late on Mondays" },
    },
  });
});
beforeEach(() => federation.forget());
afterAll(async () => await federation.stop());

const QUERY = "{ person { name salary notes } }";
const FULL = { person: { name: "An", salary: 100, notes: "late on Mondays" } };
const PART = { person: { name: "An", salary: 100, notes: null } };
const LEAST = { person: { name: "An", salary: null, notes: null } };

test("two tokens, one plan cache: neither gets the other's plan, in whatever order they come", async () => {
  const orders = [
    [["pay", "notes"], [], ["pay"], []],
    [[], ["pay"], ["pay", "notes"], ["pay"]],
  ];
  const expected = (scopes: string[]): unknown =>
    scopes.length === 2 ? FULL : scopes.length === 1 ? PART : LEAST;
  for (const order of orders) {
    for (const scopes of order) {
      federation.forget();
      const { body } = await federation.router.ask(QUERY, { scopes });
      expect(body.data).toEqual(expected(scopes));
      const asked = federation.fetches.map(({ query }) => query).join(" ");
      expect(asked.includes("salary")).toBe(scopes.includes("pay"));
      expect(asked.includes("notes")).toBe(scopes.includes("notes"));
    }
  }
});

test("cosmo PR 2522: two callers at once, one operation, two rights: a shared fetch gives neither the other's data", async () => {
  const release = federation.hold();
  const asking = [["pay", "notes"], [], ["pay"], [], ["pay", "notes"]].map(
    async (scopes) => await federation.router.ask(QUERY, { scopes }),
  );
  await vi.waitFor(
    () => expect(federation.fetches.length).toBeGreaterThanOrEqual(asking.length),
    10_000,
  );
  release();
  const answers = await Promise.all(asking);
  expect(answers.map(({ body }) => body.data)).toEqual([FULL, LEAST, PART, LEAST, FULL]);
});

test("two tokens, one coalesced fetch: the same filtered operation of two callers is asked for each", async () => {
  const release = federation.hold();
  const asking = ["first", "second"].map(async (system) => {
    const token = await federation.router.issuer.token({ client_id: system, scope: "" });
    return await federation.router.ask("{ person { name } }", { token });
  });
  await vi.waitFor(() => expect(federation.fetches).toHaveLength(2), 10_000);
  release();
  for (const { body } of await Promise.all(asking))
    expect(body.data).toEqual({ person: { name: "An" } });
});

test("cosmo PR 3188 and 3244: no answer is kept for a second caller, nor for the first one's second time", async () => {
  for (const scopes of [["pay"], [], ["pay"]]) {
    federation.forget();
    const { body, headers } = await federation.router.ask("{ person { salary } }", { scopes });
    expect(body.data).toEqual(scopes.length === 1 ? { person: { salary: 100 } } : null);
    expect(federation.fetches).toHaveLength(scopes.length);
    expect(headers.get("cache-control")).toBe("no-store");
  }
});
