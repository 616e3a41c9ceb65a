import { enterpriseCheckDigit } from "@truc/contracts";
import { type Database, migrate, openDatabase, type RowLimit } from "@truc/service";
import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import { CompiledQuery, type QueryId, type RootOperationNode, sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrations } from "../migrations/index.ts";
import { insertCompanies, type SampleCompany } from "./sample-register.ts";
import * as source from "./source.ts";

const COMPANIES = 6_000;
/** Has as many rows as the classification has classes; the others grow with the country. */
const SMALL_TABLES = new Set(["industry"]);
const WORDS = [
  "Minh",
  "Đức",
  "Hòa",
  "Bình",
  "Sông",
  "Hồng",
  "An",
  "Phú",
  "Long",
  "Thành",
  "Tân",
  "Việt",
  "Nam",
  "Gia",
];
const INDUSTRIES = ["4690", "4649", "5610", "5630", "4101", "4933", "1410", "1079"];

const codes: string[] = [];
for (let serial = 100_000_000; codes.length < COMPANIES; serial += 7) {
  const digit = enterpriseCheckDigit(String(serial));
  if (digit !== null) codes.push(`${serial}${digit}`);
}

/** Numbers that look drawn at random and are the same every time. */
function pick<T>(list: readonly T[], index: number, salt: number): T {
  return list[(Math.imul(index + 1, 2_654_435_761 + salt * 40_503) >>> 8) % list.length]!;
}

const citizen = (number: number): string => `9010${String(number).padStart(8, "0")}`;

function sample(code: string, index: number): SampleCompany {
  const name = `Công ty TNHH Thương mại ${pick(WORDS, index, 1)} ${pick(WORDS, index, 2)} ${index % 500}`;
  const province = String(10 + (index % 34));
  return {
    code,
    name,
    province,
    commune: `${province}${String(index % 9).padStart(3, "0")}`,
    kind: pick(["JOINT_STOCK", "LLC_ONE_MEMBER"], index, 3),
    industries: [pick(INDUSTRIES, index, 4), pick(INDUSTRIES, index, 5)],
    representatives: [
      { citizen: citizen(index), name: "Lan", title: "Giám đốc", from: "2020-01-01" },
    ],
    owners: [
      {
        id: "1",
        citizen: citizen(index),
        name: "Lan",
        share: [1, 2],
        capital: 5,
        from: "2020-01-01",
      },
      {
        id: "2",
        citizen: citizen(index + 1),
        name: "Hùng",
        share: [1, 2],
        capital: 5,
        from: "2020-01-01",
      },
    ],
    branches: [{ code: `${code}-001`, name: "Chi nhánh", opened: "2021-01-01" }],
    changes: [{ on: "2021-01-01", kind: "NAME", before: "A", after: "B" }],
  };
}

const nothing: source.CompanySearch = {
  words: [],
  kind: null,
  status: null,
  industry: null,
  province: null,
  commune: null,
  representative: null,
  registeredFrom: null,
  registeredTo: null,
};
const page = { first: 20, after: null };
const after = { first: 20, after: ["nnn", codes[100]!] };
const some = codes.filter((_code, index) => index % 200 === 3);
const people = some.map((_code, index) => citizen(index * 200));
const rolePage = { roles: source.ROLES, first: 20, after: null };

/** What a grant of each kind makes of its limits. */
const limits: [name: string, limit: RowLimit][] = [
  ["no limit", { provinces: null, pins: null }],
  ["one province", { provinces: ["11"], pins: null }],
  ["some provinces", { provinces: ["11", "12", "40"], pins: null }],
  ["some people", { provinces: null, pins: people.slice(0, 5) }],
  ["some people in one province", { provinces: ["11"], pins: people.slice(0, 5) }],
  ["nobody", { provinces: null, pins: [] }],
];

/** Every statement that source.ts can send, by the shapes it takes. */
const statements: [string, (db: Database, limit: RowLimit) => Promise<unknown>][] = [
  ["companies by code", (db, limit) => source.companyByCode.batch(db, some, limit, undefined)],
  ["statuses", (db) => source.statusesOf.batch(db, some, undefined)],
  ["industries", (db) => source.industriesOf.batch(db, some, undefined)],
  ["branches", (db) => source.branchesOf.batch(db, some, undefined)],
  ["changes", (db) => source.changesOf.batch(db, some, undefined)],
  ["representatives", (db) => source.representativesOf.batch(db, some, undefined)],
  ["owners", (db) => source.ownersOf.batch(db, some, undefined)],
  ["roles", (db, limit) => source.rolesOf.batch(db, people, limit, rolePage)],
  [
    "roles of one kind",
    (db, limit) => source.rolesOf.batch(db, people, limit, { ...rolePage, roles: ["OWNER"] }),
  ],
  [
    "roles after a cursor",
    (db, limit) =>
      source.rolesOf.batch(db, people, limit, {
        ...rolePage,
        after: [codes[9]!, 1, "2020-01-01", "1"],
      }),
  ],
  [
    "search by a rare word",
    (db, limit) => source.searchCompanies(db, { ...nothing, words: ["321"] }, limit, page),
  ],
  [
    "search by a word that most have",
    (db, limit) => source.searchCompanies(db, { ...nothing, words: ["thuong"] }, limit, page),
  ],
  ["counts of words", (db) => source.wordCounts(db.kysely, ["minh", "thuong", "17"]).execute()],
  [
    "search by words",
    (db, limit) =>
      source.searchCompanies(db, { ...nothing, words: ["minh", "duc", "17"] }, limit, page),
  ],
  [
    "search by word, second page",
    (db, limit) => source.searchCompanies(db, { ...nothing, words: ["thuong"] }, limit, after),
  ],
  [
    "search by word and everything else",
    (db, limit) =>
      source.searchCompanies(
        db,
        {
          words: ["minh"],
          kind: "JOINT_STOCK",
          status: "ACTIVE",
          industry: "5610",
          province: "11",
          commune: "11001",
          representative: null,
          registeredFrom: "2010-01-01",
          registeredTo: "2025-01-01",
        },
        limit,
        page,
      ),
  ],
  [
    "search by commune",
    (db, limit) => source.searchCompanies(db, { ...nothing, commune: "11001" }, limit, page),
  ],
  [
    "search by commune, second page",
    (db, limit) => source.searchCompanies(db, { ...nothing, commune: "11001" }, limit, after),
  ],
  [
    "search by province and industry",
    (db, limit) =>
      source.searchCompanies(db, { ...nothing, province: "11", industry: "5610" }, limit, page),
  ],
  [
    "search by province and industry, second page",
    (db, limit) =>
      source.searchCompanies(db, { ...nothing, province: "11", industry: "5610" }, limit, after),
  ],
  [
    "search by representative",
    (db, limit) =>
      source.searchCompanies(db, { ...nothing, representative: citizen(77) }, limit, page),
  ],
];

