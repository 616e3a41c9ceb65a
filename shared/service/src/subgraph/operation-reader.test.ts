import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Database } from "../database/open-database.ts";
import {
  createTestDatabase,
  databaseServers,
  startSubgraph,
  type TestDatabase,
  type TestSubgraph,
} from "../testing/index.ts";
import { AskedFields } from "./asked-fields.ts";
import { KeyLoader } from "./key-loader.ts";
import { defineLoader, LoaderSet } from "./loader.ts";
import { OperationReader } from "./operation-reader.ts";
import { library, readerId } from "./sample/library.ts";

const REFUSED =
  "The answer would be larger than a register gives at once: ask for less, or page by page.";

describe("an operation's share", () => {
  const nothing = defineLoader<number, null>({
    name: "nothing",
    missing: null,
    batch: async () => new Map(),
  });
  const crowd = defineLoader<number, number[]>({
    name: "crowd",
    missing: [],
    batch: async (_db, keys) => new Map(keys.map((key) => [key, Array(15_000).fill(key)])),
  });
  const reader = () => new OperationReader(new LoaderSet({} as Database, new AskedFields([])));

  it("ends with the keys it asks for, though none be found", async () => {
    const operation = reader();
    const loads = Array.from({ length: 60_000 }, (_, n) =>
      operation.load(nothing, n % 500, undefined),
    );
    expect(new Set(await Promise.all(loads))).toEqual(new Set([null]));
    expect(operation.refusal).toBeUndefined();
    await expect(operation.load(nothing, 1, undefined)).rejects.toThrow(REFUSED);
    await operation.spent;
  });

  it("ends with the rows it is given, by loaders and by its own statements alike", async () => {
    const operation = reader();
    await operation.load(crowd, 1, undefined);
    operation.own.rows(15_000);
    expect(operation.refusal).toBeUndefined();
    operation.own.rows(1);
    expect(operation.use.rows).toBe(30_001);
    await expect(operation.load(nothing, 1, undefined)).rejects.toThrow(REFUSED);
    expect(() => operation.own.sending?.()).toThrow(REFUSED);
  });

  it("ends with the statements it makes itself", () => {
    const operation = reader();
    for (let n = 0; n < 300; n++) operation.own.prepared?.();
    expect(() => operation.own.prepared?.()).toThrow(REFUSED);
  });

  it("is refused by one error, which graphql-js passes on as it is", async () => {
    const operation = reader();
    operation.own.rows(30_001);
    const errors = await Promise.all(
      [1, 2].map((key) => operation.load(nothing, key, undefined).catch((error: unknown) => error)),
    );
    expect(errors[0]).toBe(errors[1]);
    expect(errors[0]).toBe(operation.refusal);
    expect(operation.refusal?.path).toEqual([]);
  });
});

describe.each(databaseServers())("a subgraph on $dialect", (server) => {
  let database: TestDatabase;
  let subgraph: TestSubgraph;
  beforeAll(async () => {
    database = await createTestDatabase(server);
    subgraph = await startSubgraph(library, database.url);
  });
  afterAll(async () => {
    await subgraph?.stop();
    await database?.drop();
  });
  afterEach(() => void vi.restoreAllMocks());

  const aliases = (field: string) =>
    Array.from({ length: 499 }, (_, n) => `f${n}: ${field}`).join(" ");
  const tooLarge = {
    data: null,
    errors: [{ message: REFUSED, extensions: { code: "ANSWER_TOO_LARGE" } }],
  };

  it("stops at a batch of 500 keys under 499 names, and answers its neighbour", async () => {
    const load = vi.spyOn(KeyLoader.prototype, "load");
    const extensions = { permit: await subgraph.permit() };
    const response = await subgraph.post([
      {
        query: `query($ids: [PersonalIdentificationNumber!]!) { ${aliases("readers(ids: $ids) { member }")} }`,
        variables: { ids: Array.from({ length: 500 }, (_, n) => readerId(n)) },
        extensions,
      },
      { query: `{ reader(id: "${readerId(0)}") { member } }`, extensions },
    ]);
    expect(await response.json()).toEqual([tooLarge, { data: { reader: null } }]);
    expect(load.mock.calls.length).toBeLessThanOrEqual(60_001);
    expect(subgraph.statements).toBeLessThanOrEqual(1);
  });

  it("makes no statement of a search under 499 names", async () => {
    const search = 'search(filter: {born: "1990-02-28"}) { nodes { member } }';
    expect(await subgraph.query(`{ ${aliases(search)} }`)).toEqual(tooLarge);
    expect(subgraph.statements).toBe(0);
    const one = await subgraph.query(`{ ${search} }`);
    expect(one).toEqual({ data: { search: { nodes: [] } } });
  });
});
