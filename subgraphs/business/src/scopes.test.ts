import type { Limits } from "@truc/contracts";
import { openDatabase } from "@truc/service";
import {
  createTestDatabase,
  databaseServers,
  startSubgraph,
  type TestDatabase,
  type TestSubgraph,
} from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { companies, LAN, MINH_DUC, UNKNOWN } from "./sample-companies.ts";
import { insertCompanies } from "./sample-register.ts";
import { service } from "./server.ts";

const NOBODY = "901999999999";
const ROLES = ["business:owners", "business:representatives"];

/** Limits that cover what is asked for take no scope's place. */
const limits: Limits = { provinces: ["01"], subjects: "any", search: true, linked: 3 };

/** The roots and relations that give guarded data, asked for what nobody would guard by itself. */
const GUARDED: [scopes: string[], query: (citizen: string, company: string) => string][] = [
  [
    ROLES,
    (citizen) =>
      `{ companiesOf(citizen: "${citizen}") { nodes { __typename } edges { cursor } pageInfo { hasNextPage endCursor } } }`,
  ],
  [
    ROLES,
    (citizen) => `{ _entities(representations: [{ __typename: "Citizen", id: "${citizen}" }]) {
      ... on Citizen { companies { nodes { __typename } pageInfo { hasNextPage endCursor } } } } }`,
  ],
  ...["statusHistory", "branches", "changes"].map((field) => relation(field, "business:profile")),
  relation("representatives", "business:representatives"),
  relation("owners", "business:owners"),
];

function relation(field: string, scope: string): (typeof GUARDED)[number] {
  return [[scope], (_, company) => `{ company(code: "${company}") { ${field} { __typename } } }`];
}

describe.each(databaseServers().slice(0, 1))("scopes of the business register", (server) => {
  let database: TestDatabase;
  let subgraph: TestSubgraph;

  beforeAll(async () => {
    database = await createTestDatabase(server);
    subgraph = await startSubgraph(service, database.url);
    const db = openDatabase(database.url);
    await insertCompanies(db, companies);
    await db.close();
  });
  afterAll(async () => {
    await subgraph?.stop();
    await database?.drop();
  });

  test.each(GUARDED)("nothing but %j tells whether anything is there: %s", async (own, query) => {
    const others = subgraph.scopes.filter((scope) => !own.includes(scope));
    for (const scopes of [["land:parcel"], others, []]) {
      const { data, errors } = await subgraph.query(query(LAN, MINH_DUC), { scopes });
      expect(errors!.map(({ extensions }) => extensions["code"])).toEqual([
        "UNAUTHORIZED_FIELD_OR_TYPE",
      ]);
      expect(JSON.stringify(data ?? null)).not.toMatch(/__typename|pageInfo|nodes|cursor/);
      expect(subgraph.statements).toBe(0);
      const covered = await subgraph.query(query(LAN, MINH_DUC), { scopes, limits });
      expect(covered).toEqual({ ...(data !== undefined && { data }), errors });
      const ofNobody = await subgraph.query(query(NOBODY, UNKNOWN), { scopes });
      expect(ofNobody).toEqual({ ...(data !== undefined && { data }), errors });
    }
    for (const scope of own) {
      const allowed = await subgraph.query(query(LAN, MINH_DUC), { scopes: [scope] });
      expect(allowed.errors).toBeUndefined();
      expect(JSON.stringify(allowed.data)).toContain("__typename");
    }
  });

  test("who may not search is told so first, with nothing read", async () => {
    const { data, errors } = await subgraph.query(
      `{ searchCompanies(filter: { representative: "${LAN}" }) { nodes { code } } }`,
      { scopes: [], limits: { ...limits, search: false } },
    );
    expect(data).toEqual({ searchCompanies: null });
    expect(errors!.map(({ extensions }) => extensions["code"])).toEqual(["SEARCH_NOT_GRANTED"]);
    expect(subgraph.statements).toBe(0);
  });
});
