import { openDatabase } from "@truc/service";
import {
  createTestDatabase,
  databaseServers,
  startSubgraph,
  type TestDatabase,
  type TestSubgraph,
} from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  companies,
  HOA_BINH,
  HUNG,
  LAN,
  MINH_DUC,
  SONG_HONG,
  UNKNOWN,
} from "./sample-companies.ts";
import { insertCompanies } from "./sample-register.ts";
import { service } from "./server.ts";

describe.each(databaseServers())("look-ups on $dialect", (server) => {
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

  test("a company's public profile comes out as registered", async () => {
    const { data, errors } = await subgraph.query(
      `query ($code: EnterpriseCode!) { company(code: $code) {
        code synthetic name foreignName shortName kind status statusFrom registered
        headOffice { unit { code asOf } line }
        mainIndustry { code title main } industries { edition code title main }
      } }`,
      { variables: { code: MINH_DUC }, scopes: [] },
    );
    expect(errors).toBeUndefined();
    expect(data.company).toEqual({
      code: MINH_DUC,
      synthetic: true,
      name: "Công ty TNHH Thương mại Minh Đức",
      foreignName: "Minh Duc Trading Company Limited",
      shortName: "MIDUCO",
      kind: "LLC_TWO_OR_MORE_MEMBERS",
      status: "ACTIVE",
      statusFrom: "2022-01-01",
      registered: "2015-03-02",
      headOffice: { unit: { code: "00007", asOf: "2015-03-02" }, line: "5 phố Phan Đình Phùng" },
      mainIndustry: { code: "4690", title: "Bán buôn tổng hợp", main: true },
      industries: [
        { edition: 2025, code: "4690", title: "Bán buôn tổng hợp", main: true },
        { edition: 2025, code: "4649", title: "Bán buôn đồ dùng khác cho gia đình", main: false },
        { edition: 2025, code: "9999", title: null, main: false },
      ],
    });
  });

  test("the rest of the profile, representatives and owners come out under their scopes", async () => {
    const { data, errors } = await subgraph.query(
      `{ company(code: "${MINH_DUC}") {
        charterCapital
        statusHistory { status from to }
        branches { code name opened closed place { unit { code } line } }
        changes { on kind before after }
        representatives { name title period { from to } citizen { id } }
        owners { name share { numerator denominator } capital period { from to } citizen { id } company { code name } }
      } }`,
    );
    expect(errors).toBeUndefined();
    expect(data.company).toEqual({
      charterCapital: 9_007_199_254_740,
      statusHistory: [
        { status: "ACTIVE", from: "2015-03-02", to: "2021-06-01" },
        { status: "SUSPENDED", from: "2021-06-01", to: "2022-01-01" },
        { status: "ACTIVE", from: "2022-01-01", to: null },
      ],
      branches: [
        {
          code: `${MINH_DUC}-001`,
          name: "Chi nhánh Huế",
          opened: "2018-01-01",
          closed: null,
          place: { unit: { code: "00004" }, line: "12 phố Trúc Bạch" },
        },
      ],
      changes: [
        {
          on: "2019-05-01",
          kind: "REPRESENTATIVE",
          before: "Nguyễn Văn Hùng",
          after: "Trần Thị Lan",
        },
        { on: "2020-02-02", kind: "CAPITAL", before: "500000000", after: "1000000000" },
      ],
      representatives: [
        {
          name: "Nguyễn Văn Hùng",
          title: "Giám đốc",
          period: { from: "2015-03-02", to: "2019-05-01" },
          citizen: { id: HUNG },
        },
        {
          name: "Trần Thị Lan",
          title: "Giám đốc",
          period: { from: "2019-05-01", to: null },
          citizen: { id: LAN },
        },
      ],
      owners: [
        {
          name: "Trần Thị Lan",
          share: { numerator: 60, denominator: 100 },
          capital: 600_000_000,
          period: { from: "2015-03-02", to: null },
          citizen: { id: LAN },
          company: null,
        },
        {
          name: "Công ty Cổ phần Sông Hồng",
          share: { numerator: 40, denominator: 100 },
          capital: 400_000_000,
          period: { from: "2016-01-01", to: "2024-01-01" },
          citizen: null,
          company: { code: SONG_HONG, name: "Công ty Cổ phần Sông Hồng" },
        },
      ],
    });
  });

  test("a change of representative tells no names without the scope for representatives", async () => {
    const { data } = await subgraph.query(
      `{ company(code: "${MINH_DUC}") { changes { kind before after } } }`,
      {
        scopes: ["business:profile"],
      },
    );
    expect(data.company.changes).toEqual([
      { kind: "REPRESENTATIVE", before: null, after: null },
      { kind: "CAPITAL", before: "500000000", after: "1000000000" },
    ]);
  });

  test.each([
    ["charterCapital", "business:owners"],
    ["representatives { name }", "business:profile"],
    ["owners { name }", "business:representatives"],
  ])("refuses %s under %s alone", async (field, scope) => {
    const { errors } = await subgraph.query(`{ company(code: "${MINH_DUC}") { ${field} } }`, {
      scopes: [scope],
    });
    expect(errors?.[0]?.extensions["code"]).toBe("UNAUTHORIZED_FIELD_OR_TYPE");
  });

  test("a batch keeps the order, repeats what is asked twice and has null for the unknown, in one statement", async () => {
    const query = `query ($codes: [EnterpriseCode!]!) { companies(codes: $codes) { code } }`;
    const codes = [SONG_HONG, UNKNOWN, MINH_DUC, SONG_HONG];
    const { data } = await subgraph.query(query, { variables: { codes } });
    expect(data.companies).toEqual([
      { code: SONG_HONG },
      null,
      { code: MINH_DUC },
      { code: SONG_HONG },
    ]);
    expect(subgraph.statements).toBe(1);
  });

  test("a branch's code finds no company", async () => {
    const { data } = await subgraph.query(`{ company(code: "${MINH_DUC}-001") { code } }`);
    expect(data.company).toBeNull();
  });

  test("statements do not grow with the number of companies", async () => {
    const query = `query ($codes: [EnterpriseCode!]!) { companies(codes: $codes) {
      charterCapital industries { code } statusHistory { status } branches { code } changes { kind }
      representatives { citizen { companies { nodes { role } } } } owners { name }
    } }`;
    await subgraph.query(query, { variables: { codes: [MINH_DUC] } });
    const forOne = subgraph.statements;
    await subgraph.query(query, { variables: { codes: [MINH_DUC, HOA_BINH, SONG_HONG] } });
    expect(subgraph.statements).toBe(forOne);
    expect(forOne).toBe(8);
  });

  test("entities come in the order of their representations", async () => {
    const { data } = await subgraph.query(
      `query ($keys: [_Any!]!) { _entities(representations: $keys) {
        ... on Company { code name }
        ... on Citizen { companies { nodes { role company { code } } } }
      } }`,
      {
        variables: {
          keys: [
            { __typename: "Company", code: HOA_BINH },
            { __typename: "Citizen", id: HUNG },
            { __typename: "Company", code: UNKNOWN },
          ],
        },
      },
    );
    expect(data._entities).toEqual([
      { code: HOA_BINH, name: "Công ty TNHH Hòa Bình" },
      { companies: { nodes: [{ role: "REPRESENTATIVE", company: { code: MINH_DUC } }] } },
      null,
    ]);
  });

  test.each([
    [
      `{ company(code: "0100233489") { code } }`,
      'Argument "code": an enterprise code has 10 digits of which the last is the right check digit, a branch\'s is followed by -001 to -999.',
    ],
    [
      `{ companiesOf(citizen: "12345678901") { nodes { role } } }`,
      'Argument "citizen": a personal identification number has exactly 12 digits.',
    ],
    [
      `{ companiesOf(citizen: "${LAN}", first: 101) { nodes { role } } }`,
      'Argument "first": a page has from 1 to 100 entries.',
    ],
    [
      `{ companiesOf(citizen: "${LAN}", after: "x") { nodes { role } } }`,
      'Argument "after": a cursor is one that an earlier page of the same list gave.',
    ],
  ])("refuses %s", async (query, message) => {
    const { errors } = await subgraph.query(query);
    expect(errors?.[0]).toMatchObject({ message, extensions: { code: "ARGUMENT_INVALID" } });
  });

  test("refuses a batch of more than 500", async () => {
    const { errors } = await subgraph.query(
      `query ($codes: [EnterpriseCode!]!) { companies(codes: $codes) { code } }`,
      { variables: { codes: Array(501).fill(MINH_DUC) } },
    );
    expect(errors?.[0]).toMatchObject({
      message: 'Argument "codes": a batch look-up takes at most 500 keys.',
      extensions: { code: "BATCH_TOO_LARGE" },
    });
  });
});
