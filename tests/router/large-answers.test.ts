import Fastify, { type FastifyInstance } from "fastify";
import { getIntrospectionQuery } from "graphql";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { composeSupergraph, TestRouter, type GraphqlAnswer } from "../harness/test-router.ts";

const SCHEMA = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@requiresScopes", "@listSize"])
  type Query {
    things(ids: [ID!]!): [Thing]! @listSize(assumedSize: 500)
    found(first: Int! = 20): [Thing] @listSize(slicingArguments: ["first"])
  }
  type Thing { id: ID! name: String secret: String @requiresScopes(scopes: [["s"]]) }
`;
const aliases = (count: number, field: string): string =>
  Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(" ");
const ids = (count: number): string[] => Array.from({ length: count }, () => "1");
const lookUp = (fields: string): string =>
  `query ($ids: [ID!]!) { things(ids: $ids) { ${fields} } }`;

let subgraph: FastifyInstance;
let supergraph: string;
let router: TestRouter;
let asked = 0;

beforeAll(async () => {
  subgraph = Fastify();
  subgraph.post("/graphql", async () => {
    asked += 1;
    return { data: { things: [{ __typename: "Thing", id: "1", name: "a" }], found: [] } };
  });
  const url = `${await subgraph.listen({ port: 0, host: "127.0.0.1" })}/graphql`;
  supergraph = composeSupergraph([{ name: "only", url, schema: SCHEMA }]);
  router = await TestRouter.start(supergraph);
});
afterAll(async () => {
  await router.stop();
  await subgraph.close();
});
beforeEach(() => {
  asked = 0;
});

const verdict = ({ status, body }: GraphqlAnswer): unknown =>
  body.errors?.[0]?.extensions["code"] ?? status;

test("a small request for a large answer is refused before anything is fetched", async () => {
  const before = router.records().length;
  const refused = await router.ask(lookUp(aliases(1_500, "name")), {
    variables: { ids: ids(500) },
  });
  expect(refused.status).toBe(400);
  expect(refused.body).toEqual({
    errors: [
      {
        message: "The operation may bring more values than one answer holds: ask for less at once.",
        extensions: {
          code: "ADMIT_ANSWER_TOO_LARGE",
          values: 750_500,
          maxValues: 200_000,
          requestId: refused.headers.get("x-request-id"),
        },
      },
    ],
  });
  expect(asked).toBe(0);
  // It is counted instead.
  expect(router.records()).toHaveLength(before);
});

describe("counted are", () => {
  test.each([
    ["types' names", lookUp(aliases(400, "__typename")), ids(500)],
    ["refused fields, which come back as nulls", lookUp(`id ${aliases(400, "secret")}`), ids(500)],
    [
      "objects of which nothing is wanted",
      `{ ${aliases(500, "found(first: 1000) { id @skip(if: true) }")} }`,
      [],
    ],
  ])("%s", async (_case, query, keys) => {
    const answer = await router.ask(query, keys.length > 0 ? { variables: { ids: keys } } : {});
    expect(verdict(answer)).toBe("ADMIT_ANSWER_TOO_LARGE");
    expect(asked).toBe(0);
  });
});

describe("not refused is", () => {
  test.each([
    ["much of a few", lookUp(aliases(1_500, "name")), ids(2)],
    ["little of many", lookUp("id name"), ids(500)],
    ["a look at the whole schema", getIntrospectionQuery(), []],
  ])("%s", async (_case, query, keys) => {
    const answer = await router.ask(query, keys.length > 0 ? { variables: { ids: keys } } : {});
    expect(verdict(answer)).toBe(200);
  });
});

test("the bound is a setting, and what just fits it is answered", async () => {
  const small = await TestRouter.start(supergraph, { MAX_VALUES: "1000" });
  const ask = async (count: number): Promise<unknown> =>
    verdict(await small.ask(lookUp("id"), { variables: { ids: ids(count) } }));
  expect([await ask(500), await ask(499)]).toEqual([200, 200]);
  const query = lookUp("id name");
  expect(verdict(await small.ask(query, { variables: { ids: ids(334) } }))).toBe(
    "ADMIT_ANSWER_TOO_LARGE",
  );
  expect(verdict(await small.ask(query, { variables: { ids: ids(333) } }))).toBe(200);
  const names = `{ __schema { types { fields { ${aliases(100, "name")} } } } }`;
  expect(verdict(await small.ask(names))).toBe("ADMIT_ANSWER_TOO_LARGE");
  expect(verdict(await small.ask("{ __schema { types { name } } }"))).toBe(200);
  await small.stop();
});
