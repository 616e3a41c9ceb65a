import { type Database, openDatabase } from "@truc/service";
import {
  createTestDatabase,
  databaseServers,
  startSubgraph,
  type TestDatabase,
  type TestSubgraph,
} from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { insertCompanies, type SampleCompany } from "./sample-register.ts";
import { service } from "./server.ts";

const LAN = "901000000001";
const represented = { citizen: LAN, name: "Trần Thị Lan", title: "Giám đốc" };

/** In the order the register lists them in: a before ă and â, d before đ, tones last. */
const companies: SampleCompany[] = [
  {
    code: "0000000031",
    name: "Công ty TNHH An Bình",
    industries: ["4690", "5610"],
    commune: "00070",
  },
  {
    code: "0000000049",
    name: "Công ty TNHH Ăn Ngon",
    kind: "JOINT_STOCK",
    registered: "2021-05-05",
  },
  {
    code: "0000000056",
    name: "Công ty TNHH Ân Đức",
    statuses: [
      { status: "ACTIVE", from: "2010-01-01" },
      { status: "DISSOLVED", from: "2020-01-01" },
    ],
    registered: "2010-01-01",
  },
  {
    code: "0000000063",
    name: "Công ty TNHH Dân Sinh",
    province: "79",
    commune: "26734",
    representatives: [
      { ...represented, from: "2020-01-01", to: "2021-01-01" },
      { ...represented, from: "2022-01-01" },
    ],
  },
  {
    code: "0000000070",
    name: "Công ty TNHH Đức Minh",
    foreignName: "Duc Minh Trading",
    industries: ["5610"],
  },
  { code: "0000000088", name: "Công ty TNHH Đức Mình", shortName: "DUMICO" },
  {
    code: "0000000095",
    name: "Công ty TNHH Đức Mính",
    representatives: [{ ...represented, from: "2023-01-01" }],
  },
  { code: "0000000105", name: "Công ty TNHH Minh Đức Minh" },
  { code: "0000000112", name: "Công ty TNHH Minh Đức Minh" },
];

