import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { StubFederation } from "../harness/stub-federation.ts";

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';

/** What was done, in the order in which it was finished. */
const done: string[] = [];
const act =
  (name: string) =>
  async (_: unknown, { n }: { n: number }): Promise<object> => {
    // Whoever began them together would finish them the other way round.
    for (let turns = 50 - n * 10; turns > 0; turns--) await new Promise(setImmediate);
    done.push(`${name} ${n}`);
    return { __typename: "Box", id: `${name}${n}` };
  };
let federation: StubFederation;

beforeAll(async () => {
  const box = `type Box @key(fields: "id") { id: ID!`;
  federation = await StubFederation.start({
    left: {
      schema: `${LINK} type Query { left: Int } type Mutation { left(n: Int!): Box leftFails(n: Int!): Box leftMust(n: Int!): Box! } ${box} }`,
      resolvers: {
        "Mutation.left": act("left"),
        "Mutation.leftFails": () => {
          throw new Error("it failed");
        },
        "Mutation.leftMust": () => null,
      },
    },
    right: {
      schema: `${LINK} type Query { right: Int } type Mutation { right(n: Int!): Box } ${box} size: Int }`,
      resolvers: {
        "Mutation.right": act("right"),
        "Box.size": ({ id }: { id: string }) => {
          done.push(`size of ${id}`);
          return done.length;
        },
      },
    },
  });
});
afterAll(async () => await federation?.stop());
beforeEach(() => void (done.length = 0));

test("mutations of several registers are done one after the other, in the order of the operation", async () => {
  const { body } = await federation.router.ask(
    "mutation { a: left(n: 1) { id } b: right(n: 2) { id } c: left(n: 3) { id } d: left(n: 4) { id } e: right(n: 5) { id } }",
  );
  expect(done).toEqual(["left 1", "right 2", "left 3", "left 4", "right 5"]);
  expect(JSON.stringify(body)).toBe(
    '{"data":{"a":{"id":"left1"},"b":{"id":"right2"},"c":{"id":"left3"},"d":{"id":"left4"},"e":{"id":"right5"}}}',
  );
});

test("what one gives is fetched from elsewhere without the others being done again", async () => {
  const { body } = await federation.router.ask(
    "mutation { a: left(n: 1) { size } b: left(n: 2) { id } c: right(n: 3) { size } }",
  );
  expect(done.filter((each) => !each.startsWith("size"))).toEqual(["left 1", "left 2", "right 3"]);
  expect(done.indexOf("right 3")).toBeLessThan(done.indexOf("size of right3"));
  expect(body.data).toMatchObject({ b: { id: "left2" } });
  expect(body.errors).toBeUndefined();
});

test("one that fails keeps none of the later ones from being done", async () => {
  const { body } = await federation.router.ask(
    "mutation { a: right(n: 1) { id } b: leftFails(n: 2) { id } c: right(n: 3) { id } }",
  );
  expect(done).toEqual(["right 1", "right 3"]);
  expect(body.data).toEqual({ a: { id: "right1" }, b: null, c: { id: "right3" } });
  expect(body.errors?.map(({ path }) => path)).toEqual([["b"]]);
});
