import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ACCESS_DEFINITIONS, SCHEMA_LINKS } from "@truc/contracts";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { connection } from "../page/connection.ts";
import {
  createTestDatabase,
  databaseServers,
  startSubgraph,
  type TestDatabase,
  type TestResult,
  type TestSubgraph,
} from "../testing/index.ts";
import type { SubgraphDefinition } from "./define-subgraph.ts";
import { defineLoader } from "./loader.ts";

const manyNames = defineLoader<string, { names: string[] } | null>({
  name: "manyNames",
  missing: null,
  batch: async (_db, keys) => new Map(keys.map((key) => [key, { names: texts(100) }])),
});
const byName = defineLoader<string, { name: string } | null>({
  name: "byName",
  missing: null,
  batch: async (_db, keys) => new Map(keys.map((name) => [name, { name }])),
});

/** Whatever a resolver may do that callers could turn against a register. */
const shop: SubgraphDefinition = {
  name: "shop",
  title: "Shop",
  schema: /* GraphQL */ `
    ${SCHEMA_LINKS}
    scalar LocalDate
    type Query {
      thing(id: ID): Thing
      things: [Thing]
      nested(in: Nested): Int
      list: TagConnection
    }
    input Nested {
      of: Nested
    }
    type Thing {
      id: ID
      open(on: LocalDate): Boolean
      broken: String
      must: String!
      tags: [Tag!]
    }
    type Tag {
      name: String
    }
    type TagConnection {
      edges: [TagEdge!]!
      nodes: [Tag]
      pageInfo: PageInfo!
    }
    type TagEdge {
      node: Tag
      cursor: String!
    }
    type PageInfo @shareable {
      hasNextPage: Boolean!
      hasPreviousPage: Boolean!
      startCursor: String
      endCursor: String
    }
    ${ACCESS_DEFINITIONS}
  `,
  resolvers: {
    Query: {
      thing: (_root: unknown, { id }: { id: string }) => ({ id }),
      things: () => texts(500).map((id) => ({ id })),
      nested: () => 1,
      list: () => connection(texts(101), 100, (row: string) => [row], undefined),
    },
    Thing: {
      open: () => true,
      broken: () => {
        throw new Error("inside");
      },
      must: () => {
        throw new Error("inside");
      },
      // A promise of a list of promises.
      tags: async ({ id }: { id: string }, _args, context) =>
        (await context.load(manyNames, id))!.names.map((name) => context.load(byName, name)),
    },
    TagEdge: { node: ({ node }: { node: string }, _args, context) => context.load(byName, node) },
  },
  migrations: {},
};

let database: TestDatabase;
let subgraph: TestSubgraph;
const unheard: unknown[] = [];
const note = (reason: unknown): unknown => unheard.push(reason);
let others: NodeJS.UnhandledRejectionListener[] = [];

beforeAll(async () => {
  database = await createTestDatabase(databaseServers()[0]!);
  subgraph = await startSubgraph(shop, database.url);
});
afterAll(async () => {
  await subgraph.stop();
  await database.drop();
});
beforeEach(() => {
  unheard.length = 0;
  others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", note);
});
afterEach(() => {
  process.off("unhandledRejection", note);
  for (const other of others) process.on("unhandledRejection", other);
});

function texts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `t${index}`);
}

const aliases = (count: number, field: string): string =>
  texts(count)
    .map((alias) => `${alias}: ${field}`)
    .join(" ");

/** A good operation and another one in one batch, each as JSON. */
async function beside(other: string): Promise<TestResult[]> {
  const extensions = JSON.stringify({ permit: await subgraph.permit() });
  const good = `{"query":"{ thing(id: \\"1\\") { id } }","extensions":${extensions}}`;
  const response = await subgraph.post(
    `[${good},${other.slice(0, -1)},"extensions":${extensions}}]`,
  );
  expect(response.status).toBe(200);
  return (await response.json()) as TestResult[];
}

const GOOD = { data: { thing: { id: "1" } } };
const codesOf = ({ errors }: TestResult): unknown[] =>
  (errors ?? []).map(({ extensions }) => extensions["code"]);

