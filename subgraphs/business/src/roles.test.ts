import { openDatabase } from "@truc/service";
import {
  createTestDatabase,
  databaseServers,
  startSubgraph,
  type TestDatabase,
  type TestSubgraph,
} from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { companies, HOA_BINH, LAN, MINH_DUC } from "./sample-companies.ts";
import { insertCompanies } from "./sample-register.ts";
import { service } from "./server.ts";

describe.each(databaseServers())("a citizen's roles on $dialect", (server) => {
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

  const query = `query ($citizen: PersonalIdentificationNumber!, $first: Int, $after: String, $role: CompanyRoleKind) {
      companiesOf(citizen: $citizen, first: $first, after: $after, role: $role) {
        nodes { role title share { numerator denominator } period { from } company { code } citizen { id } }
        pageInfo { hasNextPage hasPreviousPage endCursor }
      }
    }`;
  const owner = (company: string, numerator: number, denominator: number, from: string) => ({
    role: "OWNER",
    title: null,
    share: { numerator, denominator },
    period: { from },
    company: { code: company },
    citizen: { id: LAN },
  });
  const roles = [
    {
      role: "REPRESENTATIVE",
      title: "Giám đốc",
      share: null,
      period: { from: "2019-05-01" },
      company: { code: MINH_DUC },
      citizen: { id: LAN },
    },
    owner(MINH_DUC, 60, 100, "2015-03-02"),
    owner(HOA_BINH, 1, 1, "2020-01-01"),
  ];

  test("come by company code, representations first", async () => {
    const { data, errors } = await subgraph.query(query, { variables: { citizen: LAN } });
    expect(errors).toBeUndefined();
    expect(data.companiesOf.nodes).toEqual(roles);
    expect(subgraph.statements).toBe(2);
  });

  test("come one by one as all at once", async () => {
    const seen: unknown[] = [];
    let after: string | null = null;
    do {
      const { data }: { data?: any } = await subgraph.query(query, {
        variables: { citizen: LAN, first: 1, after },
      });
      expect(data.companiesOf.nodes).toHaveLength(1);
      expect(data.companiesOf.pageInfo.hasPreviousPage).toBe(after !== null);
      seen.push(...data.companiesOf.nodes);
      after = data.companiesOf.pageInfo.hasNextPage ? data.companiesOf.pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(roles);
  });

  test("are those of one kind when asked", async () => {
    const { data } = await subgraph.query(query, { variables: { citizen: LAN, role: "OWNER" } });
    expect(data.companiesOf.nodes).toEqual(roles.slice(1));
  });

  test("leave out what the scopes do not cover", async () => {
    const { data } = await subgraph.query(
      `{ companiesOf(citizen: "${LAN}") { nodes { role company { code } } } }`,
      { scopes: ["business:representatives"] },
    );
    expect(data.companiesOf.nodes).toEqual([
      { role: "REPRESENTATIVE", company: { code: MINH_DUC } },
    ]);
  });

  test.each([
    ["REPRESENTATIVE", "business:representatives", "business:owners"],
    ["OWNER", "business:owners", "business:representatives"],
  ])("of the kind %s are refused without %s, even their number", async (role, scope, other) => {
    const { data, errors } = await subgraph.query(
      `{ companiesOf(citizen: "${LAN}", role: ${role}) { pageInfo { hasNextPage } } }`,
      { scopes: [other] },
    );
    expect(data).toEqual({ companiesOf: null });
    expect(errors).toHaveLength(1);
    expect(errors![0]).toMatchObject({
      message: `A citizen's roles of the kind ${role} need the scope ${scope}.`,
      extensions: { code: "UNAUTHORIZED_FIELD_OR_TYPE", scopes: [[scope]], argument: "role" },
    });
  });
});