describe.each(databaseServers())("plans on $dialect", (server) => {
  let database: TestDatabase;
  let db: Database;

  beforeAll(async () => {
    database = await createTestDatabase(server);
    db = openDatabase(database.url);
    await migrate(db, migrations);
    await insertCompanies(db, codes.map(sample));
    const tables = (await db.kysely.introspection.getTables()).map(({ name }) => name);
    for (const table of tables) {
      await (
        db.dialect === "postgres"
          ? sql`analyze ${sql.table(table)}`
          : sql`analyze table ${sql.table(table)}`
      ).execute(db.kysely);
    }
  });
  afterAll(async () => {
    await db?.close();
    await database?.drop();
  });

  describe.each(limits)("within %s", (_limit, limit) => {
    test.each(statements)("%s enters through an index", async (_name, run) => {
      const sent = await statementsOf(db, (recorded) => run(recorded, limit));
      expect(sent).toHaveLength(1);
      expect(await wholeScans(db, sent[0]!)).toEqual([]);
    });
  });

  test("a name is looked for in the caller's province only", async () => {
    const [sent] = await statementsOf(db, (recorded) =>
      source.searchCompanies(
        recorded,
        { ...nothing, words: ["thuong"] },
        { provinces: ["11"], pins: null },
        page,
      ),
    );
    const { sql: text, parameters } = sent!;
    const { rows } = await db.kysely.executeQuery(
      CompiledQuery.raw(`explain ${text}`, [...parameters]),
    );
    expect(JSON.stringify(rows)).toContain("company_name_word_province");
  });

  test("a statement without an index would be noticed", async () => {
    const sent = await statementsOf(db, ({ kysely }) =>
      kysely.selectFrom("company as c").selectAll().where("kind", "=", "PARTNERSHIP").execute(),
    );
    expect(await wholeScans(db, sent[0]!)).toHaveLength(1);
  });
});

/** What a function sends to the database, with its parameters. */
async function statementsOf(
  db: Database,
  run: (db: Database) => Promise<unknown>,
): Promise<CompiledQuery[]> {
  const nodes = new Map<QueryId, RootOperationNode>();
  const sent: CompiledQuery[] = [];
  const kysely = db.kysely.withPlugin({
    transformQuery: ({ node, queryId }) => {
      nodes.set(queryId, node);
      return node;
    },
    // A part of a statement is transformed too, but only the whole has a result.
    transformResult: async ({ result, queryId }) => {
      sent.push(db.kysely.getExecutor().compileQuery(nodes.get(queryId)!, queryId));
      return result;
    },
  });
  await run({ ...db, kysely });
  return sent;
}

/** The parts of a statement's plan that read a whole big table or a whole index of one. */
async function wholeScans(db: Database, statement: CompiledQuery): Promise<unknown[]> {
  return db.dialect === "postgres"
    ? wholeScansOfPostgres(db, statement)
    : wholeScansOfMariadb(db, statement);
}

interface PostgresPlan {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Cond"?: string;
  Plans?: PostgresPlan[];
}

async function wholeScansOfPostgres(
  db: Database,
  { sql: text, parameters }: CompiledQuery,
): Promise<unknown[]> {
  const explain = CompiledQuery.raw(`explain (format json) ${text}`, [...parameters]);
  const { rows } = await db.kysely.executeQuery<{ "QUERY PLAN": [{ Plan: PostgresPlan }] }>(
    explain,
  );
  const nodes = (plan: PostgresPlan): PostgresPlan[] => [
    plan,
    ...(plan.Plans ?? []).flatMap(nodes),
  ];
  return nodes(rows[0]!["QUERY PLAN"][0].Plan).filter((node) => {
    const table = node["Relation Name"];
    if (table !== undefined && SMALL_TABLES.has(table)) return false;
    return (
      node["Node Type"] === "Seq Scan" ||
      (/^Index (Only )?Scan$/.test(node["Node Type"]) && !node["Index Cond"])
    );
  });
}

async function wholeScansOfMariadb(
  db: Database,
  { sql: text, parameters }: CompiledQuery,
): Promise<unknown[]> {
  const explain = CompiledQuery.raw(`explain ${text}`, [...parameters]);
  const { rows } = await db.kysely.executeQuery<{ table: string | null; type: string | null }>(
    explain,
  );
  // A table in angle brackets is an intermediate result, no bigger than what was found for it.
  return rows.filter(
    ({ table, type }) =>
      table !== null &&
      !table.startsWith("<") &&
      !SMALL_TABLES.has(table) &&
      (type === "ALL" || type === "index"),
  );
}
