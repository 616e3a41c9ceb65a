import { ACCESS_DEFINITIONS, SCHEMA_LINKS } from "@truc/contracts";
import { sql } from "kysely";
import type { Database } from "../../database/open-database.ts";
import { afterKey } from "../../page/after-key.ts";
import { argumentInvalid, batchKeys } from "../../page/argument-invalid.ts";
import { connection, pageArguments } from "../../page/connection.ts";
import { sortKey } from "../../text/sort-key.ts";
import type { SubgraphContext, SubgraphDefinition } from "../define-subgraph.ts";
import { defineLoader, defineRowLoader } from "../loader.ts";
import { type RowLimit, withinPins, withinProvinces } from "../row-limit.ts";

/** A small register that the frame's own tests run: a public library with readers and what they borrowed. */
const schema = /* GraphQL */ `
  ${SCHEMA_LINKS}

  scalar PersonalIdentificationNumber
  scalar LocalDate
  scalar VND

  type Query {
    reader(id: PersonalIdentificationNumber!): Reader
    readers(ids: [PersonalIdentificationNumber!]!): [Reader]!
    search(filter: ReaderFilter!, first: Int, after: String): ReaderConnection @search
    latecomers(filter: ReaderFilter!, first: Int, after: String): ReaderConnection @search
    items: [Item]!
    broken: String
    deadline(ms: Int!): Int
  }

  input ReaderFilter {
    born: LocalDate
    id: PersonalIdentificationNumber
  }

  type Reader @key(fields: "id") @subject(path: "id") {
    id: PersonalIdentificationNumber!
      @requiresScopes(scopes: [["library:reader"]])
      @data(class: BASIC)
    name: String @requiresScopes(scopes: [["library:reader"]]) @data(class: BASIC)
    born: LocalDate @requiresScopes(scopes: [["library:reader"]]) @data(class: BASIC)
    member: Boolean @authenticated @data(class: PUBLIC)
    loans(first: Int): [Loan]!
      @requiresScopes(scopes: [["library:loans"], ["library:all", "library:audit"]])
      @data(class: BASIC)
  }

  type Loan @subject(path: "reader.id") {
    reader: Reader @requiresScopes(scopes: [["library:loans"]]) @data(class: BASIC)
    title: String @requiresScopes(scopes: [["library:loans"]]) @data(class: BASIC)
    fee: VND @requiresScopes(scopes: [["library:fees"]]) @data(class: BASIC)
  }

  interface Item {
    title: String
  }
  type Book implements Item {
    title: String @requiresScopes(scopes: [["library:books"]]) @data(class: BASIC)
  }
  type Film implements Item {
    title: String @authenticated @data(class: PUBLIC)
  }

  type ReaderConnection {
    edges: [ReaderEdge]
    nodes: [Reader]
    pageInfo: PageInfo!
  }
  type ReaderEdge {
    node: Reader
    cursor: String!
  }
  type PageInfo @shareable {
    hasNextPage: Boolean!
    hasPreviousPage: Boolean!
    startCursor: String
    endCursor: String
  }
  ${ACCESS_DEFINITIONS}
`;

interface ReaderRow {
  id: string;
  name: string;
  born: string;
  sort_key: string;
}
interface LoanRow {
  reader: string;
  title: string;
  fee: number;
}

const readerById = defineRowLoader<string, ReaderRow | null>({
  name: "readerById",
  missing: null,
  async batch(db, ids, limit) {
    const rows = await db.kysely
      .selectFrom("reader")
      .selectAll()
      .where("id", "in", ids)
      .where(withinProvinces(limit, "province"))
      .where(withinPins(limit, "id"))
      .execute();
    return new Map((rows as ReaderRow[]).map((row) => [row.id, row]));
  },
});

const loansByReader = defineLoader<{ reader: string }, LoanRow[], { first: number }>({
  name: "loansByReader",
  missing: [],
  async batch(db, keys, { first }) {
    const ids = keys.map(({ reader }) => reader);
    const rows = (await db.kysely
      .selectFrom("loan")
      .selectAll()
      .where("reader", "in", ids)
      .orderBy("title")
      .execute()) as LoanRow[];
    const byReader = Map.groupBy(rows, ({ reader }) => reader);
    return new Map([...byReader].map(([reader, loans]) => [{ reader }, loans.slice(0, first)]));
  },
});

/** How often a search has run, and the errors the next one meets: for tests of failures. */
export const faults: { next: Error | undefined } = { next: undefined };

