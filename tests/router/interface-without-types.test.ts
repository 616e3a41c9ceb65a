import { afterAll, beforeAll, expect, test } from "vitest";
import { StubFederation } from "../harness/stub-federation.ts";

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requiresScopes", "@interfaceObject"])';
let federation: StubFederation;

/** An interface of which there is no type yet: one register promises things of it, the other has them as objects. */
beforeAll(async () => {
  federation = await StubFederation.start({
    promises: {
      schema: `${LINK} type Query { promised: Thing promises: Int }
        interface Thing @key(fields: "id") { id: ID! }`,
      resolvers: { "Query.promised": { __typename: "Thing", id: "t1" }, "Query.promises": 1 },
    },
    things: {
      schema: `${LINK} type Query { thing: Thing things: [Thing!] }
        type Thing @key(fields: "id", resolvable: false) @interfaceObject {
          id: ID! size: Int secret: Int @requiresScopes(scopes: [["secrets"]]) next: Thing }`,
      resolvers: {
        "Query.thing": { __typename: "Thing", id: "t1" },
        "Query.things": [
          { __typename: "Thing", id: "t1" },
          { __typename: "Thing", id: "t2" },
        ],
        "Thing.size": 7,
        "Thing.secret": 8,
        "Thing.next": { __typename: "Thing", id: "t2" },
      },
    },
  });
});
afterAll(async () => {
  await federation?.stop();
});

test.each([
  ["{ thing { id size } }", { thing: { id: "t1", size: 7 } }],
  ["{ thing { id } }", { thing: { id: "t1" } }],
  [
    "{ things { is: __typename next { id } ... on Thing { size } } }",
    {
      things: [
        { is: "Thing", next: { id: "t2" }, size: 7 },
        { is: "Thing", next: { id: "t2" }, size: 7 },
      ],
    },
  ],
  ['{ __type(name: "Thing") { kind } promises }', { __type: { kind: "OBJECT" }, promises: 1 }],
])("a register that has it as an object is believed: %s", async (query, data) => {
  expect((await federation.router.ask(query)).body).toEqual({ data });
});

test.each([
  ["{ promised { id } promises }", 200, { promised: null, promises: 1 }, "SUBGRAPH_ERROR"],
  // What the others know of it cannot be found by anything.
  ["{ promised { size } promises }", 500, undefined, "PLAN_FAILED"],
])(
  "of a register that has it as an interface no such object can come: %s",
  async (query, status, data, code) => {
    const answer = await federation.router.ask(query);
    expect(answer.status).toBe(status);
    expect(answer.body.data).toEqual(data);
    expect(answer.body.errors).toMatchObject([{ extensions: { code } }]);
  },
);

test("what is guarded stays so", async () => {
  const ask = async (scopes: string[]) =>
    (await federation.router.ask("{ thing { id secret } }", { scopes })).body;
  expect((await ask(["secrets"])).data).toEqual({ thing: { id: "t1", secret: 8 } });
  const { data, errors } = await ask([]);
  expect(data).toEqual({ thing: { id: "t1", secret: null } });
  expect(errors).toMatchObject([
    { path: ["thing", "secret"], extensions: { code: "UNAUTHORIZED_FIELD_OR_TYPE" } },
  ]);
});
