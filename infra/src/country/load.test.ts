import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, openDatabase, StartupError } from "@truc/service";
import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeCountry } from "./country.ts";
import { loadCountry, loadTables, writeConflicts } from "./load.ts";
import type { RegisterLoader } from "./model.ts";

const country = makeCountry({ seed: 11, citizens: 4_000 });
const BLOCKS = [...country.blocks()];

/** A register of two tables, which can be told to fail at a block. */
function registerOf(failAt?: number): RegisterLoader {
  return {
    register: "names",
    units: (units) => [
      {
        table: "unit",
        columns: ["code"],
        rows: units
          .filter(({ level, to }) => level === "PROVINCE" && to === null)
          .map(({ code }) => [code]),
      },
    ],
    block: ({ index, people }) => {
      if (index === failAt) throw new Error("the power went off");
      return [
        {
          table: "name",
          columns: ["pin", "block", "name", "other", "living"],
          rows: people.map(({ pin, givenName, otherName, deathDate }) => [
            pin,
            index,
            givenName,
            otherName,
            deathDate === null,
          ]),
        },
      ];
    },
  };
}

async function tables({ kysely }: Database): Promise<void> {
  await kysely.schema
    .createTable("unit")
    .addColumn("code", "varchar(5)", (column) => column.primaryKey())
    .execute();
  await kysely.schema
    .createTable("name")
    .addColumn("pin", "varchar(12)", (column) => column.primaryKey())
    .addColumn("block", "integer")
    .addColumn("name", "varchar(50)")
    .addColumn("other", "varchar(50)")
    .addColumn("living", "boolean")
    .execute();
}

describe.each(databaseServers())("a load into $dialect", (server) => {
  let url: string;
  let own: TestDatabase;
  let database: Database;

  beforeEach(async () => {
    own = await createTestDatabase(server);
    ({ url } = own);
    database = openDatabase(url);
    await tables(database);
  });
  afterEach(async () => {
    await database.close();
    await own.drop();
  });

  const rows = async (): Promise<unknown[]> =>
    (await database.kysely.selectFrom("name").selectAll().orderBy("pin").execute()).map((row) => ({
      ...row,
      living: Boolean(row.living),
    }));
  const all = BLOCKS.flatMap(({ index, people }) =>
    people.map(({ pin, givenName, otherName, deathDate }) => ({
      pin,
      block: index,
      name: givenName,
      other: otherName,
      living: deathDate === null,
    })),
  ).toSorted((a, b) => (a.pin < b.pin ? -1 : 1));

  it("puts every row there once, tells how far it is, and does nothing the second time", async () => {
    const told: number[] = [];
    const registers = [{ name: "names", url, loader: registerOf() }];
    const first = await loadCountry({
      country,
      registers,
      onProgress: ({ citizens }) => told.push(citizens),
    });
    expect(first).toMatchObject({ citizens: 4_000, total: 4_000, rows: 4_034, loaded: true });
    expect(told).toEqual([2_000, 4_000]);
    expect(await rows()).toEqual(all);
    expect(await loadCountry({ country, registers })).toMatchObject({ rows: 0, loaded: false });
    expect(await rows()).toEqual(all);
  });

  it("goes on where it was broken off", async () => {
    await expect(
      loadCountry({ country, registers: [{ name: "names", url, loader: registerOf(12) }] }),
    ).rejects.toThrow("the power went off");
    expect(await rows()).toEqual(all.filter(({ block }) => block < 8));
    expect(await database.kysely.selectFrom("seed_state").selectAll().execute()).toEqual([
      { seed: 11, citizens: 4_000, blocks_done: 8, complete: 0 },
    ]);
    const rest = await loadCountry({
      country,
      registers: [{ name: "names", url, loader: registerOf() }],
    });
    expect(rest).toMatchObject({ citizens: 2_000, rows: 2_000 });
    expect(await rows()).toEqual(all);
    expect(await database.kysely.selectFrom("seed_state").select("complete").execute()).toEqual([
      { complete: 1 },
    ]);
  });

  it("leaves no part of a group that failed in the database", async () => {
    const loader = registerOf();
    const twice: RegisterLoader = {
      ...loader,
      block: (block) =>
        block.index === 15 ? [...loader.block(block), ...loader.block(block)] : loader.block(block),
    };
    await expect(
      loadCountry({ country, registers: [{ name: "names", url, loader: twice }] }),
    ).rejects.toThrow(/duplicate/i);
    expect(await rows()).toEqual(all.filter(({ block }) => block < 8));
  });

  it("refuses a database that holds another country", async () => {
    const registers = [{ name: "names", url, loader: registerOf() }];
    await loadCountry({ country: makeCountry({ seed: 12, citizens: 100 }), registers });
    const other = loadCountry({ country, registers });
    await expect(other).rejects.toThrow(StartupError);
    await expect(other).rejects.toThrow(
      "The names database holds the country of seed 12 with 100 citizens",
    );
  });

  it("keeps texts with tabs, breaks, backslashes and marks as they are, whichever way they came", async () => {
    const texts = ["a\tb", "a\nb\r", "\\N", "\\", "Nguyễn Đức Ổn", "", "'; drop table name; --"];
    const row = (text: string, at: number): (string | number | boolean | null)[] => [
      `p${at}`,
      at,
      text,
      null,
      at % 2 === 0,
    ];
    const columns = ["pin", "block", "name", "other", "living"];
    const odd: RegisterLoader = {
      register: "names",
      units: () => [],
      block: ({ index }) => [{ table: "name", columns, rows: index === 0 ? texts.map(row) : [] }],
    };
    await loadCountry({ country, registers: [{ name: "names", url, loader: odd }] });
    await loadTables(database, [
      { table: "name", columns, rows: texts.map((text, at) => row(text, at + 20)) },
    ]);
    const read = await database.kysely
      .selectFrom("name")
      .select(["block", "name", "other"])
      .orderBy("block")
      .execute();
    expect(read).toEqual(
      [0, 20].flatMap((start) =>
        texts.map((name, at) => ({ block: start + at, name, other: null })),
      ),
    );
  });
});

describe("the list of planted conflicts", () => {
  it("is one JSON object a line, in the order of the blocks", async () => {
    const directory = await mkdtemp(join(tmpdir(), "truc-conflicts-"));
    try {
      const path = join(directory, "conflicts.jsonl");
      const expected = BLOCKS.flatMap(({ conflicts }) => conflicts);
      expect(await writeConflicts(country, path)).toBe(expected.length);
      const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
      expect(lines.map((line): unknown => JSON.parse(line))).toEqual(expected);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
