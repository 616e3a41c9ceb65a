import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { signPermit, UNLIMITED } from "@truc/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../database/open-database.ts";
import {
  createTestDatabase,
  databaseServers,
  startSubgraph,
  type TestDatabase,
  type TestSubgraph,
} from "../testing/index.ts";
import { faults, fillLibrary, library, NAMES, readerId } from "./sample/library.ts";

const ENTITIES =
  "query($r: [_Any!]!) { _entities(representations: $r) { ... on Reader { id name loans { title fee } } } }";
const representations = (ids: string[]) => ids.map((id) => ({ __typename: "Reader", id }));

describe.each(databaseServers())("a subgraph on $dialect", (server) => {
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

  it("answers a look-up with days as text and large amounts as exact numbers", async () => {
    const result = await subgraph.query(
      "query($id: PersonalIdentificationNumber!) { reader(id: $id) { name born loans { title fee } } }",
      {
        variables: { id: readerId(2) },
      },
    );
    expect(result).toEqual({
      data: {
        reader: {
          name: "Trần Văn Đức",
          born: "1990-02-28",
          loans: [
            { title: "Chí Phèo", fee: 2_000 },
            { title: "Số đỏ", fee: 9_007_199_254_740_991 },
          ],
        },
      },
    });
  });

  it("keeps the order of a batch, with null for what is unknown", async () => {
    const ids = [readerId(5), "999999999999", readerId(4), readerId(5)];
    const { data } = await subgraph.query(
      "query($ids: [PersonalIdentificationNumber!]!) { readers(ids: $ids) { id } }",
      { variables: { ids } },
    );
    expect(data.readers).toEqual([{ id: ids[0] }, null, { id: ids[2] }, { id: ids[0] }]);
  });

  it("needs as many statements for fifty entities as for one", async () => {
    await subgraph.query(ENTITIES, { variables: { r: representations([readerId(0)]) } });
    const one = subgraph.statements;
    const fifty = await subgraph.query(ENTITIES, {
      variables: { r: representations(Array.from({ length: 50 }, (_, n) => readerId(n))) },
    });
    expect(one).toBe(2);
    expect(subgraph.statements).toBe(2);
    expect(fifty.data._entities).toHaveLength(50);
    expect(subgraph.rows).toBe(50 + 100);
  });

  it("gives an invalid key an error of its own and the others their answers", async () => {
    const r = [
      ...representations([readerId(1), "12", "999999999999"]),
      { __typename: "Nobody" },
      { __typename: "Reader" },
    ];
    const { data, errors } = await subgraph.query(ENTITIES, { variables: { r } });
    expect(data._entities.map((entity: { id: string } | null) => entity?.id ?? null)).toEqual([
      readerId(1),
      null,
      null,
      null,
      null,
    ]);
    expect(
      errors?.map(({ path, message, extensions }) => ({ path, message, code: extensions["code"] })),
    ).toEqual([
      {
        path: ["_entities", 1],
        message:
          "A representation does not identify an entity of this register: Reader.id: a personal identification number has exactly 12 digits.",
        code: "ENTITY_INVALID",
      },
      {
        path: ["_entities", 3],
        message:
          "A representation does not identify an entity of this register: its __typename is no entity here.",
        code: "ENTITY_INVALID",
      },
      {
        path: ["_entities", 4],
        message:
          "A representation does not identify an entity of this register: it holds no key of Reader.",
        code: "ENTITY_INVALID",
      },
    ]);
  });

  it("pages through a search without losing or repeating a row", async () => {
    const text =
      'query($after: String) { search(filter: {born: "1990-02-28"}, first: 25, after: $after) { nodes { id name } pageInfo { hasNextPage hasPreviousPage endCursor } } }';
    const names: string[] = [];
    const ids = new Set<string>();
    const pages: boolean[][] = [];
    for (let after: string | null = null; ;) {
      const { data } = await subgraph.query(text, { variables: { after } });
      for (const { id, name } of data.search.nodes) {
        names.push(name);
        ids.add(id);
      }
      const { hasNextPage, hasPreviousPage, endCursor } = data.search.pageInfo;
      pages.push([hasPreviousPage, hasNextPage]);
      if (!hasNextPage) break;
      after = endCursor;
    }
    expect(ids.size).toBe(60);
    expect(names).toHaveLength(60);
    expect(pages).toEqual([
      [false, true],
      [true, true],
      [true, false],
    ]);
    expect([...new Set(names)]).toEqual([
      "Trần Văn Đức",
      "Trần Văn Dũng",
      "Nguyễn Thị Ân",
      "Nguyễn Thị An",
      "Lê Ánh",
      "Lê Anh",
    ]);
    expect(NAMES).toHaveLength(new Set(names).size);
  });

  it("shares one statement between the operations of a batch whose callers have equal limits, and no other", async () => {
    const query = "query($id: PersonalIdentificationNumber!) { reader(id: $id) { name } }";
    const hanoi = { ...UNLIMITED, provinces: ["01"] };
    const item = async (n: number, claims: object) => ({
      query,
      variables: { id: readerId(n) },
      extensions: { permit: await subgraph.permit(claims) },
    });
    const response = await subgraph.post([
      await item(0, { limits: hanoi, system: "a" }),
      await item(2, { limits: hanoi, system: "b" }),
      await item(1, { limits: hanoi, system: "c" }),
      await item(1, { system: "d" }),
      { query, variables: { id: readerId(1) } },
    ]);
    expect(response.status).toBe(200);
    const answers = (await response.json()) as {
      data?: unknown;
      errors?: { extensions: { code: string } }[];
    }[];
    expect(answers.slice(0, 4)).toEqual([
      { data: { reader: { name: NAMES[0] } } },
      { data: { reader: { name: NAMES[2] } } },
      { data: { reader: null } },
      { data: { reader: { name: NAMES[1] } } },
    ]);
    expect(answers[4]?.errors?.[0]?.extensions.code).toBe("PERMIT_MISSING");
    expect(subgraph.statements).toBe(2);
  });

  it("puts a line on the journal for every operation, with its caller's ids and the rows it read", async () => {
    const extensions = {
      permit: await subgraph.permit({ system: "portal" }),
      requestId: "request-7",
      operationDigest: "digest-7",
    };
    await subgraph.post({
      query: `{ reader(id: "${readerId(3)}") { loans { title } } }`,
      extensions,
    });
    const [file] = (await readdir(subgraph.directory)).filter((name) => name.endsWith(".jsonl"));
    const lines = (await readFile(join(subgraph.directory, file!), "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ requestId }) => requestId === "request-7")).toMatchObject([
      {
        requestId: "request-7",
        operationDigest: "digest-7",
        system: "portal",
        rows: 3,
        statements: 2,
        code: null,
      },
    ]);
  });

  it("names the argument and the rule that a key breaks, as literal and as variable, without repeating the value", async () => {
    const expected = {
      message: 'Argument "id": a personal identification number has exactly 12 digits.',
      code: "ARGUMENT_INVALID",
    };
    const literal = await subgraph.query('{ reader(id: "12345") { member } }');
    const variable = await subgraph.query(
      "query($pin: PersonalIdentificationNumber!) { reader(id: $pin) { member } }",
      { variables: { pin: "12345" } },
    );
    const nested = await subgraph.query(
      "query($f: ReaderFilter!) { search(filter: $f) { nodes { member } } }",
      { variables: { f: { id: "12345" } } },
    );
    for (const { errors } of [literal, variable]) {
      expect(
        errors?.map(({ message, extensions }) => ({ message, code: extensions["code"] })),
      ).toEqual([expected]);
    }
    expect(nested.errors?.[0]?.message).toBe(
      'Argument "filter.id": a personal identification number has exactly 12 digits.',
    );
    expect(JSON.stringify([literal, variable, nested])).not.toContain("12345");
  });

  it("a value that breaks a rule costs its own field, as literal and as variable", async () => {
    const known = readerId(1);
    const literals = await subgraph.query(
      `{ good: reader(id: "${known}") { __typename } bad: reader(id: "12") { __typename } }`,
    );
    const variables = await subgraph.query(
      "query($x: PersonalIdentificationNumber!, $y: PersonalIdentificationNumber!) { good: reader(id: $x) { __typename } bad: reader(id: $y) { __typename } }",
      { variables: { x: known, y: "12" } },
    );
    for (const { data, errors } of [literals, variables]) {
      expect(data).toEqual({ good: { __typename: "Reader" }, bad: null });
      expect(errors?.map(({ path }) => path)).toEqual([["bad"]]);
    }
  });

  it("refuses a batch look-up of more than 500 keys, a page too large and a cursor that is none", async () => {
    const batch = await subgraph.query(
      "query($ids: [PersonalIdentificationNumber!]!) { readers(ids: $ids) { member } }",
      {
        variables: { ids: Array.from({ length: 501 }, (_, n) => readerId(n)) },
      },
    );
    expect(batch.errors?.[0]).toMatchObject({
      message: 'Argument "ids": a batch look-up takes at most 500 keys.',
      extensions: { code: "BATCH_TOO_LARGE" },
    });
    const search = (rest: string) =>
      subgraph.query(`{ search(filter: {born: "1990-02-28"}, ${rest}) { nodes { member } } }`);
    expect((await search("first: 101")).errors?.[0]?.message).toBe(
      'Argument "first": a page has from 1 to 100 entries.',
    );
    expect((await search("first: 0")).errors?.[0]?.extensions["code"]).toBe("ARGUMENT_INVALID");
    expect((await search('after: "bm8"')).errors?.[0]).toMatchObject({
      message: 'Argument "after": a cursor is one that an earlier page of the same list gave.',
    });
  });

  describe("judges permits", () => {
    const query = "{ items { __typename } }";
    const send = async (permit: string | undefined, headers = {}) => {
      const response = await subgraph.post(
        { query, ...(permit && { extensions: { permit } }) },
        headers,
      );
      const body = (await response.json()) as {
        data?: unknown;
        errors?: { extensions: { code: string } }[];
      };
      return [response.status, body.errors?.[0]?.extensions.code ?? body.data];
    };
    const now = () => Math.floor(Date.now() / 1_000);

    it("takes one from extensions or from the header x-permit", async () => {
      const items = { items: [{ __typename: "Book" }, { __typename: "Film" }] };
      expect(await send(await subgraph.permit())).toEqual([200, items]);
      expect(await send(undefined, { "x-permit": await subgraph.permit() })).toEqual([200, items]);
    });

    it("refuses none, garbage, expired, unsigned, another subgraph's, another secret's and one too long", async () => {
      const other = { keys: [{ kid: "test", secret: "x".repeat(43) }] };
      const claims = {
        aud: "library",
        iat: now(),
        exp: now() + 60,
        scopes: [],
        limits: UNLIMITED,
        distance: 0,
        system: "test",
      };
      const unsigned = [{ alg: "none", typ: "permit+jwt" }, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
        .join(".");
      expect(await send(undefined)).toEqual([401, "PERMIT_MISSING"]);
      for (const permit of [
        "garbage",
        `${unsigned}.`,
        signPermit(claims, other),
        await subgraph.permit({ aud: "cinema" }),
        await subgraph.permit({ iat: now() - 70, exp: now() - 10 }),
        await subgraph.permit({ iat: now() - 120, exp: now() + 60 }),
      ]) {
        expect(await send(permit)).toEqual([401, "PERMIT_INVALID"]);
      }
    });
  });

  describe("applies its fields' scopes again", () => {
    const lookUp = (fields: string) => `{ reader(id: "${readerId(0)}") { ${fields} } }`;
    it.each([
      ["a field without its scope", lookUp("name"), [], "Reader.name"],
      ["a key field without its scope", lookUp("id"), [], null],
      [
        "a path of @subject without its scope",
        lookUp("loans { reader { id } }"),
        ["library:loans"],
        null,
      ],
      ["a field of class PUBLIC", lookUp("member"), [], null],
      ["the first of two alternatives", lookUp("loans { __typename }"), ["library:loans"], null],
      [
        "the second of two alternatives, whole",
        lookUp("loans { __typename }"),
        ["library:all", "library:audit"],
        null,
      ],
      [
        "the second of two alternatives, in part",
        lookUp("loans { __typename }"),
        ["library:all"],
        "Reader.loans",
      ],
      [
        "a field in a fragment",
        `${lookUp("...F")} fragment F on Reader { name }`,
        [],
        "Reader.name",
      ],
      ["a field left out by @include", lookUp("name @include(if: false)"), [], "Reader.name"],
      ["a field under an alias", lookUp("member: name"), [], "Reader.name"],
      [
        "a field of an interface, guarded on one implementer",
        "{ items { title } }",
        [],
        "Book.title",
      ],
      ["the same with the scope", "{ items { title } }", ["library:books"], null],
      [
        "a fragment on the implementer that is free",
        "{ items { ... on Film { title } } }",
        [],
        null,
      ],
      [
        "a fragment on the implementer that is guarded",
        "{ items { ... on Book { title } } }",
        [],
        "Book.title",
      ],
      ["introspection", "{ __schema { queryType { name } } _service { sdl } }", [], null],
    ])("%s", async (_case, query, scopes, coordinate) => {
      const { data, errors } = await subgraph.query(query, { scopes });
      if (coordinate === null) expect(errors).toBeUndefined();
      else {
        expect(data).toBeUndefined();
        expect(errors).toMatchObject([
          { extensions: { code: "UNAUTHORIZED_FIELD_OR_TYPE", coordinate } },
        ]);
      }
    });
  });

  describe("tells callers what went wrong and nothing more", () => {
    const codeOf = async (query: string, options = {}) => {
      const { errors } = await subgraph.query(query, options);
      return [errors?.[0]?.extensions["code"], errors?.[0]?.message];
    };

    it("hides the detail of an unexpected error", async () => {
      const { data, errors } = await subgraph.query("{ broken items { __typename } }");
      expect(data).toMatchObject({ broken: null, items: [{}, {}] });
      expect(errors).toEqual([
        {
          message: "Something went wrong here; the request id finds it in the log.",
          path: ["broken"],
          extensions: { code: "INTERNAL_SERVER_ERROR" },
        },
      ]);
    });

    it("calls a failing database by the register's name", async () => {
      faults.next = Object.assign(
        new Error("terminating connection due to administrator command"),
        { code: "57P01" },
      );
      const { errors } = await subgraph.query("{ broken }");
      faults.next = undefined;
      expect(errors).toEqual([
        {
          message: "The Library register does not answer at the moment.",
          path: ["broken"],
          extensions: { code: "REGISTER_UNAVAILABLE", register: "Library register", retry: true },
        },
      ]);
    });

    it("suggests no field", async () => {
      const [code, message] = await codeOf("{ itemz { __typename } }");
      expect(code).toBe("GRAPHQL_VALIDATION_FAILED");
      expect(message).toBe('Cannot query field "itemz" on type "Query".');
    });

    it("refuses what does not parse, names no operation, or lacks a variable", async () => {
      expect((await codeOf("{ items "))[0]).toBe("GRAPHQL_PARSE_FAILED");
      expect(
        (await codeOf("query A { items { __typename } } query B { items { __typename } }"))[0],
      ).toBe("OPERATION_RESOLUTION_FAILURE");
      expect(await codeOf("query($ms: Int!) { deadline(ms: $ms) }")).toEqual([
        "BAD_USER_INPUT",
        'Variable "$ms" of required type "Int!" was not provided.',
      ]);
      expect(
        await codeOf("query($ms: Int!) { deadline(ms: $ms) }", { variables: { ms: "soon" } }),
      ).toEqual(["BAD_USER_INPUT", 'Variable "$ms" must be of type "Int!".']);
    });
  });
});
