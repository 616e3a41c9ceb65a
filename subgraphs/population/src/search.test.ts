import { databaseServers } from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  DAUGHTER,
  FATHER,
  GRANDFATHER,
  HOUSEHOLD,
  insertFamily,
  REFORM,
  SON,
} from "./testing/family.ts";
import { findCitizens } from "./source.ts";
import { citizenRow, insert, unitRow } from "./testing/register.ts";
import { startRegister, type TestRegister } from "./testing/start-register.ts";

const BORN = "1985-05-05";
/** In the order in which they must come, whatever the database: given name, middle name, family name, number. */
const NAMES = [
  ["Lê", "Thị", "An"],
  ["Đặng", "Văn", "An"],
  ["Lê", "Văn", "An"],
  ["Phạm", "Văn", "An"],
  ["Lê", "Văn", "Án"],
  ["Lê", "Văn", "Ăn"],
  ["Lê", "Văn", "Ân"],
  ["Lê", "Văn", "Bình"],
  ["Lê", "Văn", "Dũng"],
  ["Lê", "Văn", "Đạt"],
  ["Lê", "Văn", "Em"],
  ["Lê", "Văn", "Ên"],
  ["Lê", "Văn", "Oanh"],
  ["Lê", "Văn", "Ông"],
  ["Lê", "Văn", "Ơn"],
  ["Lê", "Văn", "Út"],
  ["Lê", "Văn", "Ước"],
  ["Lê", "", "Yến"],
  ["Lê", "Ái", "Yến"],
  ["Lê", "Ái", "Yến"],
] as const;
/** Both live in 00301: one as it was before the reform, when it went to 00302, one in what has the code since. */
const BEFORE = "970000000001";
const AFTER = "970000000002";
const pinOf = (index: number): string => String(980_000_000_000 + index);

const CURSOR = 'Argument "after": a cursor is one that an earlier page of the same list gave.';
const SEARCH = `query ($filter: CitizenFilter!, $first: Int, $after: String) {
  searchCitizens(filter: $filter, first: $first, after: $after) {
    edges { cursor node { id } } nodes { id fullName } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  } }`;
const everybodyOfOneDay = { birthDate: { from: BORN, to: BORN }, province: "98" };

const EVERYBODY = { provinces: null, pins: null };

