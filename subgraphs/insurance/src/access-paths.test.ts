import type { Database, RowLimit, RowLoader } from "@truc/service";
import { databaseServers } from "@truc/service/testing";
import {
  CompiledQuery,
  createQueryId,
  type KyselyPlugin,
  type QueryId,
  type RootOperationNode,
} from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  cardRow,
  companyOf,
  contributionRow,
  numberOf,
  pinOf,
  profileRow,
  startRegister,
  type TableRows,
  type TestRegister,
} from "./register-fixture.ts";
import * as source from "./source.ts";

const PEOPLE = 6_000;
const EMPLOYERS = 150;
const CLINICS = 60;

/** Enough rows that reading a whole table would be the dearer way, with one employer of a thousand people. */
function manyRows(): TableRows {
  const people = Array.from({ length: PEOPLE }, (_, n) => n);
  const employer = (n: number) => companyOf(n < 1_000 ? 0 : n % EMPLOYERS);
  const clinic = (n: number) => ({
    clinic_code: `01${String(n % CLINICS).padStart(3, "0")}`,
    clinic_name: "Trạm y tế",
  });
  return {
    profile: people.map((n) => profileRow(n, { province: provinceOf(n) })),
    contribution: people.flatMap((n) => [
      contributionRow(`${n}-1`, n, {
        employer: employer(n),
        from_date: day(n),
        to_date: "2022-12-31",
        province: provinceOf(n),
      }),
      contributionRow(`${n}-2`, n, {
        employer: employer(n),
        from_date: "2023-01-01",
        province: provinceOf(n),
      }),
    ]),
    benefit: people.map((n) => ({
      id: `b${n}`,
      pin: pinOf(n),
      kind: "SICKNESS",
      monthly_amount: 3_000_000,
      from_date: day(n),
      to_date: null,
      province: provinceOf(n),
    })),
    health_card: people.map((n) =>
      cardRow(n % 3 === 0 ? "TE1" : "DN4", n, { ...clinic(n), province: provinceOf(n) }),
    ),
  };
}

/** The province whose office manages the nth person's profile: as many in each of seven. */
function provinceOf(n: number): string {
  return `0${1 + (n % 7)}`;
}

function day(n: number): string {
  return `20${String(10 + (n % 12)).padStart(2, "0")}-03-${String(1 + (n % 28)).padStart(2, "0")}`;
}

const search: source.HealthCardSearch = {
  province: provinceOf(10),
  clinic: "01007",
  validOn: "2024-01-01",
  type: null,
  benefitLevel: null,
  first: 20,
  after: null,
};
const page: source.ContributionPage = { first: 20, after: null, on: null };
const after = ["2021-03-05", "500-1"];
const pins = [pinOf(10), pinOf(2_000), pinOf(5_990)];
const companies = [companyOf(0), companyOf(7)];

const NO_LIMIT: RowLimit = { provinces: null, pins: null };
/** What a grant of each kind makes of its limits. */
const limits: [name: string, limit: RowLimit][] = [
  ["one province", { provinces: [provinceOf(10)], pins: null }],
  ["some provinces", { provinces: [10, 11, 30].map(provinceOf), pins: null }],
  ["some people", { provinces: null, pins }],
  ["some people in one province", { provinces: [provinceOf(10)], pins }],
  ["nobody", { provinces: null, pins: [] }],
];

/** The index that each reader of source.ts is to enter its table by. */
const INDEXES: Record<string, string> = {
  profileOf: "primary key",
  profileByNumber: "profile_by_number",
  benefitsOf: "benefit_by_citizen",
  contributionsOf: "contribution_by_citizen",
  citizenPage: "contribution_by_citizen",
  employerPage: "contribution_by_employer",
  cardsOf: "health_card_by_citizen",
  cardByNumber: "primary key",
  findCards: "health_card_by_clinic",
};

type Read = (db: Database, limit: RowLimit) => Promise<number>;

