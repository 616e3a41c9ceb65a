import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ACCESS_DEFINITIONS, SCHEMA_LINKS } from "@truc/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createTestDatabase,
  databaseServers,
  startSubgraph,
  type TestDatabase,
  type TestSubgraph,
} from "../testing/index.ts";
import type { SubgraphContext, SubgraphDefinition } from "./define-subgraph.ts";
import { defineRowLoader } from "./loader.ts";

interface Account {
  id: string;
  balance: number;
}

const accountById = defineRowLoader<string, Account | null>({
  name: "accountById",
  missing: null,
  async batch(db, ids) {
    const rows = await db.kysely
      .selectFrom("account")
      .selectAll()
      .where("id", "in", ids)
      .$castTo<Account>()
      .execute();
    return new Map(rows.map((row) => [row.id, row]));
  },
});

/** Reads, waits for a statement, and writes what it has read and more: loses a payment that another one overtakes. */
async function pay(
  { id, amount }: { id: string; amount: number },
  { db, rows }: SubgraphContext,
  info: Parameters<SubgraphContext["rows"]>[0],
): Promise<{ id: string }> {
  const account = await rows(info).load(accountById, id);
  if (account === null || account.balance + amount < 0) throw new Error("no such money");
  await db.kysely
    .updateTable("account")
    .set({ balance: account.balance + amount })
    .where("id", "=", id)
    .execute();
  return { id };
}

/** A register that is written to: accounts and what is paid into them. */
const ledger: SubgraphDefinition = {
  name: "ledger",
  title: "Ledger",
  schema: /* GraphQL */ `
    ${SCHEMA_LINKS}

    type Query {
      account(id: ID!): Account
    }
    type Mutation {
      pay(id: ID!, amount: Int!): Payment
        @requiresScopes(scopes: [["ledger:pay"]])
        @data(class: BASIC)
      whoPays: String @authenticated @data(class: PUBLIC)
    }
    type Payment {
      account: Account @authenticated @data(class: PUBLIC)
    }
    type Account @key(fields: "id") {
      id: ID! @authenticated @data(class: PUBLIC)
      balance: Int @requiresScopes(scopes: [["ledger:read"]]) @data(class: BASIC)
    }
    ${ACCESS_DEFINITIONS}
  `,
  resolvers: {
    Query: { account: (_root, { id }, context, info) => context.rows(info).load(accountById, id) },
    Mutation: {
      pay: (_root, args, context, info) => pay(args, context, info),
      whoPays: (_root, _args, { actor, caseReference }) => `${actor} for ${caseReference}`,
    },
    Payment: {
      account: ({ id }, _args, context, info) => context.rows(info).load(accountById, id),
    },
  },
  migrations: {
    "0001-initial": {
      async up(db) {
        await db.schema
          .createTable("account")
          .addColumn("id", "varchar(20)", (column) => column.primaryKey())
          .addColumn("balance", "integer", (column) => column.notNull())
          .execute();
        await db
          .insertInto("account")
          .values(["a", "b", "c", "d"].map((id) => ({ id, balance: 10 })))
          .execute();
      },
    },
  },
};

describe.each(databaseServers())("mutations on $dialect", (server) => {
  let database: TestDatabase;
  let subgraph: TestSubgraph;

  beforeAll(async () => {
    database = await createTestDatabase(server);
    subgraph = await startSubgraph(ledger, database.url);
  });
  afterAll(async () => {
    await subgraph?.stop();
    await database?.drop();
  });

  const balance = async (id: string): Promise<number> =>
    (
      await subgraph.query("query($id: ID!) { account(id: $id) { balance } }", {
        variables: { id },
      })
    ).data.account.balance;

  it("run one after the other, and each answers with what is so after it", async () => {
    const { data, errors } = await subgraph.query(
      'mutation { one: pay(id: "a", amount: 1) { account { balance } } two: pay(id: "a", amount: 20) { account { balance } } three: pay(id: "a", amount: -31) { account { balance } } }',
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      one: { account: { balance: 11 } },
      two: { account: { balance: 31 } },
      three: { account: { balance: 0 } },
    });
    expect(await balance("a")).toBe(0);
  });

  it("fail alone: the next one still runs, over what the one before left", async () => {
    const { data, errors } = await subgraph.query(
      'mutation { one: pay(id: "b", amount: 5) { account { balance } } two: pay(id: "b", amount: -50) { account { balance } } three: pay(id: "b", amount: -15) { account { balance } } }',
    );
    expect(data).toEqual({
      one: { account: { balance: 15 } },
      two: null,
      three: { account: { balance: 0 } },
    });
    expect(errors?.map(({ path, extensions }) => [path, extensions["code"]])).toEqual([
      [["two"], "INTERNAL_SERVER_ERROR"],
    ]);
  });

  it("are done by nobody without their scope, nor where a field of the answer needs another", async () => {
    for (const [scopes, coordinate] of [
      [["ledger:read"], "Mutation.pay"],
      [["ledger:pay"], "Account.balance"],
      [[], "Mutation.pay"],
    ] as const) {
      const { data, errors } = await subgraph.query(
        'mutation { whoPays pay(id: "c", amount: 1) { account { balance } } }',
        { scopes: [...scopes] },
      );
      expect(data).toBeUndefined();
      expect(errors?.[0]?.extensions).toMatchObject({
        code: "UNAUTHORIZED_FIELD_OR_TYPE",
        coordinate,
      });
    }
    expect(await balance("c")).toBe(10);
  });

  it("find the officer and the case that the router named, and so does the journal", async () => {
    const send = async (more: object) => {
      const permit = await subgraph.permit({ scopes: [] });
      const response = await subgraph.post({
        query: "mutation { whoPays }",
        extensions: { permit, ...more },
      });
      return ((await response.json()) as { data: unknown }).data;
    };
    expect(
      await send({ requestId: "paid-1", actor: "officer-7", caseReference: "case 12/2026" }),
    ).toEqual({ whoPays: "officer-7 for case 12/2026" });
    expect(await send({ requestId: "paid-2" })).toEqual({ whoPays: "undefined for undefined" });
    const [file] = (await readdir(subgraph.directory)).filter((name) => name.endsWith(".jsonl"));
    const lines = (await readFile(join(subgraph.directory, file!), "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ requestId }) => requestId.startsWith("paid-"))).toMatchObject([
      { requestId: "paid-1", actor: "officer-7", caseReference: "case 12/2026" },
      { requestId: "paid-2", actor: null, caseReference: null },
    ]);
  });

  it("are answered in a batch beside queries, and share no rows with them", async () => {
    const extensions = { permit: await subgraph.permit() };
    const response = await subgraph.post([
      { query: 'mutation { pay(id: "d", amount: 7) { account { balance } } }', extensions },
      { query: '{ account(id: "d") { id } }', extensions },
    ]);
    expect(await response.json()).toEqual([
      { data: { pay: { account: { balance: 17 } } } },
      { data: { account: { id: "d" } } },
    ]);
    // The query's; the mutation's look, its change, and its answer's look.
    expect(subgraph.statements).toBe(1 + 3);
  });

  it("are refused in words where a register takes none of an operation's kind", async () => {
    const { data, errors } = await subgraph.query("subscription { account }");
    expect(data).toBeUndefined();
    expect(errors).toEqual([
      {
        message: "This register answers no subscription.",
        extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
      },
    ]);
  });
});
