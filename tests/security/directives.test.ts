import { afterEach, describe, expect, test } from "vitest";
import { StubFederation, type StubSubgraph } from "../harness/stub-federation.ts";

const FEDERATION = "https://specs.apollo.dev/federation/v2.9";
let federation: StubFederation | undefined;
afterEach(async () => {
  await federation?.stop();
  federation = undefined;
});

async function answerOf(subgraphs: Record<string, StubSubgraph>, query: string, scopes: string[]) {
  federation = await StubFederation.start(subgraphs);
  const { status, body } = await federation.router.ask(query, { scopes });
  expect(status).toBe(200);
  return {
    data: body.data,
    paths: body.errors?.map(({ path }) => path),
    fetches: federation.fetches,
  };
}

const one = (link: string, guard: string): Record<string, StubSubgraph> => ({
  only: {
    schema: `extend schema ${link} type Query { open: Int  secret: Int ${guard} }`,
    resolvers: { "Query.open": 1, "Query.secret": 2 },
  },
});

describe("a rule by whatever name", () => {
  test.each([
    [
      "CVE-2025-64347: renamed by its import",
      `@link(url: "${FEDERATION}", import: [{ name: "@requiresScopes", as: "@needs" }])`,
      '@needs(scopes: [["s"]])',
    ],
    [
      "CVE-2025-64347: under a namespace of the subgraph's own",
      `@link(url: "${FEDERATION}", as: "fed")`,
      '@fed__requiresScopes(scopes: [["s"]])',
    ],
    [
      "CVE-2025-64347: not imported at all",
      `@link(url: "${FEDERATION}")`,
      '@federation__requiresScopes(scopes: [["s"]])',
    ],
    [
      "CVE-2025-64347: a policy, renamed, which no token satisfies",
      `@link(url: "${FEDERATION}", import: [{ name: "@policy", as: "@rule" }])`,
      '@rule(policies: [["p"]])',
    ],
  ])("%s", async (_title, link, guard) => {
    const { data, paths, fetches } = await answerOf(one(link, guard), "{ open secret }", []);
    expect(data).toEqual({ open: 1, secret: null });
    expect(paths).toEqual([["secret"]]);
    expect(fetches.filter(({ query }) => query.includes("secret"))).toEqual([]);
  });
});

describe("rules of two subgraphs on one field", () => {
  const side = (scope: string): StubSubgraph => ({
    schema: `extend schema @link(url: "${FEDERATION}", import: ["@key", "@shareable", "@requiresScopes"])
      type Query { thing: Thing @shareable }
      type Thing @key(fields: "id") { id: ID!  value: Int @shareable @requiresScopes(scopes: [["${scope}"]]) }`,
    resolvers: { "Query.thing": () => ({ __typename: "Thing", id: "1" }), "Thing.value": 5 },
  });

  test.each([
    [["a"], null],
    [["b"], null],
    [["a", "b"], 5],
  ])("federation 3321: both must be satisfied (%s)", async (scopes, value) => {
    const subgraphs = { first: side("a"), second: side("b") };
    const { data } = await answerOf(subgraphs, "{ thing { id value } }", scopes);
    expect(data).toEqual({ thing: { id: "1", value } });
  });
});

describe("an interface object", () => {
  const BOOK = { __typename: "Book", id: "1", title: "Truyện Kiều" };
  const SUBGRAPHS: Record<string, StubSubgraph> = {
    media: {
      schema: `extend schema @link(url: "${FEDERATION}", import: ["@key", "@requiresScopes"])
        type Query { item: Media }
        interface Media @key(fields: "id") { id: ID!  title: String }
        type Book implements Media @key(fields: "id") { id: ID!  title: String @requiresScopes(scopes: [["titles"]]) }
        type Film implements Media @key(fields: "id") { id: ID!  title: String }`,
      resolvers: { "Query.item": () => BOOK },
      entity: () => BOOK,
    },
    reviews: {
      schema: `extend schema @link(url: "${FEDERATION}", import: ["@key", "@interfaceObject"])
        type Query { reviewed: Media }
        type Media @key(fields: "id") @interfaceObject { id: ID!  stars: Int }`,
      resolvers: {
        "Query.reviewed": () => ({ __typename: "Media", id: "1" }),
        "Media.stars": 4,
      },
    },
  };

  test("@interfaceObject: what comes through it is judged by the implementers all the same", async () => {
    const query = "{ reviewed { stars title } item { stars ... on Book { title } } }";
    const { data, paths, fetches } = await answerOf(SUBGRAPHS, query, []);
    expect(data).toEqual({ reviewed: { stars: 4, title: null }, item: { stars: 4, title: null } });
    expect(paths).toEqual([
      ["reviewed", "title"],
      ["item", "title"],
    ]);
    expect(fetches.filter((fetch) => fetch.query.includes("title"))).toEqual([]);
  });

  test("@interfaceObject: with the scope it is answered", async () => {
    const { data } = await answerOf(SUBGRAPHS, "{ reviewed { stars title } }", ["titles"]);
    expect(data).toEqual({ reviewed: { stars: 4, title: "Truyện Kiều" } });
  });
});
