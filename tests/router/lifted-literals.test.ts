import { ApolloServer } from "@apollo/server";
import { afterAll, beforeAll, beforeEach, expect, test, vi, type MockInstance } from "vitest";
import { rawExchange, type RawAnswer } from "../harness/raw-exchange.ts";
import { StubFederation } from "../harness/stub-federation.ts";

const SCHEMA = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requiresScopes"])
  enum Colour { RED GREEN }
  input Span { from: Int! to: Int = 9 colour: Colour names: [String!] }
  type Thing @key(fields: "id") { id: ID! name: String said(text: String!): String secret(of: String): Int @requiresScopes(scopes: [["s"]]) }
  type Query {
    thing(id: ID!): Thing
    things(ids: [ID!]!): [Thing]
    given(n: Int, id: ID, s: String, list: [String!], span: Span): String
  }
  type Mutation { set(to: String!): Int }
`;

let changes = 0;
const thing = (id: string) => (id === "gone" ? null : { __typename: "Thing", id });
const RESOLVERS = {
  "Query.thing": (_: unknown, { id }: { id: string }) => thing(id),
  "Query.things": (_: unknown, { ids }: { ids: string[] }) => ids.map(thing),
  "Query.given": (_: unknown, given: unknown) => JSON.stringify(given),
  "Thing.name": ({ id }: { id: string }) => `name of ${id}`,
  "Thing.said": ({ id }: { id: string }, { text }: { text: string }) => {
    if (text === "fail") throw new Error("inside");
    return `${id} ${text}`;
  },
  "Thing.secret": 1,
  "Mutation.set": () => (changes += 1),
};
let federation: StubFederation;
let tokens: { open: string; closed: string };
let apollo: MockInstance;
let unique = 0;

beforeAll(async () => {
  federation = await StubFederation.start(
    { only: { schema: SCHEMA, resolvers: RESOLVERS } },
    { NODE_ENV: "production" },
  );
  const { issuer } = federation.router;
  tokens = { open: await issuer.token({ scope: "s" }), closed: await issuer.token({ scope: "" }) };
  await ask("{ given }");
});
afterAll(async () => {
  await federation.stop();
});
beforeEach(() => {
  apollo = vi.spyOn(ApolloServer.prototype, "executeHTTPGraphQLRequest");
  return () => apollo.mockRestore();
});

interface Asked {
  readonly variables?: unknown;
  readonly operationName?: unknown;
  readonly token?: string;
}

/** The whole answer as it came, without what is of one request only. */
async function send(query: string, accept: string, asked: Asked = {}): Promise<RawAnswer> {
  const { token = tokens.closed, ...others } = asked;
  return await rawExchange(
    new URL(federation.router.url),
    "POST /graphql",
    { accept, authorization: `Bearer ${token}`, "content-type": "application/json" },
    JSON.stringify({ query, ...others }),
  );
}

async function ask(query: string, asked?: Asked): Promise<RawAnswer> {
  return await send(query, "application/json", asked);
}

/** The same, read as it stands: whoever sends an Accept header for the first time passes Apollo Server. */
async function askAsItStands(query: string, asked?: Asked): Promise<RawAnswer> {
  unique += 1;
  return await send(query, `application/json, x/y${unique}`, asked);
}

test.each<[string, Asked?]>([
  ['{ thing(id: "a") { id name said(text: "Đỗ \\"Hường\\"") } }'],
  ['{ thing(id: "gone") { id } }'],
  ['{ thing(id: "a") { name said(text: "fail") other: said(text: "x") } }'],
  ['{ thing(id: "a") { id secret(of: "x") } }'],
  ['{ thing(id: "a") { secret(of: "x") } }'],
  ['{ things(ids: ["a", "b", "gone"]) { ...F } } fragment F on Thing { said(text: "a") name }'],
  ['{ one: thing(id: "a") { name } two: thing(id: "a") { id } three: thing(id: "b") { id } }'],
  ['{ thing(id: "a") { said(text: "x") said(text: "x") } thing(id: "a") { id } }'],
  ['{ given(n: 1, id: 7, s: "x", list: ["a"], span: {from: 1, names: ["b"], colour: RED}) }'],
  ['query Q($n: Int = 3) { given(n: $n, s: "x") }', { variables: {} }],
  ['query Q($n: Int = 3) { given(n: $n, s: "x") }', { variables: { n: 4 } }],
  ['query Q($n: Int!) { given(n: $n, s: "x") }', { variables: { n: "4" } }],
  ['query Q($n: Int!) { given(n: $n, s: "x") }'],
  ['query Q { given(s: "x") }', { operationName: "Q" }],
  ['query Q { given(s: "x") }', { operationName: "R" }],
  ['query Q { given(s: "x") }', { operationName: 7 }],
  ['{ given(s: "x") }', { variables: { literal_0: "other" } }],
  ['{ given(s: "x", n: "1") }'],
  ['{ thing(id: "a") { gone(of: "x") } }'],
  ['{ thing(id: "a") { said(text: "x") said(text: "y") } }'],
  ['{ __type(name: "Thing") { name fields { name } } }'],
  ['subscription { thing(id: "a") { id } }'],
  ['{ thing(id: "a") { id }'],
])("is answered as it would be as it stands: %s", async (query, asked) => {
  for (const token of [tokens.open, tokens.closed, tokens.open]) {
    const expected = await askAsItStands(`${query}\n# ${unique}`, { ...asked, token });
    for (let round = 0; round < 3; round += 1)
      expect(await ask(query, { ...asked, token })).toEqual(expected);
  }
});

test("of operations that differ in their texts only one passes Apollo Server", async () => {
  const query = (name: string) =>
    `query Differs { thing(id: "${name}") { name said(text: "to ${name}") } }`;
  await ask(query("first"));
  apollo.mockClear();
  federation.forget();
  for (const name of ["second", "third", "first"])
    expect((await ask(query(name))).body).toContain(
      `{"name":"name of ${name}","said":"${name} to ${name}"}`,
    );
  expect(apollo).not.toHaveBeenCalled();
  expect(new Set(federation.fetches.map((each) => each.query)).size).toBe(1);
});

test("what changes something does it once", async () => {
  for (const [round, text] of ["a", "b", "a"].entries()) {
    changes = 0;
    expect((await ask(`mutation { set(to: "${text}") }`)).body).toContain('{"data":{"set":1},');
    expect([round, changes]).toEqual([round, 1]);
  }
});

test("is put on record as it was sent, each text as an operation of its own", async () => {
  const recorded = (name: string) =>
    `query Recorded($more: Boolean = true) { thing(id: "${name}") { id name @include(if: $more) } }`;
  const digests = async (asking: typeof ask, name: string, variables?: object) => {
    await asking(recorded(name), variables && { variables });
    const { operation, variables: sent } = federation.router.records().at(-1)!;
    return { operation, sent };
  };
  const first = await digests(ask, "one");
  expect(first).toEqual({ operation: expect.stringMatching(/^[\w-]{22}$/), sent: undefined });
  const two = await digests(ask, "two", { more: false });
  expect(two.operation).not.toBe(first.operation);
  expect(await digests(ask, "one")).toEqual(first);
  expect(await digests(askAsItStands, "one")).toEqual(first);
  expect(await digests(askAsItStands, "two", { more: false })).toEqual(two);
});
