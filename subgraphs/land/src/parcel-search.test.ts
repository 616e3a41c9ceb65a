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
import { loadSample } from "./testing/sample-land.ts";

describe.each(databaseServers())("parcel search on $dialect", (server) => {
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

  const SEARCH = `query ($filter: ParcelFilter!, $first: Int, $after: String) {
    searchParcels(filter: $filter, first: $first, after: $after) {
      nodes { id } edges { cursor node { id } } pageInfo { hasNextPage endCursor }
    }
  }`;
  const search = (filter: object, page: { first?: number; after?: string } = {}) =>
    land.query(SEARCH, { variables: { filter, ...page } });
  const found = async (filter: object): Promise<string[]> => {
    const { data, errors } = await search(filter);
    expect(errors).toBeUndefined();
    return data.searchParcels.nodes.map(({ id }: { id: string }) => id);
  };

  const today = { code: "00004", asOf: "2026-01-01" };
  const danang = { code: "00070", asOf: "2026-01-01" };

  test.each([
    [
      "a commune of today: also what was recorded under its predecessors",
      { commune: today },
      ["00001-5-10", "00004-5-10", "00004-7-2"],
    ],
    [
      "an old commune of another code",
      { commune: { code: "00001", asOf: "2020-01-01" } },
      ["00001-5-10"],
    ],
    [
      "an old commune whose code lives on with another meaning",
      { commune: { code: "00004", asOf: "2025-06-30" } },
      ["00004-5-10"],
    ],
    ["sheet", { commune: today, sheet: 5 }, ["00001-5-10", "00004-5-10"]],
    ["sheet of an old commune", { commune: { code: "00001", asOf: "2020-01-01" }, sheet: 7 }, []],
    ["use, though it is the smaller part", { commune: today, use: "ONT" }, ["00004-5-10"]],
    ["smallest area", { commune: danang, area: { min: 300.5 } }, ["00070-1-2"]],
    ["largest area", { commune: danang, area: { max: 300 } }, ["00070-1-1"]],
    [
      "both bounds of the area",
      { commune: today, area: { min: 60, max: 85.5 } },
      ["00001-5-10", "00004-7-2"],
    ],
    ["encumbered", { commune: today, encumbered: true }, ["00001-5-10"]],
    [
      "not encumbered; a past restriction is none",
      { commune: danang, encumbered: false },
      ["00070-1-1", "00070-1-2"],
    ],
    [
      "a present holder's name without marks, in whole words",
      { holderName: "nguyen duc" },
      ["00004-7-2", "00070-1-1"],
    ],
    [
      "the name with marks, in capitals, with odd spaces",
      { holderName: " NGUYỄN  ĐỨC an " },
      ["00004-7-2", "00070-1-1"],
    ],
    ["a company's name", { holderName: "cong ty tnhh dat lanh" }, ["00004-5-10"]],
    [
      "name and commune, where one word will do",
      { holderName: "Lê", commune: today },
      ["00001-5-10"],
    ],
    ["name and area", { holderName: "nguyen duc", area: { min: 61, max: 1000 } }, ["00070-1-1"]],
    ["name and sheet", { holderName: "nguyen duc", sheet: 7 }, ["00004-7-2"]],
    ["name and use", { holderName: "cong ty", use: "CLN" }, ["00004-5-10"]],
    ["name and encumbrance", { holderName: "tran thi", encumbered: true }, ["00001-5-10"]],
    ["name and no encumbrance", { holderName: "tran thi", encumbered: false }, []],
  ])("finds by %s", async (_, filter, ids) => {
    expect(await found(filter)).toEqual(ids);
  });

  test.each([{ commune: today }, { holderName: "nguyen duc" }])(
    "pages through %j one by one",
    async (filter) => {
      const all = await found(filter);
      const paged: string[] = [];
      let after: string | undefined;
      for (;;) {
        const { data } = await search(filter, { first: 1, ...(after !== undefined && { after }) });
        const { edges, pageInfo } = data.searchParcels;
        paged.push(...edges.map(({ node }: any) => node.id));
        if (!pageInfo.hasNextPage) break;
        after = pageInfo.endCursor;
      }
      expect(paged).toEqual(all);
      expect(all.length).toBeGreaterThan(1);
    },
  );

  test("takes as many statements for many parcels as for one", async () => {
    await search({ commune: today }, { first: 1 });
    const forOne = land.statements;
    await search({ commune: today }, { first: 100 });
    expect(land.statements).toBe(forOne);
    expect(forOne).toBeLessThanOrEqual(3);
  });

  test.each([
    [{}, 'Argument "filter": a search needs a commune, or a holder\'s name of two words or more.'],
    [
      { holderName: "Nguyễn", use: "ODT" },
      'Argument "filter": a search needs a commune, or a holder\'s name of two words or more.',
    ],
    [
      { holderName: "  ", commune: today },
      'Argument "filter.holderName": a name has at least one word.',
    ],
    [
      { holderName: "ệ\u0323".repeat(101), commune: today },
      'Argument "filter.holderName": a text to search for has at most 200 characters.',
    ],
    [
      { holderName: "nguyen duc\u0000" },
      'Argument "filter.holderName": a text to search for holds no control characters.',
    ],
    [
      { commune: { code: "01", asOf: "2026-01-01" } },
      'Argument "filter.commune.code": a commune\'s code has exactly 5 digits.',
    ],
    [
      { commune: { code: "00001", asOf: "2026-01-01" } },
      'Argument "filter.commune": the code is that of a commune on the day given.',
    ],
    [{ commune: today, sheet: 0 }, 'Argument "filter.sheet": map sheets are numbered from 1.'],
    [
      { commune: today, area: { min: 2, max: 1 } },
      'Argument "filter.area": the smallest area is not above the largest.',
    ],
  ])("refuses %j", async (filter, message) => {
    const { data, errors } = await search(filter);
    expect(data.searchParcels).toBeNull();
    expect(errors!.map(({ message }) => message)).toEqual([message]);
    expect(errors![0]!.extensions["code"]).toBe("ARGUMENT_INVALID");
  });
});
