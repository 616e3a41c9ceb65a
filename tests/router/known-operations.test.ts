import { ApolloServer } from "@apollo/server";
import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  test,
  vi,
  type MockInstance,
} from "vitest";
import { rawExchange } from "../harness/raw-exchange.ts";
import { seeded } from "../harness/seeded.ts";
import { StubFederation } from "../harness/stub-federation.ts";

const SCHEMA = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@requiresScopes"])
  enum Colour { RED GREEN }
  input Span { from: Int! to: Int = 9 colour: Colour names: [String!] }
  type Thing { name: String  size(unit: String = "m"): Float  inner: Thing  must: String! }
  type Query {
    a: Int
    given(n: Int, id: ID, s: String, f: Float, b: Boolean, colour: Colour, list: [Int!], nested: [[Int]]): String
    within(span: Span!): String
    secret: Int @requiresScopes(scopes: [["s"]])
    fails: Int
    must: Int!
    thing: Thing
    words: String
  }
  type Mutation { set(n: Int!): Int }
`;

const RESOLVERS = {
  "Query.a": 1,
  "Query.given": (_: unknown, given: unknown) => JSON.stringify(given),
  "Query.within": (_: unknown, given: unknown) => JSON.stringify(given),
  "Query.secret": 2,
  "Query.fails": () => {
    throw new Error("inside");
  },
  "Query.must": null,
  "Query.thing": {
    __typename: "Thing",
    name: 'Nguyễn "Văn" \\ <b>\u2028',
    size: 1.5,
    inner: { __typename: "Thing", name: "😀", size: null, inner: null, must: null },
    must: "ừ",
  },
  "Query.words": "Cộng hòa xã hội chủ nghĩa Việt Nam. ".repeat(400),
  "Mutation.set": (_: unknown, { n }: { n: number }) => n,
};

/** One request as it goes over the wire; what is undefined is not sent. */
interface Sent {
  readonly method?: string;
  readonly search?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Its `query` is written by the test where the operation must not be known. */
  readonly body?: unknown;
  readonly raw?: string;
}

const JSON_TYPE = { "content-type": "application/json" };
const NAMED = "query A { a } query B($n: Int = 3) { given(n: $n) }";
const EVERYTHING =
  "query ($n: Int, $id: ID, $s: String, $f: Float, $b: Boolean, $colour: Colour, $list: [Int!], $nested: [[Int]]) { given(n: $n, id: $id, s: $s, f: $f, b: $b, colour: $colour, list: $list, nested: $nested) }";
const SPAN = "query ($span: Span!) { within(span: $span) }";
const DEFAULTS =
  'query ($n: Int = 3, $s: String! = "x", $list: [Int!] = [1, 2]) { given(n: $n, s: $s, list: $list) }';
const CONDITIONS = "query ($yes: Boolean!) { a @include(if: $yes) thing @skip(if: $yes) { name } }";

const QUERIES = [
  "{ a }",
  "{ __typename }",
  "{ thing { name size inner { name } } }",
  '{ thing { size(unit: "dặm") constructor: name __proto: name toString: size } }',
  "{ words }",
  "{ secret a }",
  "{ secret }",
  "{ fails a }",
  "{ must }",
  "{ thing { inner { must } name } }",
  "{ __schema { queryType { name } } }",
  "mutation { set(n: 1) }",
  NAMED,
  EVERYTHING,
  SPAN,
  DEFAULTS,
  CONDITIONS,
  "{ gone }",
  "{ a ",
  "",
  "query X($m: Missing) { a }",
  "subscription { a }",
  "fragment F on Query { a }",
  "{ ...F } fragment F on Query { a words }",
] as const;

const ACCEPTS = [
  undefined,
  "",
  "*/*",
  "application/json",
  "Application/JSON",
  "application/json; charset=utf-8",
  "application/json; charset=latin1",
  "application/graphql-response+json",
  "application/graphql-response+json; charset=utf-8",
  "application/graphql-response+json, application/json;q=0.9",
  "application/json;q=0.1, application/graphql-response+json",
  "application/*",
  "application/json; callbackSpec=1.0",
  "application/json; callbackSpec=1.0; charset=utf-8",
  "multipart/mixed; deferSpec=20220824, application/json",
  "multipart/mixed",
  "application/json;q=0",
  "application/vnd.x+json",
  "text/html",
  "text/html, */*;q=0.1",
  "image/*",
  ";;;",
  `application/json, ${"x/y, ".repeat(60)}z/z`,
] as const;

const CONTENT_TYPES = [
  "application/json",
  "application/json; charset=utf-8",
  "application/json;charset=UTF-8",
  'application/json; charset="utf-8"',
  "APPLICATION/JSON",
  "application/json; charset=latin1",
  "application/json; profile=x",
  "application/graphql+json",
  "application/vnd.api+json",
  "application/graphql",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "nonsense",
  "",
  undefined,
] as const;

/** Variables of every kind, right and wrong for some operation above. */
const VARIABLES: readonly unknown[] = [
  undefined,
  null,
  {},
  { n: 1, id: "x", s: "s", f: 1.5, b: true, colour: "RED", list: [1, 2], nested: [[1], null] },
  { n: null, id: 7, s: null, f: 1, b: false, colour: null, list: 3, nested: 4 },
  { n: "1" },
  { n: 1.5 },
  { n: 2 ** 40, list: [1, null] },
  { n: true, s: 1, colour: "BLUE" },
  { span: { from: 1 } },
  { span: { from: 1, to: null, colour: "GREEN", names: ["a", "b"] } },
  { span: { from: "1", more: 1 } },
  { span: null },
  { span: [] },
  { yes: true },
  { yes: false },
  { yes: null },
  { constructor: 1, toString: 2, hasOwnProperty: 3, n: 4 },
  [1],
  "{}",
  5,
  Array.from({ length: 70 }).reduce<object>((inner) => ({ x: inner }), {}),
];

const EXTENSIONS: readonly unknown[] = [
  undefined,
  null,
  {},
  { caseReference: "A-1" },
  { caseReference: "900000000001" },
  { persistedQuery: null },
  { persistedQuery: { version: 1, sha256Hash: "0".repeat(64) } },
  { actor: "x" },
  [],
  "{}",
];

const NAMES: readonly unknown[] = [undefined, null, "A", "B", "C", "", "constructor", 7, {}];

describe("an operation that is known", () => {
  let federation: StubFederation;
  let token: string;
  let apollo: MockInstance;
  let unique = 0;

  beforeAll(async () => {
    federation = await StubFederation.start(
      { only: { schema: SCHEMA, resolvers: RESOLVERS } },
      { NODE_ENV: "production" },
    );
    token = await federation.router.issuer.token();
  });
  afterAll(async () => {
    await federation.stop();
  });
  beforeEach(() => {
    apollo = vi.spyOn(ApolloServer.prototype, "executeHTTPGraphQLRequest");
    return () => apollo.mockRestore();
  });

  const ask = async ({ method = "POST", search = "", headers = JSON_TYPE, body, raw }: Sent) =>
    await rawExchange(
      new URL(federation.router.url),
      `${method} /graphql${search}`,
      { authorization: `Bearer ${token}`, ...headers },
      raw ?? (body === undefined ? "" : JSON.stringify(body)),
    );

  /** The same request with a text that nobody has sent yet; itself where it has no text to change. */
  const unknown = (sent: Sent): Sent => {
    const { body } = sent;
    if (typeof body !== "object" || body === null || Array.isArray(body)) return sent;
    const { query } = body as { query?: unknown };
    if (typeof query !== "string" || query === "") return sent;
    unique += 1;
    return { ...sent, body: { ...body, query: `${query}\n# ${unique}` } };
  };

  /** @returns how often Apollo Server was asked when it was sent for the third time */
  const compare = async (sent: Sent): Promise<number> => {
    const cold = await ask(unknown(sent));
    await ask(sent);
    await ask(sent);
    apollo.mockClear();
    expect(await ask(sent), JSON.stringify(sent)).toEqual(cold);
    return apollo.mock.calls.length;
  };

  test.each(QUERIES)("is answered as when it was not: %s", async (query) => {
    for (const variables of [undefined, { n: 1, yes: true, span: { from: 2 } }])
      await compare({ body: { query, variables } });
  });

  test("passes Apollo Server no more, its errors and nulls included", async () => {
    const known = QUERIES.filter((query) => !NEVER_VALID.has(query));
    const asked: string[] = [];
    for (const query of known) {
      const variables = { yes: true, span: { from: 2 } };
      const operationName = query === NAMED ? "A" : undefined;
      if ((await compare({ body: { query, variables, operationName } })) > 0) asked.push(query);
    }
    expect(asked).toEqual([]);
    expect(known).toHaveLength(QUERIES.length - NEVER_VALID.size);
  });

  test.each(ACCEPTS)("is answered in the media type that is accepted: %s", async (accept) => {
    for (const query of ["{ a }", "{ fails secret }", "{ words }"])
      await compare({ headers: { ...JSON_TYPE, accept }, body: { query } });
    const asked = await compare({ headers: { ...JSON_TYPE, accept }, body: { query: "{ a }" } });
    const refused = (await ask({ headers: { ...JSON_TYPE, accept }, body: { query: "{ a }" } }))
      .status;
    expect(asked).toBe(refused === "HTTP/1.1 200 OK" && (accept?.length ?? 0) <= 200 ? 0 : 1);
  });

  test.each(CONTENT_TYPES)("is read whatever JSON calls itself: %s", async (type) => {
    await compare({ headers: { "content-type": type }, body: { query: "{ a }" } });
    await compare({ headers: { "content-type": type }, raw: "" });
  });

  test.each<[string, Sent]>([
    ["a GET", { method: "GET", search: "?query=%7B%20a%20%7D", headers: {} }],
    ["a GET of JSON", { method: "GET", search: "?query=%7B%20a%20%7D", headers: JSON_TYPE }],
    ["a GET that changes", { method: "GET", search: "?query=mutation%7Bset(n:1)%7D", headers: {} }],
    ["a HEAD", { method: "HEAD", search: "?query=%7B%20a%20%7D", headers: {} }],
    ["a PUT", { method: "PUT", body: { query: "{ a }" } }],
    ["a batch", { body: [{ query: "{ a }" }] }],
    ["a text", { body: "{ a }" }],
    ["nothing", { raw: "" }],
    ["an empty object", { body: {} }],
    ["null", { body: null }],
    ["no JSON", { raw: '{"query":"{ a }"' }],
    ["a hostile name", { raw: '{"query":"{ a }","__proto__":{"query":"{ words }"}}' }],
    ["a constructor", { raw: '{"query":"{ a }","constructor":{"prototype":{"x":1}}}' }],
    ["a name that stands twice", { raw: '{"query":"{ words }","query":"{ a }"}' }],
    ["other members", { body: { query: "{ a }", id: 7, extra: [1], documentId: "x" } }],
    ["a text that is none", { body: { query: { kind: "Document" } } }],
    ["a number for a text", { body: { query: 7 } }],
    ["a search beside the body", { search: "?query=%7B%20words%20%7D", body: { query: "{ a }" } }],
    [
      "two media types",
      { headers: { ...JSON_TYPE, accept: "text/html" }, body: { query: "{ a }" } },
    ],
    ["a byte order mark", { raw: '\ufeff{"query":"{ a }"}' }],
    ["lone surrogates", { raw: '{"query":"{ given(s: \\"\\ud800\\") }"}' }],
  ])("what is not plainly posted is answered as ever: %s", async (_title, sent) => {
    await ask({ body: { query: "{ a }" } });
    await compare(sent);
  });

  test("is known by all of its text, its name and nothing else", async () => {
    const named = async (operationName: unknown) =>
      (await ask({ body: { query: NAMED, operationName } })).body;
    for (let round = 0; round < 3; round += 1) {
      expect(await named("A")).toContain('"data":{"a":1}');
      expect(await named("B")).toContain('\\"n\\":3');
      expect(await named("C")).toContain("OPERATION_RESOLUTION_FAILURE");
      expect(await named("")).toContain("OPERATION_RESOLUTION_FAILURE");
      expect(await named(null)).toContain("OPERATION_RESOLUTION_FAILURE");
    }
    const alike = (n: number) => `# ${"x".repeat(5_000)}\n{ given(n: ${n}) }`;
    for (const n of [1, 2, 1, 2])
      expect((await ask({ body: { query: alike(n) } })).body).toContain(`\\"n\\":${n}`);
  });

  test.each(Array.from({ length: 120 }, (_, index) => index))(
    "is answered alike however it is put together, seed %i",
    async (seed) => {
      const next = seeded(seed + 1);
      const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;
      // Most parts of most requests are well formed: one wrong part would hide all others.
      const mostly = <T>(from: readonly T[], good: number): T =>
        next() < 0.75 ? from[Math.floor(next() * good)]! : pick(from);
      await compare({
        headers: { ...JSON_TYPE, accept: mostly(ACCEPTS, 4) },
        body: {
          query: mostly(QUERIES, 17),
          operationName: mostly(NAMES, 2),
          variables: mostly(VARIABLES, 6),
          extensions: mostly(EXTENSIONS, 4),
          ...(next() < 0.2 && { more: [null, 1] }),
        },
      });
    },
  );
});

/** What no operation can be found valid in. */
const NEVER_VALID: ReadonlySet<string> = new Set([
  "{ gone }",
  "{ a ",
  "",
  "query X($m: Missing) { a }",
  "subscription { a }",
  "fragment F on Query { a }",
]);