test.each([
  [
    "a variable's",
    `{"query":"query ($__proto__: ID!) { thing(id: $__proto__) { id } }","variables":{"__proto__":"1"}}`,
    ["BAD_USER_INPUT"],
  ],
  [
    "in a variable's value",
    `{"query":"query ($id: ID!) { thing(id: $id) { id } }","variables":{"id":{"__proto__":"1"}}}`,
    ["BAD_USER_INPUT"],
  ],
  [
    "that says what made an object",
    `{"query":"query ($in: Nested!) { nested(in: $in) }","variables":{"in":{"constructor":{"prototype":1}}}}`,
    ["BAD_USER_INPUT"],
  ],
  [
    "of an operation's part",
    `{"query":"{ thing(id: \\"2\\") { id } }","__proto__":{"query":"{"}}`,
    [],
  ],
])("a name like __proto__, %s, costs its own item only", async (_whose, item, codes) => {
  const [good, other] = await beside(item);
  expect(good).toEqual(GOOD);
  expect(codesOf(other!)).toEqual(codes);
  expect(({} as Record<string, unknown>)["query"]).toBeUndefined();
});

test.each([
  ["fields", JSON.stringify({ query: `${"{ thing ".repeat(4_000)}${"}".repeat(4_000)}` })],
  [
    "fragments",
    JSON.stringify({ query: `${"{ ... ".repeat(8_000)}{ things { id } }${"}".repeat(8_000)}` }),
  ],
  [
    "a variable",
    `{"query":"query ($in: Nested!) { nested(in: $in) }","variables":{"in":${'{"of":'.repeat(20_000)}null${"}".repeat(20_000)}}}`,
  ],
])("what nests too deep, be it %s, costs its own item only", async (_what, item) => {
  const [good, other] = await beside(item);
  expect(good).toEqual(GOOD);
  expect([other!.data ?? null, codesOf(other!)]).toEqual([null, ["BAD_REQUEST"]]);
  const [journal] = readdirSync(subgraph.directory).filter((name) => name.endsWith(".jsonl"));
  const lines = readFileSync(join(subgraph.directory, journal!), "utf8").trimEnd().split("\n");
  expect(lines.slice(-2).map((line) => (JSON.parse(line) as { code: unknown }).code)).toEqual([
    null,
    "BAD_REQUEST",
  ]);
});

test.each([
  ["are refused for their argument", `open(on: "bad")`, "ARGUMENT_INVALID"],
  ["fail", "broken", "INTERNAL_SERVER_ERROR"],
])(
  "of very many fields that %s, two thousand are told, and all are null",
  async (_how, field, code) => {
    const { data, errors } = await subgraph.query(`{ things { id ${aliases(100, field)} } }`);
    expect(new Set(errors!.map(({ extensions }) => extensions["code"]))).toEqual(new Set([code]));
    expect([errors!.length, errors![0]!.path, errors![1_999]!.path]).toEqual([
      2_000,
      ["things", 0, "t0"],
      ["things", 19, "t99"],
    ]);
    const { things } = data as { things: Record<string, unknown>[] };
    const nulls = Object.fromEntries(texts(100).map((alias) => [alias, null]));
    expect([things.length, things[499]]).toEqual([500, { id: "t499", ...nulls }]);
  },
);

test("however many fields that may not be null fail, each object of theirs is null, and the first are told of", async () => {
  const { data, errors } = await subgraph.query(`{ ${aliases(10, "things { must }")} }`);
  expect(Object.values(data as object)).toEqual(
    Array.from({ length: 10 }, () => texts(500).fill(null as never)),
  );
  expect([errors!.length, errors![1_999]!.path]).toEqual([2_000, ["t3", 499, "must"]]);
});

test("graphql-js, which runs what asks for the schema, tells as many", async () => {
  const { data, errors } = await subgraph.query(
    `{ __typename __schema { queryType { name } } things { ${aliases(10, "broken")} } }`,
  );
  expect([errors!.length, (data as { things: unknown[] }).things.length]).toEqual([2_000, 500]);
});

test("loads that nobody waits for any more, in a list that comes late, end no process", async () => {
  const { errors } = await subgraph.query(`{ things { ${aliases(5, "tags { name }")} } }`);
  expect(errors!.map(({ extensions }) => extensions["code"])).toEqual(["ANSWER_TOO_LARGE"]);
  // Rejections that nobody hears are told when the turn is over.
  await new Promise((resolve) => setImmediate(resolve));
  expect(unheard).toEqual([]);
});

test.each([
  ["compiled", ""],
  ["run by graphql-js", "__schema { queryType { name } }"],
])("nor do those of edges whose neighbours are refused, %s", async (_how, more) => {
  const { errors } = await subgraph.query(
    `{ ${more} ${aliases(700, "list { edges { node { name } cursor } }")} }`,
  );
  expect(errors!.map(({ extensions }) => extensions["code"])).toEqual(["ANSWER_TOO_LARGE"]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(unheard).toEqual([]);
});
