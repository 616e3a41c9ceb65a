import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UNLIMITED } from "@truc/contracts";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { StubFederation, type StubSubgraph } from "../harness/stub-federation.ts";
import { TestAuthority, type TestSystem } from "../harness/test-authority.ts";
import type { GraphqlAnswer } from "../harness/test-router.ts";

const FLEET: StubSubgraph = {
  schema: `
    extend schema
      @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requiresScopes", "@composeDirective"])
      @link(url: "https://truc.vn/spec/access/v1.0", import: ["@search"])
      @composeDirective(name: "@search")
    directive @search on FIELD_DEFINITION
    type Query { ship(id: ID!): Ship  findShips(name: String): [Ship] @search }
    type Ship { id: ID!  name: String  cargo: String @requiresScopes(scopes: [["cargo"]]) }
  `,
  resolvers: {
    "Query.ship": { __typename: "Ship", id: "1", name: "Sao" },
    "Query.findShips": [{ __typename: "Ship", id: "2", name: "Trăng" }],
  },
};
const BOTH = '{ ship(id: 1) { name } found: findShips(name: "T") { id name cargo } }';
const REFUSED = {
  message: "The grant allows look-ups by identifier only, no searches.",
  path: ["found"],
  extensions: { code: "SEARCH_NOT_GRANTED", coordinate: "Query.findShips" },
};
const NO_CARGO = {
  message: "The caller may not read this field.",
  path: ["found", "cargo"],
  extensions: {
    code: "UNAUTHORIZED_FIELD_OR_TYPE",
    coordinate: "Ship.cargo",
    needs: [["cargo"]],
    owners: [],
  },
};

let authority: TestAuthority;
let portal: TestSystem;

beforeAll(async () => {
  authority = await TestAuthority.start();
  portal = await authority.system("portal");
  authority.grant("portal", "LOOK_UP", { limits: { ...UNLIMITED, search: false } });
  authority.grant("portal", "FIND", { limits: { ...UNLIMITED, search: true } });
});
afterAll(async () => await authority.stop());

async function ask(
  federation: StubFederation,
  query: string,
  purpose: string,
): Promise<GraphqlAnswer> {
  federation.forget();
  const token = await authority.token(portal, { purpose, scope: "" });
  return await federation.router.ask(query, { token });
}

describe("a grant for look-ups only", () => {
  let federation: StubFederation;
  beforeAll(async () => {
    federation = await StubFederation.start({ fleet: FLEET }, {}, authority);
  });
  afterAll(async () => await federation.stop());

  test("has searches taken out before anything is fetched, and on record; another grant of the system has not", async () => {
    for (const _round of [1, 2]) {
      const refused = await ask(federation, BOTH, "LOOK_UP");
      expect(refused.status).toBe(200);
      expect(refused.body).toEqual({
        data: { ship: { name: "Sao" }, found: null },
        errors: [REFUSED],
      });
      expect(federation.fetches.map(({ query }) => query)).toEqual(["{ship(id:1){name}}"]);
      expect(federation.router.records().at(-1)).toMatchObject({
        decision: "filtered",
        outcome: "partial",
        code: "SEARCH_NOT_GRANTED",
        refused: ["Query.findShips"],
      });
      const found = await ask(federation, BOTH, "FIND");
      expect(found.body).toEqual({
        data: { ship: { name: "Sao" }, found: [{ id: "2", name: "Trăng", cargo: null }] },
        errors: [NO_CARGO],
      });
    }
  });

  test("is answered nothing where it only searches, and no subgraph hears of it", async () => {
    const { body } = await ask(federation, "{ found: findShips { id } }", "LOOK_UP");
    expect(body).toEqual({ data: null, errors: [REFUSED] });
    expect(federation.fetches).toEqual([]);
  });

  test("stays one when the supergraph no longer calls something a search", async () => {
    const path = join(federation.router.directory, "supergraph.graphql");
    const text = readFileSync(path, "utf8");
    const loosened = text.replace(/(findShips\(.*) @search\b/, "$1");
    expect(loosened).not.toBe(text);
    federation.router.replaceSupergraph(loosened);
    await vi.waitFor(
      () =>
        expect(federation.router.log.join("")).toContain(
          "The new supergraph no longer calls Query.findShips a search: restart the router if that is meant.",
        ),
      10_000,
    );
    expect((await ask(federation, BOTH, "LOOK_UP")).body.errors).toEqual([REFUSED]);
    // Nor is it one that came back open after it was gone.
    federation.router.replaceSupergraph(text.replace(/^.*findShips\(.*\n/m, "  harbour: Int\n"));
    await vi.waitFor(
      async () =>
        expect((await ask(federation, "{ harbour }", "FIND")).body).toEqual({
          data: { harbour: null },
        }),
      10_000,
    );
    const told = federation.router.log.length;
    federation.router.replaceSupergraph(loosened);
    await vi.waitFor(
      () =>
        expect(federation.router.log.slice(told).join("")).toContain(
          "no longer calls Query.findShips a search",
        ),
      10_000,
    );
    expect((await ask(federation, BOTH, "LOOK_UP")).status).toBe(400);
  });
});

describe("where UNAUTHORIZED=reject", () => {
  let federation: StubFederation;
  beforeAll(async () => {
    const settings = { UNAUTHORIZED: "reject" };
    federation = await StubFederation.start({ fleet: FLEET }, settings, authority);
  });
  beforeEach(() => federation.forget());
  afterAll(async () => await federation.stop());

  test.each([
    [
      "a search alone is refused as one",
      "{ ship(id: 1) { name } findShips { id } }",
      "SEARCH_NOT_GRANTED",
      { fields: ["Query.findShips"] },
    ],
    [
      "a search among fields that lack scopes is named with them",
      BOTH,
      "AUTHORIZE_SCOPE_MISSING",
      { fields: ["Query.findShips", "Ship.cargo"], scopes: ["cargo"] },
    ],
  ])("%s", async (_title, query, code, facts) => {
    const { status, body } = await ask(federation, query, "LOOK_UP");
    expect(status).toBe(403);
    expect(body.data).toBeUndefined();
    expect(body.errors?.[0]?.extensions).toMatchObject({ code, ...facts });
    expect(federation.fetches).toEqual([]);
    expect(federation.router.records().at(-1)).toMatchObject({
      decision: "refused",
      outcome: "refused",
      code,
      refused: ["Query.findShips"],
    });
  });
});
