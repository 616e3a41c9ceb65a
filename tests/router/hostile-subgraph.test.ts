import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CannedFederation } from "../harness/canned-federation.ts";
import type { CannedSubgraph } from "../harness/canned-subgraph.ts";
import type { TestRouter } from "../harness/test-router.ts";

const SCHEMA = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  type Query { thing: Thing things: [Thing] must: Must hello: String! broken: String! }
  type Thing @key(fields: "id") { id: ID! name: String! nick: String }
  type Must { inner: Must! value: Int! }
`;
const OTHER = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  type Thing @key(fields: "id") { id: ID! size: Int }
`;

describe("a subgraph that answers wrongly", () => {
  let federation: CannedFederation<"main" | "other">;
  let router: TestRouter;
  let main: CannedSubgraph;
  let other: CannedSubgraph;

  beforeAll(async () => {
    federation = await CannedFederation.start({ main: SCHEMA, other: OTHER });
    ({
      router,
      subgraphs: { main, other },
    } = federation);
  });
  beforeEach(() => {
    main.status = 200;
  });
  afterAll(async () => {
    await federation.stop();
  });

  test.each([
    ["an HTML page", 502, "<h1>Bad gateway</h1>", true],
    ["JSON that is no result", 200, '"hello"', false],
    ["nothing", 200, "", false],
  ])("%s: its fields are null, with the reason", async (_title, status, given, retry) => {
    main.status = status;
    main.body = given;
    const answered = await router.ask("{ thing { id } }");
    expect(answered.status).toBe(200);
    expect(answered.body).toEqual({
      data: { thing: null },
      errors: [
        {
          message: `The register "main" did not answer${retry ? ": try again shortly" : ""}.`,
          path: ["thing"],
          extensions: { code: "REGISTER_UNAVAILABLE", register: "main", retry },
        },
      ],
    });
  });

  test("keys named __proto__ and constructor change no prototype (GHSA-pfjj-6f4p-rvmh)", async () => {
    main.body =
      '{"data":{"thing":{"id":"1","name":"n","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}}}';
    const { body } = await router.ask("{ thing { id name } }");
    expect(body).toEqual({ data: { thing: { id: "1", name: "n" } } });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("nothing is read through a key that only JavaScript knows", async () => {
    main.body = '{"data":{"thing":{"id":"1","__proto__":{"nick":"m"}}}}';
    const { body } = await router.ask("{ thing { id nick } }");
    expect(body.data).toEqual({ thing: { id: "1", nick: null } });
  });

  test.each([
    ["says that it has not got it", '{"data":{"_entities":[null]}}', []],
    ["leaves it out", '{"data":{"_entities":[{"__typename":"Thing"}]}}', []],
    ["gives null", '{"data":{"_entities":[{"size":null}]}}', []],
    ["fails", '{"data":null,"errors":[{"message":"x"}]}', ["SUBGRAPH_ERROR"]],
    ["does not answer", "", ["REGISTER_UNAVAILABLE"]],
  ])(
    "what a subgraph was not asked for stands nowhere, also where the one that was %s",
    async (_title, given, codes) => {
      main.body = '{"data":{"thing":{"__typename":"Thing","id":"1","size":99},"hello":"x"}}';
      other.body = given;
      const { body } = await router.ask("{ thing { id size } }");
      expect(body.data).toEqual({ thing: { id: "1", size: null } });
      expect((body.errors ?? []).map(({ extensions }) => extensions["code"])).toEqual(codes);
    },
  );

  test("a null where none may be bubbles up to the next field that may be null", async () => {
    main.body = '{"data":{"must":{"inner":{"value":null}}}}';
    const { body } = await router.ask("{ must { inner { value } } }");
    expect(body).toEqual({
      data: { must: null },
      errors: [
        {
          message: "Cannot return null for non-nullable field Must.value.",
          path: ["must", "inner", "value"],
          extensions: { code: "SUBGRAPH_ERROR" },
        },
      ],
    });
  });

  test("an error keeps its place, its code and its public facts, and nothing else", async () => {
    main.body = JSON.stringify({
      data: {
        things: [
          { id: "1", nick: "a" },
          { id: "2", nick: null },
        ],
      },
      errors: [
        {
          message: "No nick.",
          path: ["things", 1, "nick"],
          extensions: {
            code: "NICK_MISSING",
            rule: "has none",
            stacktrace: ["at secret.ts:1"],
            sql: "select",
          },
        },
      ],
    });
    const { body } = await router.ask("{ things { nick } }");
    expect(body).toEqual({
      data: { things: [{ nick: "a" }, { nick: null }] },
      errors: [
        {
          message: "No nick.",
          path: ["things", 1, "nick"],
          extensions: { code: "NICK_MISSING", register: "main", rule: "has none" },
        },
      ],
    });
  });

  test("an internal error says nothing of the inside", async () => {
    main.body = JSON.stringify({
      data: { thing: null },
      errors: [
        {
          message: "connect ECONNREFUSED 10.0.0.1:5432",
          path: ["thing"],
          extensions: { code: "INTERNAL_SERVER_ERROR" },
        },
      ],
    });
    const { body } = await router.ask("{ thing { id } }");
    expect(body.errors).toEqual([
      {
        message: "A register could not give this field.",
        path: ["thing"],
        extensions: { code: "SUBGRAPH_ERROR", register: "main" },
      },
    ]);
  });

  test("errors of entities stand where the entities stand", async () => {
    main.body =
      '{"data":{"things":[{"__typename":"Thing","id":"1"},null,{"__typename":"Thing","id":"3"}]}}';
    other.body = JSON.stringify({
      data: { _entities: [{ size: 1 }, { size: null }] },
      errors: [
        { message: "Too big.", path: ["_entities", 1, "size"], extensions: { code: "TOO_BIG" } },
      ],
    });
    const { body } = await router.ask("{ things { id size } }");
    expect(body).toEqual({
      data: { things: [{ id: "1", size: 1 }, null, { id: "3", size: null }] },
      errors: [
        {
          message: "Too big.",
          path: ["things", 2, "size"],
          extensions: { code: "TOO_BIG", register: "other" },
        },
      ],
    });
  });

  test("an answer larger than a request may bring together costs its fields, not the router's memory", async () => {
    const large = JSON.stringify({
      data: { thing: { id: "1", name: "x".repeat(33 * 1024 * 1024) } },
    });
    main.body = large;
    const { status, body } = await router.ask("{ thing { id name } }");
    expect(status).toBe(200);
    expect(body).toEqual({
      data: { thing: null },
      errors: [
        {
          message:
            "The answer would be larger than a register gives at once: ask for less, or page by page.",
          path: ["thing"],
          extensions: { code: "ANSWER_TOO_LARGE", register: "main" },
        },
      ],
    });
  });

  test("one error of a field that may not be null is the only one, whatever fell with it", async () => {
    main.body = JSON.stringify({
      data: null,
      errors: [{ message: "at /srv/secret.ts", path: ["broken"] }],
    });
    const { body } = await router.ask("{ hello broken }");
    expect(body).toEqual({
      data: null,
      errors: [
        {
          message: "A register could not give this field.",
          path: ["broken"],
          extensions: { code: "SUBGRAPH_ERROR", register: "main" },
        },
      ],
    });
  });

  test("fewer entities than asked for are none", async () => {
    main.body =
      '{"data":{"things":[{"__typename":"Thing","id":"1"},{"__typename":"Thing","id":"2"}]}}';
    other.body = '{"data":{"_entities":[{"size":1}]}}';
    const { body } = await router.ask("{ things { id size } }");
    expect(body.data).toEqual({
      things: [
        { id: "1", size: null },
        { id: "2", size: null },
      ],
    });
    expect(body.errors?.map(({ path }) => path)).toEqual([
      ["things", 0, "size"],
      ["things", 1, "size"],
    ]);
  });
});