describe.each(databaseServers())("searches for citizens on $dialect", (server) => {
  let register: TestRegister;
  beforeAll(async () => {
    register = await startRegister(server, async (db) => {
      await insertFamily(db);
      const rows = NAMES.map((name, index) =>
        citizenRow(pinOf(index), name, { birth_date: BORN, residence_province: "98" }),
      );
      await insert(db, "administrative_unit", [
        unitRow("00301", "Xã Cũ", "01", { to: REFORM }),
        unitRow("00301", "Xã Mới", "01", { from: REFORM }),
        unitRow("00302", "Xã Bên", "01", { from: REFORM }),
      ]);
      await insert(db, "administrative_unit_successor", [
        { code: "00301", valid_from: "1000-01-01", successor: "00302" },
      ]);
      const ofCommune = (pin: string, day: string) =>
        citizenRow(pin, ["Hồ", "Thị", "Mai"], { residence_commune: "00301", residence_as_of: day });
      await insert(db, "citizen", [ofCommune(BEFORE, "2025-06-30"), ofCommune(AFTER, REFORM)]);
      // The order of writing must not show.
      await insert(db, "citizen", rows.toReversed());
    });
  });
  afterAll(() => register.stop());

  const search = (filter: Record<string, unknown>, page: Record<string, unknown> = {}) =>
    register.subgraph.query(SEARCH, { variables: { filter, ...page } });

  async function found(filter: Record<string, unknown>): Promise<string[]> {
    const { data, errors } = await search(filter, { first: 100 });
    expect(errors).toBeUndefined();
    return data.searchCitizens.nodes.map(({ id }: { id: string }) => id);
  }

  test.each([
    ["Nguyen Duc", { commune: "04252" }, [SON]],
    ["Nguyễn Đức", { commune: "04252" }, [SON]],
    ["  NGUYEN   duc ", { birthDate: { from: "1990-01-01", to: "1995-01-01" } }, []],
    ["  NGUYEN   duc ", { birthDate: { from: "1990-03-04", to: "1995-03-04" } }, [SON]],
    ["nguyen duc", { birthDate: { from: "1940-01-01", to: "1940-12-31" } }, [GRANDFATHER]],
    ["nguyen van duc", { birthDate: { from: "1940-01-01", to: "1940-12-31" } }, [GRANDFATHER]],
    ["nguyen van", { birthDate: { from: "1940-01-01", to: "1940-12-31" } }, []],
    ["Le Van An", { birthDate: { from: BORN, to: BORN } }, [2, 4, 5, 6].map(pinOf)],
  ])("the name %j with %j", async (name, more, expected) => {
    expect(await found({ name, ...more })).toEqual(expected);
  });

  test("one word is the given name, and narrows what is selective already", async () => {
    expect(await found({ ...everybodyOfOneDay, name: "an" })).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map(pinOf),
    );
    expect(await found({ ...everybodyOfOneDay, name: "Đạt" })).toEqual([pinOf(9)]);
    expect(await found({ householdNumber: HOUSEHOLD, name: "an" })).toEqual([DAUGHTER]);
  });

  test("a household's present members", async () => {
    expect(await found({ householdNumber: HOUSEHOLD })).toHaveLength(3);
    expect(await found({ householdNumber: "999999999" })).toEqual([]);
  });

  test("a commune of today finds homes recorded under a commune it took over, each code on its day", async () => {
    const exact = (day: string) => ({ birthDate: { from: day, to: day } });
    expect(await found({ ...exact("1940-11-12"), commune: "00004" })).toEqual([GRANDFATHER]);
    expect(await found({ ...exact("1970-02-03"), commune: "00004" })).toEqual([FATHER]);
    // Phúc Xá went to both communes; Trúc Bạch, whose code Ba Đình has today, only to Ba Đình.
    expect(await found({ ...exact("1971-01-01"), commune: "00004" })).toHaveLength(1);
    expect(await found({ ...exact("1971-01-01"), commune: "00091" })).toHaveLength(1);
    expect(await found({ ...exact("1940-11-12"), commune: "00091" })).toEqual([]);
  });

  test("a code given anew is another commune: the former one's homes are found where it went", async () => {
    expect(await found({ name: "ho thi mai", commune: "00301" })).toEqual([AFTER]);
    expect(await found({ name: "ho thi mai", commune: "00302" })).toEqual([BEFORE]);
  });

  test("Vietnamese order: given name, middle name, family name, number", async () => {
    const { data } = await search(everybodyOfOneDay, { first: 100 });
    expect(data.searchCitizens.nodes.map(({ fullName }: { fullName: string }) => fullName)).toEqual(
      NAMES.map((name) => name.filter((part) => part !== "").join(" ")),
    );
    expect(data.searchCitizens.nodes.map(({ id }: { id: string }) => id)).toEqual(
      NAMES.map((_, index) => pinOf(index)),
    );
  });

  test("pages join up, and a cursor stays where it is when people come before it", async () => {
    const pages: string[][] = [];
    let after: string | null = null;
    do {
      const { data, errors } = await search(everybodyOfOneDay, { first: 6, after });
      expect(errors).toBeUndefined();
      const { edges, pageInfo } = data.searchCitizens;
      pages.push(edges.map(({ node }: { node: { id: string } }) => node.id));
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      expect(pageInfo.startCursor).toBe(edges[0].cursor);
      expect(pageInfo.endCursor).toBe(edges.at(-1).cursor);
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(pages.map((page) => page.length)).toEqual([6, 6, 6, 2]);
    expect(pages.flat()).toEqual(NAMES.map((_, index) => pinOf(index)));

    const first = await search(everybodyOfOneDay, { first: 6 });
    const newcomer = citizenRow("980000000999", ["Lê", "Ái", "An"], {
      birth_date: BORN,
      residence_province: "98",
    });
    await insert(register.db, "citizen", [newcomer]);
    const cursor = first.data.searchCitizens.pageInfo.endCursor;
    const second = await search(everybodyOfOneDay, { first: 6, after: cursor });
    expect(second.data.searchCitizens.nodes.map(({ id }: { id: string }) => id)).toEqual(pages[1]);
    await register.db.kysely.deleteFrom("citizen").where("pin", "=", "980000000999").execute();
  });

  test("a cursor tells nothing of the person", async () => {
    const { data } = await search(everybodyOfOneDay, { first: 1 });
    const content = Buffer.from(data.searchCitizens.pageInfo.endCursor, "base64url").toString();
    expect(() => JSON.parse(content)).toThrow(SyntaxError);
  });

  test("nobody is found after somebody who does not fit the filter", async () => {
    const [dat] = await register.db.kysely
      .selectFrom("citizen")
      .select("record_number")
      .where("pin", "=", pinOf(9))
      .execute();
    const page = { first: 1, after: [dat!["record_number"] as number] };
    const filter = {
      name: null,
      birthDate: { from: BORN, to: BORN },
      province: "98",
      commune: null,
      householdNumber: null,
    };
    expect(await findCitizens(register.db, filter, EVERYBODY, page)).toMatchObject([
      { id: pinOf(10) },
      { id: pinOf(11) },
    ]);
    await expect(
      findCitizens(register.db, { ...filter, name: { form: "an", whole: false } }, EVERYBODY, page),
    ).rejects.toThrow(CURSOR);
  });

  test("a search costs two statements, a further page three", async () => {
    const filter = { birthDate: { from: "1970-02-03", to: "1970-02-03" }, commune: "00004" };
    const { data } = await search(filter, { first: 3 });
    expect(register.subgraph.statements).toBe(2);
    expect(data.searchCitizens.nodes.map(({ id }: { id: string }) => id)).toEqual([FATHER]);
    await search(filter, { first: 3, after: data.searchCitizens.pageInfo.endCursor });
    expect(register.subgraph.statements).toBe(3);
  });

  const RULE =
    'Argument "filter": a search for citizens needs a name of at least two words with a commune or with birth dates at most five years apart, or an exact birth date with a commune or province, or a household number.';
  test.each([
    [{}, {}, RULE],
    [{ name: "Nguyễn Văn Đức" }, {}, RULE],
    [{ name: "Nguyễn Văn Đức", province: "01" }, {}, RULE],
    [{ name: "Đức", commune: "00004" }, {}, RULE],
    [{ name: "Nguyễn Đức", birthDate: { from: "1940-01-01", to: "1945-01-02" } }, {}, RULE],
    [{ birthDate: { from: BORN, to: BORN } }, {}, RULE],
    [{ birthDate: { from: BORN, to: "1985-05-06" }, province: "01" }, {}, RULE],
    [{ commune: "00004", province: "01" }, {}, RULE],
    [
      { birthDate: { from: "1985-05-06", to: BORN }, province: "01" },
      {},
      'Argument "filter": a range of birth dates begins no later than it ends.',
    ],
    [
      { ...everybodyOfOneDay, province: "00004" },
      {},
      'Argument "filter": a province\'s code has 2 digits.',
    ],
    [
      { ...everybodyOfOneDay, commune: "01" },
      {},
      'Argument "filter": a commune\'s code has 5 digits.',
    ],
    [
      { ...everybodyOfOneDay, commune: "00001" },
      {},
      'Argument "filter": a commune is given by the code it has today.',
    ],
    [
      { ...everybodyOfOneDay, name: " ́ " },
      {},
      'Argument "filter": a name has at least one letter.',
    ],
    [
      { ...everybodyOfOneDay, name: "a".repeat(201) },
      {},
      'Argument "filter.name": a text to search for has at most 200 characters.',
    ],
    [
      // Spaces that a search form does not keep count as well: the limit stands before it is made.
      { ...everybodyOfOneDay, name: `An${" ".repeat(199)}` },
      {},
      'Argument "filter.name": a text to search for has at most 200 characters.',
    ],
    [
      { ...everybodyOfOneDay, name: "An\0" },
      {},
      'Argument "filter.name": a text to search for holds no control characters.',
    ],
    [everybodyOfOneDay, { first: 0 }, 'Argument "first": a page has from 1 to 100 entries.'],
    [everybodyOfOneDay, { first: 101 }, 'Argument "first": a page has from 1 to 100 entries.'],
    [everybodyOfOneDay, { after: "%%%" }, CURSOR],
    [everybodyOfOneDay, { after: Buffer.from("[99999999]").toString("base64url") }, CURSOR],
    [everybodyOfOneDay, { after: Buffer.from('["1"]').toString("base64url") }, CURSOR],
  ])("refuses %j %j", async (filter, page, message) => {
    const { errors } = await search(filter, page);
    expect(errors).toMatchObject([
      { message, path: ["searchCitizens"], extensions: { code: "ARGUMENT_INVALID" } },
    ]);
  });
});
