import { openDatabase } from "@truc/service";
import {
  createTestDatabase,
  databaseServers,
  startSubgraph,
  type TestDatabase,
  type TestSubgraph,
} from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { subgraph } from "./server.ts";
import { AN, BANK, BICH, BUILDER, DAT, loadSample, POLYGON } from "./testing/sample-land.ts";

describe.each(databaseServers())("land register on $dialect", (server) => {
  let database: TestDatabase;
  let land: TestSubgraph;

  beforeAll(async () => {
    database = await createTestDatabase(server);
    land = await startSubgraph(subgraph, database.url);
    const db = openDatabase(database.url);
    await loadSample(db);
    await db.close();
  });
  afterAll(async () => {
    await land?.stop();
    await database?.drop();
  });

  const data = async (query: string, variables?: Record<string, unknown>) => {
    const { data, errors } = await land.query(query, variables && { variables });
    expect(errors).toBeUndefined();
    return data;
  };

  test("a parcel by its key, with all it is made of", async () => {
    const { parcel } = await data(`{
      parcel(id: "00001-5-10") {
        id sheet number area origin geometry synthetic
        place { unit { code asOf } line }
        uses { area term until type { code edition name group from to } }
        certificate { number issued parcel { id } }
      }
    }`);
    expect(parcel).toEqual({
      id: "00001-5-10",
      sheet: 5,
      number: 10,
      area: 85.5,
      origin: "Công nhận quyền sử dụng đất",
      geometry: POLYGON,
      synthetic: false,
      place: { unit: { code: "00001", asOf: "2019-03-01" }, line: "Thửa 10" },
      uses: [
        {
          area: 85.5,
          term: "LONG_TERM",
          until: null,
          type: {
            code: "ODT",
            edition: 2024,
            name: "Đất ở tại đô thị",
            group: "NON_AGRICULTURAL",
            from: "2024-08-01",
            to: null,
          },
        },
      ],
      certificate: { number: "BK123456", issued: "2019-03-20", parcel: { id: "00001-5-10" } },
    });
  });

  test("several uses, the largest first", async () => {
    const { parcel } = await data(
      `{ parcel(id: "00004-5-10") { certificate { number } uses { area until type { code } } } }`,
    );
    expect(parcel).toEqual({
      certificate: null,
      uses: [
        { area: 1000, until: "2063-10-15", type: { code: "CLN" } },
        { area: 200, until: null, type: { code: "ONT" } },
      ],
    });
  });

  test("right holders, past ones included, or only those of a day", async () => {
    const { parcel } = await data(`{
      parcel(id: "00001-5-10") {
        all: rightHolders { nameOnCertificate share { numerator denominator } from to citizen { id } company { code } }
        then: rightHolders(asOf: "2019-02-28") { nameOnCertificate }
        after: rightHolders(asOf: "2019-03-01") { nameOnCertificate }
      }
    }`);
    const whole = { numerator: 1, denominator: 1 };
    expect(parcel.all).toEqual([
      {
        nameOnCertificate: "Nguyễn Đức An",
        share: whole,
        from: "2005-01-10",
        to: "2019-03-01",
        citizen: { id: AN },
        company: null,
      },
      {
        nameOnCertificate: "Trần Thị Bích",
        share: { numerator: 1, denominator: 3 },
        from: "2019-03-01",
        to: null,
        citizen: { id: BICH },
        company: null,
      },
      {
        nameOnCertificate: "Lê Văn Đạt",
        share: { numerator: 2, denominator: 3 },
        from: "2019-03-01",
        to: null,
        citizen: { id: DAT },
        company: null,
      },
    ]);
    expect(parcel.then).toEqual([{ nameOnCertificate: "Nguyễn Đức An" }]);
    expect(parcel.after).toEqual([
      { nameOnCertificate: "Trần Thị Bích" },
      { nameOnCertificate: "Lê Văn Đạt" },
    ]);
  });

  test("encumbrances, past ones included, or only those of a day", async () => {
    const { parcel } = await data(`{
      parcel(id: "00001-5-10") {
        all: encumbrances { kind inFavourOf company { code } amount note from to }
        now: encumbrances(asOf: "2026-01-01") { kind }
      }
    }`);
    expect(parcel).toEqual({
      all: [
        {
          kind: "DISPUTE",
          inFavourOf: null,
          company: null,
          amount: null,
          note: "Ghi chú",
          from: "2010-01-01",
          to: "2012-06-01",
        },
        {
          kind: "MORTGAGE",
          inFavourOf: "Ngân hàng Ngoại thương",
          company: { code: BANK },
          amount: 9_000_000_000,
          note: "Ghi chú",
          from: "2020-05-01",
          to: null,
        },
      ],
      now: [{ kind: "MORTGAGE" }],
    });
  });

  test("a batch keeps the order of its keys, with null for what is not there", async () => {
    const ids = ["00070-1-1", "99999-1-1", "00001-5-10", "00070-1-1"];
    const { parcels } = await data(`query ($ids: [LandParcelId!]!) { parcels(ids: $ids) { id } }`, {
      ids,
    });
    expect(parcels).toEqual([{ id: "00070-1-1" }, null, { id: "00001-5-10" }, { id: "00070-1-1" }]);
  });

  test("a certificate by its number", async () => {
    expect(
      await data(`{
        old: certificate(number: "BK123456") { number issued parcel { id } }
        new: certificate(number: "AA12345678") { parcel { id } }
        none: certificate(number: "ZZ000000") { number }
      }`),
    ).toEqual({
      old: { number: "BK123456", issued: "2019-03-20", parcel: { id: "00001-5-10" } },
      new: { parcel: { id: "00004-7-2" } },
      none: null,
    });
  });

  test("a citizen's and a company's rights, the newest first, a page at a time", async () => {
    const query = `query ($after: String) {
      landRightsOf(citizen: "${AN}", first: 2, after: $after) {
        edges { node { parcel { id } nameOnCertificate share { numerator denominator } from to citizen { id } } }
        pageInfo { hasNextPage hasPreviousPage endCursor }
      }
    }`;
    const { landRightsOf: one } = await data(query);
    expect(one.edges.map(({ node }: any) => [node.parcel.id, node.from, node.to])).toEqual([
      ["00004-7-2", "2025-09-01", null],
      ["00070-1-1", "2018-01-01", null],
    ]);
    expect(one.edges[1].node).toMatchObject({
      share: { numerator: 1, denominator: 2 },
      citizen: { id: AN },
    });
    expect(one.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const { landRightsOf: two } = await data(query, { after: one.pageInfo.endCursor });
    expect(two.edges.map(({ node }: any) => node.parcel.id)).toEqual(["00001-5-10"]);
    expect(two.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });

    const { landRightsOfCompany, unknown } = await data(`{
      landRightsOfCompany(code: "${BUILDER}") { nodes { nameOnCertificate company { code } citizen { id } } }
      unknown: landRightsOf(citizen: "901999999999") { nodes { from } pageInfo { hasNextPage } }
    }`);
    expect(landRightsOfCompany.nodes).toEqual([
      { nameOnCertificate: "Công ty TNHH Đất Lành", company: { code: BUILDER }, citizen: null },
    ]);
    expect(unknown).toEqual({ nodes: [], pageInfo: { hasNextPage: false } });
  });

  test("entities: parcels, and what the register adds to citizens and companies", async () => {
    const representations = [
      { __typename: "Citizen", id: AN },
      { __typename: "LandParcel", id: "00004-7-2" },
      { __typename: "Company", code: BUILDER },
      { __typename: "LandParcel", id: "00004-7-3" },
      { __typename: "Citizen", id: DAT },
    ];
    const { _entities } = await data(
      `query ($representations: [_Any!]!) {
        _entities(representations: $representations) {
          ... on Citizen { id landRights(first: 1) { nodes { parcel { id } } } }
          ... on Company { code landRights { nodes { parcel { id } } } }
          ... on LandParcel { area }
        }
      }`,
      { representations },
    );
    expect(_entities).toEqual([
      { id: AN, landRights: { nodes: [{ parcel: { id: "00004-7-2" } }] } },
      { area: 60 },
      { code: BUILDER, landRights: { nodes: [{ parcel: { id: "00004-5-10" } }] } },
      null,
      { id: DAT, landRights: { nodes: [{ parcel: { id: "00001-5-10" } }] } },
    ]);
  });

  test("land-use types by the list in force on a day", async () => {
    const { before, since } = await data(`{
      before: landUseTypes(asOf: "2024-07-31") { code edition to }
      since: landUseTypes { code edition to }
    }`);
    expect(new Set(before.map(({ edition }: any) => edition))).toEqual(new Set([2014]));
    expect(before).toContainEqual({ code: "SKX", edition: 2014, to: "2024-08-01" });
    expect(since).toContainEqual({ code: "CNT", edition: 2024, to: null });
    expect(since.map(({ code }: any) => code)).not.toContain("SKX");
    const codes = since.map(({ code }: any) => code);
    expect(codes).toEqual(codes.toSorted((a: string, b: string) => (a < b ? -1 : 1)));
  });

  test("statements do not grow with the number of keys", async () => {
    const query = `query ($ids: [LandParcelId!]!) {
      parcels(ids: $ids) {
        uses { type { code } } certificate { parcel { id } } encumbrances { kind }
        rightHolders { citizen { id landRights(first: 2) { nodes { from } } } }
      }
    }`;
    await data(query, { ids: ["00001-5-10"] });
    const forOne = land.statements;
    await data(query, { ids: ["00001-5-10", "00004-7-2", "00070-1-1", "00070-1-2"] });
    expect([forOne, land.statements]).toEqual([5, 5]);
  });

  test.each([
    [
      `{ parcel(id: "1-2-3") { id } }`,
      'Argument "id": a land parcel is written <5-digit original commune>-<map sheet>-<parcel number>, as in 00004-12-345.',
      "ARGUMENT_INVALID",
    ],
    [
      `{ landRightsOf(citizen: "123") { nodes { from } } }`,
      'Argument "citizen": a personal identification number has exactly 12 digits.',
      "ARGUMENT_INVALID",
    ],
    [
      `{ landRightsOf(citizen: "${AN}", first: 101) { nodes { from } } }`,
      /^Argument "first": .*100/,
      "ARGUMENT_INVALID",
    ],
    [
      `{ landRightsOf(citizen: "${AN}", after: "junk") { nodes { from } } }`,
      'Argument "after": a cursor is one that an earlier page of the same list gave.',
      "ARGUMENT_INVALID",
    ],
    [
      `{ landRightsOf(citizen: "${AN}", after: "${Buffer.from('["2025-02-30","x"]').toString("base64url")}") { nodes { from } } }`,
      'Argument "after": a cursor is one that an earlier page of the same list gave.',
      "ARGUMENT_INVALID",
    ],
    [
      `{ parcels(ids: [${Array.from({ length: 501 }, (_, n) => `"00001-1-${n + 1}"`).join()}]) { id } }`,
      'Argument "ids": a batch look-up takes at most 500 keys.',
      "BATCH_TOO_LARGE",
    ],
    [
      '{ landUseTypes(asOf: "0000-01-01") { code } }',
      'Argument "asOf": a date is a day of the calendar written YYYY-MM-DD.',
      "ARGUMENT_INVALID",
    ],
    [
      '{ parcel(id: "00001-5-10") { encumbrances(asOf: "0000-01-01") { note } } }',
      'Argument "asOf": a date is a day of the calendar written YYYY-MM-DD.',
      "ARGUMENT_INVALID",
    ],
  ])("refuses %#", async (query, message, code) => {
    const { errors } = await land.query(query);
    expect(errors).toHaveLength(1);
    expect(errors![0]!.message).toEqual(
      typeof message === "string" ? message : expect.stringMatching(message),
    );
    expect(errors![0]!.extensions["code"]).toBe(code);
  });

  test.each([
    ["land:parcel", '{ parcel(id: "00001-5-10") { area } }'],
    ["land:rights", '{ parcel(id: "00001-5-10") { rightHolders { nameOnCertificate } } }'],
    ["land:encumbrances", '{ parcel(id: "00001-5-10") { encumbrances { kind } } }'],
    ["land:rights", `{ landRightsOf(citizen: "${AN}") { nodes { from } } }`],
  ])("asks for %s: %s", async (scope, query) => {
    const scopes = query.includes("parcel(") ? ["land:parcel", scope] : [scope];
    expect((await land.query(query, { scopes })).errors).toBeUndefined();
    const others = land.scopes.filter((other) => other !== scope);
    const { errors } = await land.query(query, { scopes: others });
    expect(errors![0]!.extensions["code"]).toBe("UNAUTHORIZED_FIELD_OR_TYPE");
  });
});