/** Every way each reader of source.ts is used; each says how much it found. */
const reads: Record<string, Read[]> = {
  profileOf: [read(source.profileOf, pins), read(source.profileOf, pins.slice(1, 2))],
  profileByNumber: [read(source.profileByNumber, [numberOf(3), numberOf(4_000)])],
  benefitsOf: [read(source.benefitsOf, pins)],
  contributionsOf: [read(source.contributionsOf, pins)],
  citizenPage: [
    read(source.citizenPage, pins, page),
    read(source.citizenPage, pins, { ...page, after, on: "2022-06-01" }),
  ],
  employerPage: [
    read(source.employerPage, companies.slice(0, 1), page),
    read(source.employerPage, companies, page),
    read(source.employerPage, companies, { ...page, after }),
    read(source.employerPage, companies, { ...page, after, on: "2022-06-01" }),
  ],
  cardsOf: [read(source.cardsOf, pins)],
  cardByNumber: [read(source.cardByNumber, [`TE101${numberOf(3)}`, `DN401${numberOf(4)}`])],
  findCards: [
    find(search),
    find({ ...search, type: "DN" }),
    find({
      ...search,
      type: "DN",
      benefitLevel: 4,
      after: [`DN401${numberOf(3_000)}`, "2020-01-01"],
    }),
  ],
};

function read<V, A>(loader: RowLoader<string, V, A>, keys: string[], args?: A): Read {
  return async (db, limit) => (await loader.batch(db, keys, limit, args as A)).size;
}

function find(wanted: source.HealthCardSearch): Read {
  return async (db, limit) => (await source.findCards(db, wanted, limit)).length;
}

describe.each(databaseServers())("access paths on $dialect", (server) => {
  let register: TestRegister;
  beforeAll(async () => {
    register = await startRegister(server, manyRows());
  });
  afterAll(async () => await register?.close());

  test("every reader of the source is among the cases", () => {
    const readers = Object.entries(source).filter(
      ([, value]) => (typeof value === "object" && "batch" in value) || value === source.findCards,
    );
    expect(readers.map(([name]) => name).toSorted()).toEqual(Object.keys(reads).toSorted());
  });

  test.each(Object.entries(reads))(
    "%s reads by its index, in one statement",
    async (name, uses) => {
      for (const use of uses) {
        let found = 0;
        const statements = await statementsOf(register.db, async (db) => {
          found = await use(db, NO_LIMIT);
        });
        expect(found, name).toBeGreaterThan(0);
        expect(statements).toHaveLength(1);
        expect(await wholeTablesRead(register.db, statements[0]!), statements[0]!.sql).toEqual([]);
        expect(await indexesUsed(register.db, statements[0]!), statements[0]!.sql).toEqual([
          INDEXES[name],
        ]);
      }
    },
  );

  describe.each(limits)("within %s", (_name, limit) => {
    test.each(Object.entries(reads))(
      "%s reads no table from end to end, in one statement",
      async (_reader, uses) => {
        for (const use of uses) {
          const statements = await statementsOf(register.db, (db) => use(db, limit));
          expect(statements).toHaveLength(1);
          expect(await wholeTablesRead(register.db, statements[0]!), statements[0]!.sql).toEqual(
            [],
          );
        }
      },
    );
  });

  test("a large employer's contributions are read in the caller's province only", async () => {
    const statements = await statementsOf(register.db, (db) =>
      source.employerPage.batch(
        db,
        [companyOf(0)],
        { provinces: [provinceOf(10)], pins: null },
        page,
      ),
    );
    expect(await indexesUsed(register.db, statements[0]!)).toEqual([
      "contribution_by_employer_and_province",
    ]);
  });

  test("a statement without an index is noticed", async () => {
    const statements = await statementsOf(register.db, async (db) => {
      await db.kysely
        .selectFrom("contribution")
        .select("id")
        .where("salary_base", "=", 1)
        .execute();
    });
    expect(await wholeTablesRead(register.db, statements[0]!)).toEqual(["contribution"]);
    const alongAnIndex = await statementsOf(register.db, async (db) => {
      await db.kysely
        .selectFrom("health_card")
        .select("number")
        .where("to_date", "=", "2024-01-01")
        .orderBy("number")
        .limit(3)
        .execute();
    });
    expect(await wholeTablesRead(register.db, alongAnIndex[0]!)).toEqual(["health_card"]);
  });

  test("the number of statements does not grow with the number of citizens or companies", async () => {
    const counts: number[] = [];
    for (const count of [1, 50, 500]) {
      const representations = Array.from({ length: count }, (_, n) => [
        { __typename: "Citizen", id: pinOf(n) },
        { __typename: "Company", code: companyOf(n % EMPLOYERS) },
      ]).flat();
      const { data, errors } = await register.served.query(
        `query ($representations: [_Any!]!) { _entities(representations: $representations) {
          ... on Citizen { insurance { pinFrom benefits { kind } contributions { from } healthCards { number } } healthCard { number } }
          ... on Company { contributions(first: 3, on: "2024-01-01") { nodes { from employee { id } } } }
        } }`,
        { variables: { representations } },
      );
      expect(errors).toBeUndefined();
      expect(data._entities).toHaveLength(count * 2);
      expect(data._entities.at(-2).insurance.contributions).toHaveLength(2);
      expect(data._entities.at(-1).contributions.nodes.length).toBeGreaterThan(0);
      counts.push(register.served.statements);
    }
    // Profiles, benefits, contributions and cards of the citizens; contributions of the companies.
    expect(counts).toEqual([5, 5, 5]);
  });

  test("pages of a large employer together give every contribution once, in order", async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { data }: { data?: any } = await register.served.query(
        `query ($company: EnterpriseCode!, $after: String) { contributionsOf(company: $company, first: 100, after: $after) {
          nodes { from employee { id } } pageInfo { hasNextPage endCursor } } }`,
        { variables: { company: companyOf(0), after: cursor } },
      );
      const { nodes, pageInfo } = data.contributionsOf;
      seen.push(...nodes.map((node: any) => `${node.from} ${node.employee.id}`));
      cursor = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (cursor !== null);
    const others = Math.floor((PEOPLE - 1) / EMPLOYERS) - Math.floor(999 / EMPLOYERS);
    expect(seen).toHaveLength(2 * (1_000 + others));
    expect(new Set(seen).size).toBe(seen.length);
    const days = seen.map((line) => line.slice(0, 10));
    expect(days).toEqual(days.toSorted().toReversed());
  });
});

