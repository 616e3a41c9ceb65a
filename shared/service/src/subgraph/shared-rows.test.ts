import { type Limits, UNLIMITED } from "@truc/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../database/open-database.ts";
import {
  createTestDatabase,
  databaseServers,
  startSubgraph,
  type TestDatabase,
  type TestPermit,
  type TestSubgraph,
} from "../testing/index.ts";
import { fillLibrary, library, readerId } from "./sample/library.ts";

// Of the library's readers those with an even number live in province 01, the others in 48.
const HANOI = readerId(2);
const HUE = readerId(3);
const NONE = readerId(99);

const limits = (more: Partial<Limits>): Limits => ({ ...UNLIMITED, linked: 0, ...more });
const ENTITY = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Reader { id } } }";
const LOAN =
  "query($r: [_Any!]!) { _entities(representations: $r) { ... on Reader { loans(first: 1) { reader { id } } } } }";
const LOOK_UP = "query($id: PersonalIdentificationNumber!) { reader(id: $id) { id } }";

describe.each(databaseServers())("rows on $dialect", (server) => {
  let database: TestDatabase;
  let subgraph: TestSubgraph;

  beforeAll(async () => {
    database = await createTestDatabase(server);
    subgraph = await startSubgraph(library, database.url);
    const db = openDatabase(database.url);
    await fillLibrary(db);
    await db.close();
  });
  afterAll(async () => {
    await subgraph?.stop();
    await database?.drop();
  });

  type Item = [query: string, variables: object, claims: TestPermit];

  /** The ids that each operation of one batch was given. */
  async function batch(...items: Item[]): Promise<unknown[]> {
    const response = await subgraph.post(
      await Promise.all(
        items.map(async ([query, variables, claims]) => ({
          query,
          variables,
          extensions: { permit: await subgraph.permit(claims) },
        })),
      ),
    );
    const answers = (await response.json()) as { data?: any; errors?: unknown }[];
    return answers.map(({ data, errors }) => {
      expect(errors).toBeUndefined();
      const [entity] = data._entities ?? [data.reader];
      return entity?.loans ? (entity.loans[0]?.reader?.id ?? null) : (entity?.id ?? null);
    });
  }
  const look = (id: string, claims: TestPermit): Item => [LOOK_UP, { id }, claims];
  const entity = (id: string, claims: TestPermit, query = ENTITY): Item => [
    query,
    { r: [{ __typename: "Reader", id }] },
    claims,
  ];

  it("are read by one statement for callers of equal limits, in whatever order their permits name them", async () => {
    const claims = (provinces: string[], pins: string[]): TestPermit => ({
      limits: limits({ provinces, subjects: "household" }),
      pins,
      self: pins[0]!,
    });
    expect(
      await batch(
        look(HANOI, claims(["01", "48"], [HANOI, HUE])),
        look(HUE, claims(["48", "01"], [HUE, HANOI])),
        look(NONE, { ...claims(["48", "01"], [HUE, HANOI]), scopes: ["library:reader"] }),
      ),
    ).toEqual([HANOI, HUE, null]);
    expect(subgraph.statements).toBe(1);
  });

  it("are never shared by callers of different limits", async () => {
    expect(
      await batch(
        look(HANOI, { limits: limits({ provinces: ["01"] }) }),
        look(HANOI, { limits: limits({ provinces: ["48"] }) }),
        look(HANOI, { limits: limits({ provinces: [] }) }),
        look(HANOI, { limits: limits({}) }),
        look(HANOI, { limits: limits({ subjects: "self" }), pins: [HANOI] }),
        look(HANOI, { limits: limits({ subjects: "self" }), pins: [HUE] }),
        look(HANOI, { limits: limits({ subjects: "self" }) }),
        look(HANOI, { limits: limits({ subjects: "self", provinces: ["48"] }), pins: [HANOI] }),
        look(HANOI, { limits: limits({ subjects: "self", provinces: ["01"] }), pins: [HANOI] }),
      ),
    ).toEqual([HANOI, null, null, HANOI, HANOI, null, null, null, HANOI]);
    expect(subgraph.statements).toBe(9);
  });

  it("are read by one statement where different limits come to the same at their distances", async () => {
    const away: TestPermit = { distance: 1 };
    expect(
      await batch(
        entity(HUE, { ...away, limits: limits({ provinces: ["01"], linked: 1 }) }),
        entity(HUE, { ...away, limits: limits({ subjects: "self", linked: 2 }), pins: [HANOI] }),
        look(HUE, { limits: UNLIMITED }),
      ),
    ).toEqual([HUE, HUE, HUE]);
    expect(subgraph.statements).toBe(1);
  });

  it("are judged by the limits at distance 0, and by linked from 1 to its end", async () => {
    const at = (distance: number, linked: number): Item =>
      entity(HUE, { distance, limits: limits({ provinces: ["01"], linked }) });
    expect(
      await batch(at(0, 0), at(0, 3), at(1, 0), at(1, 1), at(2, 1), at(2, 2), at(3, 3), at(4, 3)),
    ).toEqual([null, null, null, HUE, null, HUE, HUE, null]);
  });

  it("keep a covered row visible beyond linked", async () => {
    const claims = { distance: 3, limits: limits({ provinces: ["48"], linked: 1 }) };
    expect(await batch(entity(HUE, claims), entity(HANOI, claims))).toEqual([HUE, null]);
  });

  it("are counted on from the permit's distance inside of the subgraph", async () => {
    const covered = (linked: number): TestPermit => ({
      limits: limits({ provinces: ["48"], linked }),
    });
    expect(
      await batch(
        entity(HUE, { ...covered(0), distance: 0 }, LOAN),
        entity(HUE, { ...covered(1), distance: 1 }, LOAN),
      ),
    ).toEqual([HUE, HUE]);
    const foreign = (distance: number, linked: number): Item =>
      entity(HUE, { distance, limits: limits({ provinces: ["01"], linked }) }, LOAN);
    expect(await batch(foreign(1, 1), foreign(1, 2), foreign(2, 3), foreign(3, 3))).toEqual([
      null,
      HUE,
      HUE,
      null,
    ]);
  });

  it("are left out of searches, and of what follows a cursor", async () => {
    const search = (after: string | null, claims: TestPermit) =>
      subgraph.query(
        'query($after: String) { search(filter: {born: "1990-02-28"}, first: 20, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }',
        { variables: { after }, ...claims },
      );
    const hanoi = { limits: limits({ provinces: ["01"] }) };
    const first = await search(null, hanoi);
    const second = await search(first.data.search.pageInfo.endCursor, hanoi);
    const found = [...first.data.search.nodes, ...second.data.search.nodes].map(({ id }) => id);
    expect(new Set(found)).toEqual(new Set(Array.from({ length: 30 }, (_, n) => readerId(n * 2))));
    expect(found).toHaveLength(30);
    expect(second.data.search.pageInfo.hasNextPage).toBe(false);
    const refused = await search(null, { limits: limits({ search: false }) });
    expect(refused.data).toEqual({ search: null });
    expect(refused.errors?.map(({ extensions }) => extensions["code"])).toEqual([
      "SEARCH_NOT_GRANTED",
    ]);
  });
});
