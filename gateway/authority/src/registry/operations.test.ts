import { databaseServers } from "@truc/service/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { tablesOf } from "../tables.ts";
import { amendGrant } from "./amend-grant.ts";
import { type ApiSchema, toOperationSchema } from "./api-schema.ts";
import { approveScopes } from "./decide-scopes.ts";
import { revokeGrant } from "./end-grant.ts";
import { approveOperation, registerOperation, rejectOperation } from "./operations.ts";
import { registrySnapshot } from "./snapshot.ts";
import { hashOf, operation } from "./test-refusals.ts";
import { askFor, by, startTestRegistry, type TestRegistry } from "./test-registry.ts";

const schemaOf = (citizen: string): ApiSchema => {
  const schema = toOperationSchema(`
    directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION | OBJECT
    type Query { citizen(id: ID!): Citizen plot(id: ID!): Plot version: String }
    type Citizen { ${citizen} }
    type Plot { area: Int @requiresScopes(scopes: [["land:plot"]]) }
  `);
  return async () => schema;
};
const SCHEMA = schemaOf(`fullName: String @requiresScopes(scopes: [["people:name"]]) height: Int`);
/** The same on a later day: something that was open to all callers has become the people office's. */
const STRICTER = schemaOf(
  `fullName: String height: Int @requiresScopes(scopes: [["people:name"]])`,
);

const NAME = "query Name($id: ID!) { citizen(id: $id) { fullName } }";
const HEIGHT = "query Height($id: ID!) { citizen(id: $id) { height } }";
const BOTH = "query Both($id: ID!) { citizen(id: $id) { fullName } plot(id: $id) { area } }";
const VERSION = "{ version }";

describe.each(databaseServers())("a registered operation on $dialect", (server) => {
  let registry: TestRegistry;
  /** Holds `people:name` and `land:plot`. */
  let grant: string;
  beforeAll(async () => {
    registry = await startTestRegistry(server);
    for (const text of [NAME, HEIGHT, BOTH, VERSION])
      await registerOperation(
        registry.db,
        by("clerk"),
        operation({ text, hash: hashOf(text), name: text.slice(0, 20) }),
        SCHEMA,
      );
  });
  afterAll(() => registry.close());
  beforeEach(async () => {
    if (grant !== undefined) await revokeGrant(registry.db, by("op"), grant);
    grant = await askFor(registry);
    const request = { grant, request: grant };
    await approveScopes(registry.db, by("head-people"), { ...request, scopes: ["people:name"] });
    await approveScopes(registry.db, by("head-land"), { ...request, scopes: ["land:plot"] });
  });

  const approve = async (person: string, text: string, schema = SCHEMA) =>
    await approveOperation(registry.db, by(person), { grant, hash: hashOf(text) }, schema);
  const reject = async (person: string, text: string) =>
    await rejectOperation(registry.db, by(person), { grant, hash: hashOf(text) });
  /** What routers are told that the grant may use. */
  const counting = async (): Promise<string[]> => {
    const { grants, operations } = await registrySnapshot(registry.db);
    const { registered } = grants.find(({ id }) => id === grant)!;
    const texts = new Map(operations.map(({ hash, text }) => [hash, text]));
    return registered.map((hash) => texts.get(hash)!).toSorted();
  };

  test("over another owner's data is not opened by one owner alone", async () => {
    await approve("head-land", NAME);
    expect(await counting()).toEqual([]);
    expect((await registrySnapshot(registry.db)).operations).toEqual([]);
    const [line] = await registry.lines(1);
    expect(line!.new).toMatchObject({
      decisions: { "land-office": "approved" },
      needs: ["people-office"],
    });
    await approve("head-people", NAME);
    expect(await counting()).toEqual([NAME]);
  });

  test("over the data of two owners needs both", async () => {
    await approve("head-land", BOTH);
    expect(await counting()).toEqual([]);
    await approve("head-people", BOTH);
    expect(await counting()).toEqual([BOTH]);
  });

  test("that its data's owner has approved needs nobody else, and any owner of the grant may close it", async () => {
    await approve("head-people", NAME);
    expect(await counting()).toEqual([NAME]);
    await reject("head-land", NAME);
    expect(await counting()).toEqual([]);
  });

  test("that reads nothing guarded needs one owner of the grant", async () => {
    expect(await counting()).toEqual([]);
    await approve("head-land", VERSION);
    expect(await counting()).toEqual([VERSION]);
  });

  test("is not held open or closed by an owner who holds no scope of the grant any more", async () => {
    await approve("head-people", VERSION);
    await approve("head-land", BOTH);
    await reject("head-people", BOTH);
    await amendGrant(registry.db, by("head-people"), { grant, scopes: ["land:plot"] });
    expect(await counting()).toEqual([BOTH]);
  });

  test("over data that its grant has gained since waits for that data's owner", async () => {
    await amendGrant(registry.db, by("clerk"), { grant, scopes: ["land:plot"] });
    await approve("head-land", BOTH);
    expect(await counting()).toEqual([BOTH]);
    await askFor(registry, { scopes: ["people:name"] });
    const { id } = await tablesOf(registry.db)
      .selectFrom("amendment")
      .select("id")
      .where("open", "=", 1)
      .executeTakeFirstOrThrow();
    await approveScopes(registry.db, by("head-people"), {
      grant,
      request: id,
      scopes: ["people:name"],
    });
    expect(await counting()).toEqual([]);
    await approve("head-people", BOTH);
    expect(await counting()).toEqual([BOTH]);
  });

  test("is looked at again when it is decided: what has become guarded needs its owner", async () => {
    await approve("head-land", HEIGHT);
    expect(await counting()).toEqual([HEIGHT]);
    await approve("head-land", HEIGHT, STRICTER);
    expect(await counting()).toEqual([]);
    await approve("head-people", HEIGHT, STRICTER);
    expect(await counting()).toEqual([HEIGHT]);
  });

  test("of before its rules were kept needs every owner of the grant", async () => {
    await approve("head-people", NAME);
    await tablesOf(registry.db)
      .updateTable("registered_operation")
      .set({ rules: null })
      .where("hash", "=", hashOf(NAME))
      .execute();
    expect(await counting()).toEqual([]);
    await approve("head-people", NAME);
    expect(await counting()).toEqual([NAME]);
  });
});
