import Fastify, { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { TestAuthority, type TestSystem } from "../harness/test-authority.ts";
import { composeSupergraph, TestRouter, type GraphqlAnswer } from "../harness/test-router.ts";

const SCHEMA = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@requiresScopes"])
  type Query { open: Int  person: Person  people: [Person!]  animals: [Animal]  strict: [Animal!]!  ghost: Animal }
  type Person { name: String  salary: Int! @requiresScopes(scopes: [["tax:income"], ["pension:base", "pension:rate"]])  note: String  tax: Int @requiresScopes(scopes: [["tax:income"]]) }
  interface Animal { name: String }
  type Cat implements Animal { name: String }
  type Ghost implements Animal @requiresScopes(scopes: [["ghosts"]]) { name: String }
`;

/** What the subgraph answers next, whatever it is asked. */
let next: object;
let asked: string[];
let subgraph: FastifyInstance;
let router: TestRouter;
let url: string;

beforeAll(async () => {
  subgraph = Fastify();
  subgraph.post("/graphql", async ({ body }) => {
    asked.push((body as { query: string }).query);
    return await Promise.resolve(next);
  });
  url = `${await subgraph.listen({ port: 0, host: "127.0.0.1" })}/graphql`;
  router = await TestRouter.start(supergraph());
});
beforeEach(() => {
  asked = [];
  next = { data: {} };
});
afterAll(async () => {
  await router.stop();
  await subgraph.close();
});

function supergraph(): string {
  return composeSupergraph([{ name: "only", url, schema: SCHEMA }]);
}

/** Every error as one line: where and which. */
function told({ body }: GraphqlAnswer): string[] {
  return (body.errors ?? []).map(
    ({ path, extensions }) =>
      `${((path as unknown[]) ?? []).join(".")} ${String(extensions["code"])}`,
  );
}

describe("errors of refused fields", () => {
  test("name the scopes that are lacking, fewest first, and the agencies that own them", async () => {
    const authority = await TestAuthority.start();
    const system: TestSystem = await authority.system("inspector");
    authority.grant("inspector", "TEST", { scopes: ["pension:rate"] });
    authority.change(() => ({
      scopes: [
        { name: "tax:income", owner: "tax-office" },
        { name: "pension:base", owner: "pension-fund" },
        { name: "pension:rate", owner: "pension-fund" },
      ],
    }));
    const governed = await TestRouter.start(supergraph(), {}, authority);
    next = { data: { person: { name: "An" } } };
    const token = await authority.token(system, {
      scope: "pension:rate tax:income",
      purpose: "TEST",
    });
    const answer = await governed.ask("{ person { name pay: salary } }", { token });
    expect(answer.body.errors).toEqual([
      {
        message: "The caller may not read this field.",
        path: ["person", "pay"],
        extensions: {
          code: "UNAUTHORIZED_FIELD_OR_TYPE",
          coordinate: "Person.salary",
          needs: [["pension:base"], ["tax:income"]],
          owners: ["pension-fund", "tax-office"],
        },
      },
    ]);
    await governed.stop();
    await authority.stop();
  });

  test("come first, and a null that bubbled from one has no second error", async () => {
    next = {
      data: {
        people: [
          { name: "An", note: null },
          { name: "Bình", note: "x" },
        ],
        open: null,
      },
      errors: [
        {
          message: "no note",
          path: ["people", 0, "note"],
          extensions: { code: "ARGUMENT_INVALID" },
        },
        { message: "shut", path: ["open"], extensions: { code: "ARGUMENT_INVALID" } },
      ],
    };
    const answer = await router.ask("{ people { name note salary } open }");
    expect(answer.body.data).toEqual({ people: null, open: null });
    expect(told(answer)).toEqual([
      "people.salary UNAUTHORIZED_FIELD_OR_TYPE",
      "people.0.note ARGUMENT_INVALID",
      "open ARGUMENT_INVALID",
    ]);
  });

  test("are all that is told of a refused field, whatever a subgraph says of it", async () => {
    next = {
      data: { people: [{ name: "An" }] },
      errors: [
        {
          message: "owes much",
          path: ["people", 0, "tax"],
          extensions: { code: "ARGUMENT_INVALID" },
        },
      ],
    };
    const answer = await router.ask("{ people { name tax } }");
    expect(answer.body.data).toEqual({ people: [{ name: "An", tax: null }] });
    expect(told(answer)).toEqual(["people.tax UNAUTHORIZED_FIELD_OR_TYPE"]);
  });

  test("are 2,000 at most; the fields of the further ones are null all the same", async () => {
    next = { data: { person: { name: "An" } } };
    const fields = Array.from({ length: 100 }, (_, index) => `f${index}: salary`);
    const people = Array.from({ length: 21 }, (_, index) => `p${index}: person { ...F }`);
    const answer = await router.ask(
      `{ person { name } ${people.join(" ")} } fragment F on Person { ${fields.join(" ")} }`,
    );
    expect(answer.body.errors).toHaveLength(2_000);
    expect(answer.body.data?.["person"]).toEqual({ name: "An" });
    expect(answer.body.data?.["p20"]).toBeNull();
  });

  test.each([["application/json"], ["application/graphql-response+json"]])(
    "stand in an answer with status 200 where nothing else is left: %s",
    async (accept) => {
      const { status, body, headers } = await router.ask("{ person { salary } }", {
        headers: { accept },
      });
      expect(status).toBe(200);
      expect(headers.get("content-type")).toBe(`${accept}; charset=utf-8`);
      expect(body.data).toBeNull();
      expect(body.errors).toHaveLength(1);
      expect(asked).toEqual([]);
    },
  );

  test("hold no value of the request", async () => {
    const query =
      "query Q($secretValue: Boolean!) { open person { salary @include(if: $secretValue) } }";
    const { body } = await router.ask(query, { variables: { secretValue: true } });
    expect(JSON.stringify(body)).not.toContain("secretValue");
  });
});

describe("objects of a type that is refused", () => {
  const CAT = { __typename: "Cat", name: "Mun" };
  const GHOST = { __typename: "Ghost", name: "Ma" };

  test("look like ones that are not there, and their subgraph's errors are not told", async () => {
    next = {
      data: { animals: [CAT, GHOST, null], ghost: GHOST },
      errors: [
        {
          message: "a ghost's",
          path: ["animals", 1, "name"],
          extensions: { code: "ARGUMENT_INVALID" },
        },
        { message: "a ghost's", path: ["ghost", "name"], extensions: { code: "ARGUMENT_INVALID" } },
      ],
    };
    const query = "{ animals { __typename ... on Cat { name } } ghost { __typename } }";
    const there = await router.ask(query);
    next = { data: { animals: [CAT, null, null], ghost: null } };
    const absent = await router.ask(query);
    expect(there.body).toEqual(absent.body);
    expect(there.body.data).toEqual({ animals: [CAT, null, null], ghost: null });
    expect(there.body.errors).toBeUndefined();
  });

  test("are shown to whom their type is open", async () => {
    next = { data: { animals: [GHOST] } };
    const { body } = await router.ask("{ animals { __typename name } }", { scopes: ["ghosts"] });
    expect(body.data).toEqual({ animals: [GHOST] });
  });

  test("take what may not be null around them along, and no error says which", async () => {
    next = { data: { strict: [CAT, GHOST], open: 1 } };
    const answer = await router.ask("{ strict { __typename } open }");
    expect(answer.body).toMatchObject({ data: null });
    // Without data there has to be an error.
    expect(told(answer)).toEqual([" SUBGRAPH_ERROR"]);
    next = { data: { animals: [CAT, GHOST] } };
    expect((await router.ask("{ animals { __typename } }")).body.errors).toBeUndefined();
  });

  test("are not shown where a subgraph keeps their type to itself", async () => {
    next = { data: { animals: [{ name: "Ma" }, { __typename: "Animal", name: "Ma" }] } };
    const { body } = await router.ask("{ animals { __typename ... on Cat { name } } }");
    expect(body.data).toEqual({ animals: [null, null] });
  });
});

test("a field that calls itself __typename is not taken for an object's type", async () => {
  next = { data: { animals: [{ __typename: "Ghost", own___typename: "Cat" }] } };
  const { body } = await router.ask("{ animals { ... on Cat { __typename: name } } }");
  expect(body.data).toEqual({ animals: [null] });
  expect(asked).toEqual([expect.stringContaining("own___typename:name")]);
});
