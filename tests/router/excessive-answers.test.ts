import { afterAll, beforeAll, expect, test } from "vitest";
import { CannedFederation } from "../harness/canned-federation.ts";
import type { CannedSubgraph } from "../harness/canned-subgraph.ts";
import type { TestRouter } from "../harness/test-router.ts";

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])`;
const MAIN = `${LINK} scalar Any
  type Query { thing: Thing things: [Thing] any: Any }
  type Thing @key(fields: "id") { id: ID! name: String }`;
const OTHER = `${LINK} scalar Any
  type Query { calm: String }
  type Thing @key(fields: "id") { id: ID! size: Int weight: Int other: Any }`;
const MOST_ERRORS = 2_000;

let federation: CannedFederation<"main" | "other">;
let router: TestRouter;
let main: CannedSubgraph;
let other: CannedSubgraph;

beforeAll(async () => {
  federation = await CannedFederation.start({ main: MAIN, other: OTHER });
  ({
    router,
    subgraphs: { main, other },
  } = federation);
});
afterAll(async () => {
  await federation.stop();
});

const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(",");
const things = (count: number): string =>
  `{"data":{"things":[${times(count, (index) => `{"__typename":"Thing","id":"${index}"}`)}]}}`;
const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
const FROM_OTHER = { code: "SUBGRAPH_ERROR", register: "other" };

test("as many errors as entities, all without a path, are told once of each field, and of so many fields only", async () => {
  const count = 20_000;
  main.body = things(count);
  other.body = `{"data":{"_entities":[${times(count, () => '{"size":null,"weight":null}')}]},
    "errors":[${times(count, (index) => `{"message":"${index}","extensions":{"code":"NO_${index}"}}`)}]}`;
  const { status, body } = await router.ask("{ things { id size weight } }");
  expect([status, body.errors!.length]).toEqual([200, MOST_ERRORS]);
  expect(body.errors!.slice(0, 3).map(({ path, message }) => [path, message])).toEqual([
    [["things", 0, "size"], "0"],
    [["things", 0, "weight"], "0"],
    [["things", 1, "size"], "0"],
  ]);
  expect(body.data!["things"]).toHaveLength(count);
});

test("an entity's own errors stand before those of all, and where they are", async () => {
  main.body = things(3);
  other.body = JSON.stringify({
    data: { _entities: [null, { size: null, weight: 2 }, null] },
    errors: [
      {
        message: "of the second's size",
        path: ["_entities", 1, "size"],
        extensions: { code: "A" },
      },
      { message: "of the third", path: ["_entities", 2], extensions: { code: "B" } },
      { message: "of the third again", path: ["_entities", 2], extensions: { code: "C" } },
      { message: "of all", extensions: { code: "D" } },
      { message: "of all again", extensions: { code: "E" } },
      { message: "of the first", path: ["_entities", 0], extensions: { code: "F" } },
    ],
  });
  const { body } = await router.ask("{ things { size } }");
  expect(new Map(body.errors!.map(({ path, message }) => [String(path), message]))).toEqual(
    new Map([
      ["things,0,size", "of all"],
      ["things,1,size", "of the second's size"],
      ["things,2,size", "of the third"],
    ]),
  );
});

test.each([
  [
    "values that are none of their type",
    times(100_000, () => '{"name":{}}'),
    "{ things { name } }",
  ],
  ["nulls where none may be", times(100_000, () => '{"id":null}'), "{ things { id } }"],
  [
    "nulls where none may be, beside introspection",
    times(3_000, () => '{"id":null}'),
    "{ things { id } __schema { queryType { name } } }",
  ],
])("%s are told up to so many", async (_what, items, query) => {
  main.body = `{"data":{"things":[${items}]}}`;
  const { status, body } = await router.ask(query);
  expect([status, body.errors!.length]).toEqual([200, MOST_ERRORS]);
  expect(body.errors![0]!.extensions).toEqual({ code: "SUBGRAPH_ERROR" });
});

test("very many nulls of their own beside very many errors are told up to so many of both", async () => {
  const gone = (index: number): string =>
    `{"message":"gone","path":["things",${index},"name"],"extensions":{"code":"GONE"}}`;
  main.body = `{"data":{"things":[${times(100_000, () => '{"id":null}')}]},"errors":[${times(MOST_ERRORS, gone)}]}`;
  const { body } = await router.ask("{ things { id name } }");
  const codes = Map.groupBy(body.errors!, ({ extensions }) => extensions["code"]);
  expect([...codes].map(([code, errors]) => [code, errors.length])).toEqual([
    ["SUBGRAPH_ERROR", MOST_ERRORS],
    ["GONE", MOST_ERRORS],
  ]);
});

test.each([
  ["an object", '["_entities",0,{"toString":1}]'],
  ["an object for an index", '["_entities",{"valueOf":1},"size"]'],
  ["half a number", '["_entities",0.5,"size"]'],
  ["a number below nothing", '["_entities",-1,"size"]'],
  ["ten thousand keys", `["_entities",0,${times(10_000, () => '"size"')}]`],
  ["no list", '{"length":3}'],
])("%s in an error's path costs the fetch's fields, and nobody else's", async (_what, path) => {
  main.body = '{"data":{"things":[{"__typename":"Thing","id":"1","name":"a"}]}}';
  other.body = `{"data":{"_entities":[{"size":null}]},"errors":[{"message":"x","path":${path}}]}`;
  const { status, body } = await router.ask("{ things { id name size } }");
  expect([status, body]).toEqual([
    200,
    {
      data: { things: [{ id: "1", name: "a", size: null }] },
      errors: [
        {
          message: "A register could not give this field.",
          path: ["things", 0, "size"],
          extensions: FROM_OTHER,
        },
      ],
    },
  ]);
});

test.each([
  ["in place of a list", `{"data":{"_entities":${nested(20_000)}}}`],
  ["in place of a field", `{"data":{"_entities":[{"size":${nested(20_000)}}]}}`],
  ["where anything may stand", `{"data":{"_entities":[{"size":1,"other":${nested(20_000)}}]}}`],
  [
    "in an error",
    `{"data":{"_entities":[{"size":null}]},"errors":[{"message":"x","path":["_entities",0,${nested(20_000)}]}]}`,
  ],
])("what nests too deep %s costs its register's fields", async (_where, given) => {
  main.body = '{"data":{"things":[{"__typename":"Thing","id":"1","name":"a"}]}}';
  other.body = given;
  const { status, body } = await router.ask("{ things { id name size } }");
  expect([status, body]).toEqual([
    200,
    {
      data: { things: [{ id: "1", name: "a", size: null }] },
      errors: [
        {
          message: 'The register "other" did not answer.',
          path: ["things", 0, "size"],
          extensions: { code: "REGISTER_UNAVAILABLE", register: "other", retry: false },
        },
      ],
    },
  ]);
});

test("an object's key, and a type's name, may nest as they like", async () => {
  other.body = '{"data":{"_entities":[]}}';
  for (const [id, name] of [
    [nested(20_000), '"Thing"'],
    ['"1"', nested(20_000)],
  ]) {
    main.body = `{"data":{"things":[{"__typename":${name},"id":${id}}]}}`;
    const { status, body } = await router.ask("{ things { id size } }");
    expect([status, body.data]).toEqual([200, { things: null }]);
    expect(body.errors).toMatchObject([{ extensions: { code: "REGISTER_UNAVAILABLE" } }]);
  }
});

test("what nests too deep is no answer either where answers are read without being parsed", async () => {
  const splicing = await CannedFederation.start({ main: MAIN, other: OTHER }, { splicing: true });
  const { subgraphs } = splicing;
  subgraphs.main.body = '{"data":{"things":[{"__typename":"Thing","id":"1"}]}}';
  const value = async (levels: number): Promise<unknown> => {
    subgraphs.other.body = `{"data":{"_entities":[{"other":${nested(levels)}}]}}`;
    const { status, body } = await splicing.router.ask("{ things { other } }");
    expect(status).toBe(200);
    const [thing] = body.data!["things"] as { other: unknown }[];
    return body.errors?.[0]?.extensions["code"] ?? JSON.stringify(thing!.other);
  };
  // From the second answer on they are read.
  for (const _round of [1, 2, 3]) {
    expect(await value(100)).toBe(nested(100));
    for (const levels of [300, 1_000, 3_000, 6_000, 100_000])
      expect(await value(levels)).toBe("REGISTER_UNAVAILABLE");
  }
  await splicing.stop();
});

test("of an error that is told at many fields, a long sentence is cut off and long facts are left out", async () => {
  main.body = things(500);
  other.body = JSON.stringify({
    data: { _entities: Array.from({ length: 500 }, () => null) },
    errors: [
      {
        message: "ộ".repeat(1_000_000),
        extensions: {
          code: "LONG",
          rule: "r".repeat(1_000_000),
          argument: { in: ["an object"] },
          scopes: Array.from({ length: 100_000 }, () => "s"),
          retry: true,
        },
      },
    ],
  });
  const { body } = await router.ask("{ things { size } }");
  expect(body.errors).toHaveLength(500);
  expect(body.errors![499]).toEqual({
    message: `${"ộ".repeat(1_000)}…`,
    path: ["things", 499, "size"],
    extensions: { code: "LONG", register: "other", retry: true },
  });
});

test("fetches under way at the same time share what one request may bring together", async () => {
  const MiB = 1024 * 1024;
  const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
  const large = "x".repeat(10 * MiB);
  main.body = JSON.stringify({
    data: Object.fromEntries(names.map((name) => [name, { __typename: "Thing", id: name }])),
  });
  other.body = JSON.stringify({ data: { _entities: [{ other: large }] } });
  const { status, body } = await router.ask(
    `{ ${names.map((name) => `${name}: thing { other }`).join(" ")} }`,
  );
  const given = Object.values(body.data!).filter(
    (each) => (each as { other: unknown }).other === large,
  );
  expect([status, given.length, body.errors!.length]).toEqual([200, 3, 5]);
  expect(body.errors![0]!.extensions).toEqual({ code: "ANSWER_TOO_LARGE", register: "other" });
});
