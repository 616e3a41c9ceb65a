import Fastify, { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestAuthority } from "../harness/test-authority.ts";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";

const SCHEMA = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated", { name: "@requiresScopes", as: "@needs" }])
  type Query { open(x: String): Int  secret: Int @needs(scopes: [["s"]])  either: Int @needs(scopes: [["a", "b"], ["c"]])  animal: Animal  pet: Pet  vault: Vault }
  interface Animal { name: String }
  type Cat implements Animal { name: String @needs(scopes: [["cats"]])  purrs: Boolean }
  type Dog implements Animal { name: String  barks: Boolean @needs(scopes: [["dogs"]]) }
  union Pet = Cat | Dog
  type Vault @needs(scopes: [["vault"]]) { gold: Int }
`;

describe("where UNAUTHORIZED=reject, an operation is refused whole when its token lacks a scope", () => {
  let router: TestRouter;
  let subgraph: FastifyInstance;
  let asked = 0;

  beforeAll(async () => {
    subgraph = Fastify();
    subgraph.post("/graphql", async () => {
      asked += 1;
      return { data: { open: 1, secret: 2, either: 3, again: 2 } };
    });
    const url = `${await subgraph.listen({ port: 0, host: "127.0.0.1" })}/graphql`;
    router = await TestRouter.start(composeSupergraph([{ name: "only", url, schema: SCHEMA }]), {
      UNAUTHORIZED: "reject",
    });
  });
  afterAll(async () => {
    await router.stop();
    await subgraph.close();
  });

  test.each([
    ["a guarded field", "{ open secret }", [], ["s"], ["Query.secret"]],
    ["under an alias", "{ open: secret }", [], ["s"], ["Query.secret"]],
    ["in a named fragment", "{ ...F } fragment F on Query { secret }", [], ["s"], ["Query.secret"]],
    [
      "skipped by a literal: conditions open nothing",
      "{ open secret @skip(if: true) }",
      [],
      ["s"],
      ["Query.secret"],
    ],
    ["the alternative that lacks least is named", "{ either }", ["a"], ["b"], ["Query.either"]],
    [
      "a guarded type behind an open field",
      "{ vault { gold } }",
      [],
      ["vault"],
      ["Query.vault", "Vault.gold"],
    ],
    [
      "a guarded type's name alone",
      "{ vault { __typename } }",
      [],
      ["vault"],
      ["Query.vault", "Vault.__typename"],
    ],
    [
      "an interface's field is its implementers' (CVE-2025-64173)",
      "{ animal { name } }",
      [],
      ["cats"],
      ["Cat.name"],
    ],
    [
      "a fragment on an implementer (CVE-2025-64530)",
      "{ animal { ... on Cat { name } } }",
      [],
      ["cats"],
      ["Cat.name"],
    ],
    [
      "a union's members are judged apart",
      "{ pet { ... on Cat { purrs } ... on Dog { barks } } }",
      [],
      ["dogs"],
      ["Dog.barks"],
    ],
    [
      "every scope that is missing",
      "{ secret pet { ... on Dog { barks } } }",
      ["x"],
      ["dogs", "s"],
      ["Dog.barks", "Query.secret"],
    ],
  ])("%s", async (_title, query, scopes, missing, fields) => {
    const before = asked;
    const { status, body, headers } = await router.ask(query, { scopes });
    expect(status).toBe(403);
    expect(body).toEqual({
      errors: [
        {
          message: `The token lacks scopes that the operation needs: ${missing.join(", ")}.`,
          extensions: {
            code: "AUTHORIZE_SCOPE_MISSING",
            scopes: missing,
            fields,
            requestId: headers.get("x-request-id"),
          },
        },
      ],
    });
    expect(headers.get("www-authenticate")).toBe(
      `Bearer error="insufficient_scope", scope="${missing.join(" ")}"`,
    );
    expect(asked).toBe(before);
    expect(router.records().at(-1)).toMatchObject({
      decision: "refused",
      outcome: "refused",
      code: "AUTHORIZE_SCOPE_MISSING",
      asked: undefined,
    });
  });

  test.each([
    ["with the scope", "{ open secret }", ["s"], { open: 1, secret: 2 }],
    ["with one of two alternatives", "{ either }", ["c"], { either: 3 }],
    [
      "a fragment nobody uses is not judged",
      "query Q { open } fragment F on Query { open }",
      [],
      undefined,
    ],
    [
      "another operation of the document is not judged",
      "query Q { open } query R { secret }",
      [],
      { open: 1 },
    ],
    ["a prefix of a scope's name is another scope", "{ secret }", ["s:all", "S", "ss"], undefined],
  ])("%s", async (_title, query, scopes, data) => {
    const { body } = await router.ask(query, {
      scopes,
      ...(query.includes("Q") ? { operationName: "Q" } : {}),
    });
    expect(body.data ?? undefined).toEqual(data);
  });

  test("two tokens, one operation: what is remembered of the one is not the other's", async () => {
    const query = "{ again: secret }";
    const statuses: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      statuses.push(
        (await router.ask(query, { scopes: ["s"] })).status,
        (await router.ask(query)).status,
      );
    }
    expect(statuses).toEqual([200, 403, 200, 403, 200, 403]);
  });

  test("without an agency and a purpose nothing is answered where grants are the authority's", async () => {
    const authority = await TestAuthority.start();
    const system = await authority.system("strict");
    authority.grant("strict", "TEST");
    const strict = await TestRouter.start(
      composeSupergraph([{ name: "only", url: "http://127.0.0.1:9/graphql", schema: SCHEMA }]),
      {},
      authority,
    );
    const statuses = [];
    for (const missing of [{}, { agency: undefined }, { purpose: undefined }]) {
      const token = await authority.token(system, missing);
      const { status, body } = await strict.ask("{ __typename }", { token });
      statuses.push([status, body.errors?.[0]?.extensions["code"]]);
    }
    expect(statuses).toEqual([
      [200, undefined],
      [403, "AUTHORIZE_PURPOSE_MISSING"],
      [403, "AUTHORIZE_PURPOSE_MISSING"],
    ]);
    await strict.stop();
    await authority.stop();
  });

  test("records are numbered from the first, and hold no value of the request", async () => {
    await router.ask('query Named($x: String = "a secret value") { open(x: $x) secret }', {
      scopes: ["s"],
      variables: { x: "personal value" },
    });
    const records = router.records();
    expect(records.map(({ sequence }) => sequence)).toEqual(records.map((_, index) => index + 1));
    expect(records.at(-1)).toMatchObject({
      system: "test-system",
      agency: "test-agency",
      purpose: "TEST",
      operationName: null,
      decision: "allowed",
      outcome: "answered",
      asked: { only: 1 },
    });
    expect(JSON.stringify(records)).not.toMatch(/personal value|a secret value/);
    expect(router.log.join("")).not.toMatch(/personal value|a secret value/);
  });
});