describe.each(databaseServers())("searches on $dialect", (server) => {
  let database: TestDatabase;
  let subgraph: TestSubgraph;

  beforeAll(async () => {
    database = await createTestDatabase(server);
    subgraph = await startSubgraph(service, database.url);
    const db = openDatabase(database.url);
    // Backwards, so that no order comes from the order of entry.
    await insertCompanies(db, companies.toReversed());
    await db.close();
  });
  afterAll(async () => {
    await subgraph?.stop();
    await database?.drop();
  });

  async function found(filter: Record<string, unknown>): Promise<string[]> {
    const { data, errors } = await subgraph.query(
      `query ($filter: CompanyFilter!) { searchCompanies(filter: $filter, first: 100) { nodes { code } } }`,
      { variables: { filter } },
    );
    expect(errors).toBeUndefined();
    // Of several words, the rarest is looked for first.
    const { name } = filter;
    expect(subgraph.statements).toBe(typeof name === "string" && name.includes(" ") ? 2 : 1);
    return data.searchCompanies.nodes.map(({ code }: { code: string }) => code.slice(6, 9));
  }

  async function pagesOf(filter: Record<string, unknown>, first: number): Promise<string[]> {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { data, errors }: { data?: any; errors?: unknown } = await subgraph.query(
        `query ($filter: CompanyFilter!, $first: Int, $after: String) {
          searchCompanies(filter: $filter, first: $first, after: $after) {
            edges { cursor node { code } } pageInfo { hasNextPage endCursor }
          }
        }`,
        { variables: { filter, first, after } },
      );
      expect(errors).toBeUndefined();
      const { edges, pageInfo } = data.searchCompanies;
      expect(pageInfo.endCursor).toBe(edges.at(-1).cursor);
      seen.push(...edges.map((edge: any) => edge.node.code.slice(6, 9)));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    return seen;
  }

  test.each<[string, Record<string, unknown>, string[]]>([
    ["without marks", { name: "duc minh" }, ["007", "008", "009", "010", "011"]],
    ["with marks", { name: "Đức  MÌNH" }, ["007", "008", "009", "010", "011"]],
    [
      "in any order, legal form aside",
      { name: "Công ty Minh Đức TNHH" },
      ["007", "008", "009", "010", "011"],
    ],
    ["by foreign name", { name: "trading" }, ["007"]],
    ["by short name", { name: "Dumico" }, ["008"]],
    ["and finds whole words only", { name: "tra" }, []],
    ["and takes a percent sign as no wildcard", { name: "du% minh" }, []],
    ["by one word that sorts three ways", { name: "an" }, ["003", "004", "005"]],
    ["by name and kind", { name: "an", kind: "JOINT_STOCK" }, ["004"]],
    ["by name and status", { name: "an", status: "DISSOLVED" }, ["005"]],
    ["by name and industry", { name: "duc", industry: "5610" }, ["007"]],
    [
      "by name and registered range",
      { name: "an", registeredFrom: "2010-01-01", registeredTo: "2020-01-01" },
      ["003", "005"],
    ],
    ["by commune", { commune: "26734" }, ["006"]],
    ["by commune and industry", { commune: "00070", industry: "5610" }, ["003"]],
    ["by commune and the wrong province", { commune: "26734", province: "01" }, []],
    ["by province and industry", { province: "01", industry: "5610" }, ["003", "007"]],
    ["by representative, each company once", { representative: LAN }, ["006", "009"]],
    ["by representative and province", { representative: LAN, province: "79" }, ["006"]],
    ["by representative and name", { representative: LAN, name: "minh" }, ["009"]],
  ])("finds %s", async (_what, filter, codes) => {
    expect(await found(filter)).toEqual(codes);
  });

  test.each<[string, Record<string, unknown>]>([
    ["name", { name: "minh" }],
    ["commune", { commune: "00004" }],
    ["province and industry", { province: "01", industry: "4690" }],
    ["representative", { representative: LAN }],
  ])("pages by %s have no gaps and no repeats", async (_by, filter) => {
    const all = await found(filter);
    const seen = await pagesOf(filter, 2);
    expect(seen).toEqual(all);
    expect(seen.length).toBeGreaterThan(1);
  });

  describe("of names whose sort keys are as long as their column", () => {
    const codes = ["0000000121", "0000000139", "0000000147"];
    let db: Database;

    beforeAll(async () => {
      db = openDatabase(database.url);
      const alike = { name: "Omega", commune: "99999", province: "99", industries: ["0111"] };
      await insertCompanies(
        db,
        codes.map((code) => ({ ...alike, code })),
      );
    });
    afterAll(() => db?.close());

    const setSortKeys = async (key: string) => {
      for (const table of ["company", "company_name_word", "company_industry"]) {
        const code = table === "company" ? "code" : "company";
        await db.kysely
          .updateTable(table)
          .set({ name_sort: key })
          .where(code, "in", codes)
          .execute();
      }
    };

    // JSON escapes a control character, which makes of no other text more.
    test.each(["z", "\u0001"])("one page leads to the next: %j", async (character) => {
      await expect(setSortKeys(character.repeat(1_801))).rejects.toThrow(/too long/);
      await setSortKeys(character.repeat(1_800));
      for (const filter of [
        { name: "omega" },
        { commune: "99999" },
        { province: "99", industry: "0111" },
      ]) {
        expect(await pagesOf(filter, 1)).toEqual(["012", "013", "014"]);
      }
    });
  });

  test.each<[Record<string, unknown>, string]>([
    [
      { kind: "JOINT_STOCK" },
      'Argument "filter": a search needs a name, a commune, a province together with an industry, or a representative.',
    ],
    [
      { province: "01" },
      'Argument "filter": a search needs a name, a commune, a province together with an industry, or a representative.',
    ],
    [
      { name: "Công ty TNHH" },
      'Argument "filter.name": a name to search for has a word besides those of the legal form.',
    ],
    [
      { name: "a b c d e f g h i j k" },
      'Argument "filter.name": a name to search for has at most 10 different words.',
    ],
    [
      { name: "ệ\u0323".repeat(101) },
      'Argument "filter.name": a text to search for has at most 200 characters.',
    ],
    [
      { name: "minh\u0000" },
      'Argument "filter.name": a text to search for holds no control characters.',
    ],
    [
      { name: "an", province: "00004" },
      'Argument "filter.province": a province\'s code has 2 digits.',
    ],
    [{ commune: "01" }, 'Argument "filter.commune": a commune\'s code has 5 digits.'],
    [
      { name: "an", registeredFrom: "2020-01-02", registeredTo: "2020-01-01" },
      'Argument "filter.registeredTo": a range ends no earlier than it begins.',
    ],
  ])("refuses %o", async (filter, message) => {
    const { errors } = await subgraph.query(
      `query ($filter: CompanyFilter!) { searchCompanies(filter: $filter) { nodes { code } } }`,
      { variables: { filter } },
    );
    expect(errors?.[0]).toMatchObject({ message, extensions: { code: "ARGUMENT_INVALID" } });
  });

  test("refuses to tell whom a citizen represents without the scope for representatives", async () => {
    const { errors } = await subgraph.query(
      `{ searchCompanies(filter: { representative: "${LAN}" }) { nodes { code } } }`,
      { scopes: ["business:profile", "business:owners"] },
    );
    expect(errors?.[0]).toMatchObject({
      message: "A search by representative needs the scope business:representatives.",
      extensions: { code: "UNAUTHORIZED_FIELD_OR_TYPE" },
    });
  });
});