/** The statements that a piece of work sends, with their parameters. */
async function statementsOf(
  db: Database,
  work: (db: Database) => Promise<unknown>,
): Promise<CompiledQuery[]> {
  const statements: CompiledQuery[] = [];
  const executor = db.kysely.withoutPlugins().getExecutor();
  const nodes = new WeakMap<QueryId, RootOperationNode>();
  const recorder: KyselyPlugin = {
    // Parts of a statement pass here too; only a whole one has a result.
    transformQuery({ node, queryId }) {
      nodes.set(queryId, node);
      return node;
    },
    async transformResult({ result, queryId }) {
      statements.push(executor.compileQuery(nodes.get(queryId)!, createQueryId()));
      return result;
    },
  };
  await work({ ...db, kysely: db.kysely.withPlugin(recorder) });
  return statements;
}

async function planRows(db: Database, { sql, parameters }: CompiledQuery): Promise<any[]> {
  const explain = db.dialect === "postgres" ? "explain (format json) " : "explain ";
  return (await db.kysely.executeQuery<any>(CompiledQuery.raw(explain + sql, [...parameters])))
    .rows;
}

/** The tables that the database would read from end to end for a statement. */
async function wholeTablesRead(db: Database, statement: CompiledQuery): Promise<string[]> {
  const rows = await planRows(db, statement);
  if (db.dialect === "postgres") {
    // An index that is entered without a condition is read from end to end too.
    return nodesOf(rows[0]["QUERY PLAN"][0].Plan)
      .filter(
        (node) => node["Node Type"] === "Seq Scan" || (node["Index Name"] && !node["Index Cond"]),
      )
      .map((node) => node["Relation Name"]);
  }
  // ALL reads every row, index every entry of an index; a derived table <…> is a part's own page.
  return rows
    .filter(
      ({ type, table }) =>
        ["ALL", "index"].includes(type) && table !== null && !table.startsWith("<"),
    )
    .map(({ table }) => table);
}

/** The names of the indexes that the database would read for a statement, each once. */
async function indexesUsed(db: Database, statement: CompiledQuery): Promise<string[]> {
  const rows = await planRows(db, statement);
  const names: (string | null | undefined)[] =
    db.dialect === "postgres"
      ? nodesOf(rows[0]["QUERY PLAN"][0].Plan).map((node) => node["Index Name"])
      : rows.map(({ key }) => key);
  const used = names.filter((name) => typeof name === "string");
  return [...new Set(used.map((name) => (name.includes("_by_") ? name : "primary key")))];
}

function nodesOf(plan: any): any[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}