async function search(
  args: { filter: { born?: string }; first?: number; after?: string },
  { db }: SubgraphContext,
  limit: RowLimit,
) {
  if (args.filter.born === undefined)
    throw argumentInvalid("filter", "a search needs a day of birth");
  const { first, after } = pageArguments(args, 2);
  const rows = (await db.kysely
    .selectFrom("reader")
    .selectAll()
    .where("born", "=", args.filter.born)
    .where(withinProvinces(limit, "province"))
    .where(withinPins(limit, "id"))
    .where(afterKey([{ column: "sort_key", direction: "desc" }, "id"], after))
    .orderBy("sort_key", "desc")
    .orderBy("id")
    .limit(first + 1)
    .execute()) as ReaderRow[];
  return connection(rows, first, (row) => [row.sort_key, row.id], after);
}

export const library: SubgraphDefinition = {
  name: "library",
  title: "Library register",
  schema,
  resolvers: {
    Query: {
      reader: (_root, { id }, context, info) => context.rows(info).load(readerById, id),
      readers: (_root, { ids }, context, info) =>
        Promise.all(
          batchKeys("ids", ids as string[]).map((id) => context.rows(info).load(readerById, id)),
        ),
      search: (_root, args, context, info) => search(args, context, context.rows(info).limit),
      latecomers: (_root, args, context, info) => search(args, context, context.rows(info).limit),
      items: () => [
        { __typename: "Book", title: "Truyện Kiều" },
        { __typename: "Film", title: "Mùi đu đủ xanh" },
      ],
      broken: () => {
        throw faults.next ?? new Error("the secret recipe is 42");
      },
      deadline: async (_root, { ms }, { db }) => {
        await sql`select ${sql.lit(1)}`.execute(db.kysely);
        return ms;
      },
    },
    Reader: {
      __resolveReference: ({ id }, { referenceRows }) => referenceRows.load(readerById, id),
      member: () => true,
      loans: ({ id }, { first }, context) =>
        context.load(loansByReader, { reader: id }, { first: first ?? 10 }),
    },
    Loan: {
      reader: ({ reader }, _args, context, info) => context.rows(info).load(readerById, reader),
    },
    Item: { __resolveType: ({ __typename }) => __typename },
  },
  migrations: {
    "0001-initial": {
      async up(db) {
        await db.schema
          .createTable("reader")
          .addColumn("id", "varchar(12)", (column) => column.primaryKey())
          .addColumn("name", "varchar(100)", (column) => column.notNull())
          .addColumn("sort_key", "varchar(255)", (column) => column.notNull())
          .addColumn("born", "date", (column) => column.notNull())
          .addColumn("province", "varchar(2)", (column) => column.notNull())
          .execute();
        await db.schema
          .createTable("loan")
          .addColumn("reader", "varchar(12)", (column) => column.notNull())
          .addColumn("title", "varchar(100)", (column) => column.notNull())
          .execute();
      },
    },
    "0002-fees": {
      async up(db, dialect) {
        await db.schema
          .alterTable("loan")
          .addColumn("fee", "bigint", (column) => column.notNull().defaultTo(0))
          .execute();
        if (dialect === "mariadb") await sql`alter table loan comment = 'fees in đồng'`.execute(db);
      },
    },
  },
};

export const NAMES = [
  "Nguyễn Thị Ân",
  "Nguyễn Thị An",
  "Trần Văn Đức",
  "Trần Văn Dũng",
  "Lê Ánh",
  "Lê Anh",
];

/** The PIN of the n-th reader. */
export function readerId(n: number): string {
  return `9010${String(n).padStart(8, "0")}`;
}

/** Sixty readers, all born on one day, half of them of province 01 and half of 48, with two loans each. */
export async function fillLibrary(db: Database): Promise<void> {
  const readers = Array.from({ length: 60 }, (_, n) => ({
    id: readerId(n),
    name: NAMES[n % NAMES.length]!,
    sort_key: sortKey(NAMES[n % NAMES.length]!),
    born: "1990-02-28",
    province: n % 2 === 0 ? "01" : "48",
  }));
  await db.kysely.insertInto("reader").values(readers).execute();
  const loans = readers.flatMap(({ id }) => [
    { reader: id, title: "Số đỏ", fee: 9_007_199_254_740_991 },
    { reader: id, title: "Chí Phèo", fee: 2_000 },
  ]);
  await db.kysely.insertInto("loan").values(loans).execute();
}
