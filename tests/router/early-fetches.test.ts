import { UNLIMITED } from "@truc/contracts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  RegisterUnavailable,
  type SubgraphFetch,
} from "../../gateway/router/src/execute/subgraph-clients.ts";
import type { Supergraph } from "../../gateway/router/src/supergraph/supergraph.ts";
import { loadedSupergraph, readOperation } from "../harness/loaded-supergraph.ts";
import { StubFederation, stubAnswers, type StubSubgraph } from "../harness/stub-federation.ts";
import { throughStages, type StagedAnswer, type StagedCaller } from "../harness/through-stages.ts";

const LINK = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@external", "@shareable", "@composeDirective"])
  @link(url: "https://truc.vn/spec/access/v1.0", import: ["@subject"])
  @composeDirective(name: "@subject")
  directive @subject(path: String!) repeatable on OBJECT`;

/** People are looked up in one register, and have plots of land in another one. */
const WORLD: Record<string, StubSubgraph> = {
  people: {
    schema: `${LINK}
      type Query {
        citizen(id: ID!): Citizen  neighbour(id: ID!): Citizen!  byName(name: String!): Citizen  at(id: ID!, day: Int): Citizen
        citizens(id: ID!): [Citizen]  somebody(id: ID!): Somebody  shop(no: Int!, street: String!): Shop
      }
      type Mutation { move(id: ID!): Citizen }
      union Somebody = Citizen
      type Citizen @key(fields: "id") @subject(path: "id") { id: ID!  name: String  friend: Citizen }
      type Shop @key(fields: "no street") { no: Int!  street: String!  sign: String }
    `,
    resolvers: {
      "Query.citizen": (_: unknown, { id }: { id: string }) =>
        id === "nobody" ? null : { __typename: "Citizen", id: id === "old" ? "new" : id },
      "Query.neighbour": (_: unknown, { id }: { id: string }) => ({ __typename: "Citizen", id }),
      "Query.byName": { __typename: "Citizen", id: "an" },
      "Query.at": (_: unknown, { id }: { id: string }) => ({ __typename: "Citizen", id }),
      "Query.citizens": (_: unknown, { id }: { id: string }) => [{ __typename: "Citizen", id }],
      "Query.somebody": (_: unknown, { id }: { id: string }) => ({ __typename: "Citizen", id }),
      "Query.shop": (_: unknown, key: object) => ({ __typename: "Shop", ...key }),
      "Mutation.move": (_: unknown, { id }: { id: string }) => ({ __typename: "Citizen", id }),
      "Citizen.name": "An",
      "Citizen.friend": { __typename: "Citizen", id: "chi" },
      "Shop.sign": "Phở",
    },
  },
  land: {
    schema: `${LINK}
      type Citizen @key(fields: "id") @subject(path: "id") { id: ID!  name: String @external  plots: [Plot]  greeting: String @requires(fields: "name") }
      type Plot @subject(path: "heir.id") { area: Int  heir: Citizen }
      type Shop @key(fields: "no street") { no: Int!  street: String!  area: Int }
    `,
    resolvers: {
      "Citizen.plots": ({ id }: { id: string }) => [
        { area: 9, heir: { __typename: "Citizen", id: `heir of ${id}` } },
      ],
      "Citizen.greeting": ({ name }: { name: string }) => `Chào ${name}`,
      "Shop.area": 30,
    },
  },
};

let supergraph: Supergraph;
const answers = Object.fromEntries(
  Object.entries(WORLD).map(([name, stub]) => [name, stubAnswers(stub)]),
);
beforeAll(async () => {
  const schemas = Object.entries(WORLD).map(([name, { schema }]) => [name, schema]);
  supergraph = loadedSupergraph(Object.fromEntries(schemas));
});

interface Asking extends StagedCaller {
  readonly variables?: Record<string, unknown>;
  /** Instead of what a subgraph would answer. */
  readonly instead?: (subgraph: string) => unknown;
}

/** Asks, with `people` not answering before all has been asked that is asked without its answer: that is `early`. */
async function ask(
  query: string,
  { variables = {}, instead, ...caller }: Asking = {},
): Promise<StagedAnswer & { early: string[]; fetches: { subgraph: string; keys: unknown }[] }> {
  const fetches: { subgraph: string; keys: unknown }[] = [];
  let early: string[] = [];
  const fetch = async (subgraph: string, fetched: SubgraphFetch) => {
    const { query: text, variables: given } = fetched;
    fetches.push({ subgraph, keys: given["representations"] });
    if (subgraph === "people") {
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      if (early.length === 0) early = fetches.map((each) => each.subgraph);
    }
    const other = instead?.(subgraph);
    if (other instanceof Error) throw other;
    return (other ?? (await answers[subgraph]!(text, given))) as object;
  };
  const operation = readOperation(supergraph, query, variables);
  const staged = await throughStages(operation, new Set(), fetch, caller);
  return { ...staged, early, fetches };
}

const PLOTS = "plots { area }";
const QUERY = `query ($id: ID!) { citizen(id: $id) { name ${PLOTS} } }`;
const AN = { variables: { id: "an" } };
const FOUND = { data: { citizen: { name: "An", plots: [{ area: 9 }] } } };
const TOGETHER = ["people", "land"];
const subjectsIn = ({ subjects }: StagedAnswer) =>
  Object.fromEntries([...subjects.byType].map(([type, keys]) => [type, [...keys].toSorted()]));

describe("an entity whose key is the root field's argument is asked for at once", () => {
  test("where the caller has no limits", async () => {
    const asked = await ask(QUERY, AN);
    expect(asked.early).toEqual(TOGETHER);
    expect(asked.answer).toEqual(FOUND);
    expect(asked.fetches).toEqual([
      { subgraph: "people", keys: undefined },
      { subgraph: "land", keys: [{ __typename: "Citizen", id: "an" }] },
    ]);
    expect(subjectsIn(asked)).toEqual({ Citizen: ["an", "heir of an"] });
  });

  test.each([
    ["by a literal", `{ citizen(id: "an") { ${PLOTS} } }`],
    ["under an alias", `{ me: citizen(id: "an") { ${PLOTS} } }`],
    ["by a number that is an identifier", `{ citizen(id: 7) { ${PLOTS} } }`],
    ["which must be there", `{ neighbour(id: "an") { ${PLOTS} } }`],
    ["by a key of several fields", `{ shop(street: "Hàng Bài", no: 3) { area } }`],
    ["by a variable's default", `query ($id: ID! = "an") { citizen(id: $id) { ${PLOTS} } }`],
  ])("%s", async (_title, query) => {
    const { early, fetches, answer } = await ask(query);
    expect(early).toEqual(TOGETHER);
    expect(fetches).toHaveLength(2);
    expect(answer.errors).toBeUndefined();
  });

  test("each of several", async () => {
    const { early, answer } = await ask(
      `{ a: citizen(id: "an") { ${PLOTS} } b: citizen(id: "chi") { ${PLOTS} } }`,
    );
    expect(early).toEqual(["people", "land", "land"]);
    const one = { plots: [{ area: 9 }] };
    expect(answer).toEqual({ data: { a: one, b: one } });
  });

  test("what a caller limited to people asks of one of them", async () => {
    const limits = { ...UNLIMITED, subjects: "household" as const };
    const rights = { limits, pins: ["an", "chi"], self: "chi" };
    const family = await ask(QUERY, { ...AN, rights, people: "Citizen" });
    expect(family.early).toEqual(TOGETHER);
    expect(family.answer).toEqual(FOUND);
  });
});

describe("nothing is asked for before it is known to be needed", () => {
  const household = { ...UNLIMITED, subjects: "household" as const };
  test.each([
    ["provinces", { limits: { ...UNLIMITED, provinces: ["01"] } }, "Citizen"],
    [
      "provinces, whoever is signed in",
      { limits: { ...UNLIMITED, provinces: ["01"] }, self: "an" },
      "Citizen",
    ],
    ["other people", { limits: household, pins: ["chi"], self: "chi" }, "Citizen"],
    ["nobody", { limits: household, pins: [] }, "Citizen"],
    ["people of another kind", { limits: household, pins: ["an"] }, "Shop"],
    ["people of an unknown kind", { limits: household, pins: ["an"] }, undefined],
  ])("for a caller limited to %s", async (_title, rights, people) => {
    const limited = people === undefined ? { rights } : { rights, people };
    const { early, fetches, answer } = await ask(QUERY, { ...AN, ...limited });
    expect(early).toEqual(["people"]);
    expect(fetches.map(({ subgraph }) => subgraph)).toEqual(TOGETHER);
    expect(answer).toEqual(FOUND);
  });

  test.each([
    ["by what is no key", `{ byName(name: "an") { ${PLOTS} } }`],
    ["by more than a key", `{ at(id: "an", day: 2) { ${PLOTS} } }`],
    ["in a list", `{ citizens(id: "an") { ${PLOTS} } }`],
    ["of a type that it has to tell", `{ somebody(id: "an") { ... on Citizen { ${PLOTS} } } }`],
    ["farther on", `{ citizen(id: "an") { friend { ${PLOTS} } } }`],
    ["that needs more than its key", `{ citizen(id: "an") { greeting } }`],
    ["of a change", `mutation { move(id: "an") { ${PLOTS} } }`],
  ])("of what is looked up %s", async (_title, query) => {
    const { early, answer } = await ask(query);
    expect(early).toEqual(["people"]);
    expect(answer.errors).toBeUndefined();
  });
});

describe("what was asked for and is not wanted", () => {
  const failed = { errors: [{ message: "No.", extensions: { code: "ENTITY_INVALID" } }] };

  test("is in no answer, but was read", async () => {
    const none = await ask(QUERY, { variables: { id: "nobody" } });
    expect(none.early).toEqual(TOGETHER);
    expect(none.answer).toEqual({ data: { citizen: null } });
    expect(none.subjects.objects).toBe(2);
    expect(subjectsIn(none)).toEqual({ Citizen: ["heir of nobody", "nobody"] });
  });

  test("is not on record where there was nothing to read", async () => {
    for (const nothing of [
      { data: { _entities: [null] } },
      failed,
      new RegisterUnavailable("", { retry: true }),
    ]) {
      const none = await ask(QUERY, {
        variables: { id: "nobody" },
        instead: (subgraph) => (subgraph === "land" ? nothing : undefined),
      });
      expect(none.answer).toEqual({ data: { citizen: null } });
      expect(subjectsIn(none)).toEqual({});
    }
  });

  test("is asked for again where the look-up gives another one", async () => {
    const other = await ask(QUERY, { variables: { id: "old" } });
    expect(other.answer).toEqual(FOUND);
    expect(other.fetches.flatMap(({ keys }) => keys ?? [])).toEqual([
      { __typename: "Citizen", id: "old" },
      { __typename: "Citizen", id: "new" },
    ]);
    expect(subjectsIn(other)).toEqual({ Citizen: ["heir of new", "heir of old", "new", "old"] });
  });

  test("has been read where the look-up fails", async () => {
    const asked = await ask(QUERY, {
      ...AN,
      instead: (subgraph) =>
        subgraph === "people" ? new RegisterUnavailable("", { retry: true }) : undefined,
    });
    expect(asked.answer.data).toEqual({ citizen: null });
    expect(asked.answer.errors?.map(({ path }) => path)).toEqual([["citizen"]]);
    expect(subjectsIn(asked)).toEqual({ Citizen: ["an", "heir of an"] });
  });

  test("its errors are shown where it is wanted, and there alone", async () => {
    const instead = (subgraph: string): unknown => (subgraph === "land" ? failed : undefined);
    const wanted = await ask(QUERY, { ...AN, instead });
    expect(wanted.answer.data).toEqual({ citizen: { name: "An", plots: null } });
    expect(wanted.answer.errors?.map(({ path, message }) => ({ path, message }))).toEqual([
      { path: ["citizen", "plots"], message: "No." },
    ]);
  });
});

describe("over HTTP", () => {
  let federation: StubFederation;
  beforeAll(async () => void (federation = await StubFederation.start(WORLD)));
  afterAll(async () => await federation.stop());

  test("the record says what was asked of whom, and of whose data", async () => {
    const { router, fetches } = federation;
    const release = federation.hold();
    const asking = router.ask(QUERY, { variables: { id: "nobody" } });
    // Neither has been answered.
    await vi.waitFor(() => expect(fetches).toHaveLength(2), 10_000);
    release();
    expect((await asking).body).toEqual({ data: { citizen: null } });
    expect(router.records().at(-1)).toMatchObject({
      outcome: "answered",
      asked: { people: 1, land: 1 },
      failed: undefined,
      objects: 2,
      subjects: { Citizen: [expect.any(String), expect.any(String)] },
    });
  });
});
