import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { compose, CompositionRefused } from "../../infra/src/compose/compose-subgraphs.ts";
import { StubFederation, type StubSubgraph } from "../harness/stub-federation.ts";
import { composeSupergraph, type GraphqlAnswer } from "../harness/test-router.ts";
import { Federation } from "../../gateway/router/src/supergraph/federation.ts";
import { createLog } from "@truc/service";

const LINK = (imports: string): string =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${imports}])`;
const COMMON =
  '"@key", "@requiresScopes", "@external", "@requires", "@provides", "@shareable", "@override"';

/** People and animals; a salary from which three others are computed, one in each further subgraph. */
const HOME: StubSubgraph = {
  schema: `
    ${LINK(COMMON)}
    type Query {
      person: Person  people: [Person!]  colleague: Person
      animal: Animal  animals: [Animal!]  pet: Pet  pets: [Pet]
      sealed: Sealed  strict: Strict!  article: Article
      boss: Person @requiresScopes(scopes: [["boss"]])
    }
    type Person @key(fields: "id") {
      id: ID! @requiresScopes(scopes: [["id"]])
      name: String
      salary: Int @requiresScopes(scopes: [["pay"]])
      friends: [Person!]
      nick: String! @requiresScopes(scopes: [["nick"]])
    }
    interface Animal { name: String  sound: String }
    type Cat implements Animal { name: String @requiresScopes(scopes: [["cats"]])  sound: String  lives: Int }
    type Dog implements Animal { name: String  sound: String  breed: String @requiresScopes(scopes: [["dogs"]]) }
    type Ghost implements Animal @requiresScopes(scopes: [["ghosts"]]) { name: String  sound: String }
    union Pet = Cat | Dog | Ghost
    type Sealed @requiresScopes(scopes: [["seal"]]) { content: String }
    type Strict { must: String! @requiresScopes(scopes: [["must"]])  may: String }
    type Article @key(fields: "isbn") { isbn: ID!  author: Author @provides(fields: "email") }
    type Author @key(fields: "id") { id: ID!  email: String @external }
  `,
  resolvers: {
    "Query.person": () => PERSON,
    "Query.colleague": () => ({ ...PERSON, id: "2", name: "Bình" }),
    "Query.boss": () => ({ ...PERSON, id: "9", name: "Chi" }),
    "Query.people": () => [PERSON, { ...PERSON, id: "2", name: "Bình" }],
    "Person.friends": () => [{ ...PERSON, id: "2", name: "Bình" }],
    "Person.salary": 100,
    "Person.nick": "bee",
    "Query.animal": () => CAT,
    "Query.animals": () => [CAT, DOG, GHOST],
    "Query.pet": () => CAT,
    "Query.pets": () => [CAT, DOG, GHOST],
    "Query.sealed": () => ({ content: "gold" }),
    "Query.strict": () => ({ must: "yes", may: "perhaps" }),
    "Query.article": () => ({ __typename: "Article", isbn: "i1" }),
    "Article.author": () => ({ __typename: "Author", id: "a1", email: "a1@example.test" }),
  },
};
const OFFICE: StubSubgraph = {
  schema: `
    ${LINK(COMMON)}
    type Query { offices: Int }
    type Person @key(fields: "id") {
      id: ID! @requiresScopes(scopes: [["id"]])
      salary: Int @external
      bonus: Int @requires(fields: "salary") @requiresScopes(scopes: [["pay"]])
      desk: String
      room: String @override(from: "home") @requiresScopes(scopes: [["rooms"]])
    }
    type Author @key(fields: "id") { id: ID!  email: String @shareable @requiresScopes(scopes: [["mail"]]) }
  `,
  resolvers: {
    "Person.bonus": ({ salary }: Record<string, unknown>) => (salary as number) * 2,
    "Person.desk": ({ id }: Record<string, unknown>) => `desk ${String(id)}`,
    "Person.room": ({ id }: Record<string, unknown>) => `room ${String(id)}`,
    "Author.email": ({ id }: Record<string, unknown>) => `${String(id)}@example.test`,
  },
};
/** Two more links of the chain that begins with a salary. */
const link = (field: string, of: string, plus: number): StubSubgraph => ({
  schema: `
    ${LINK(COMMON)}
    type Person @key(fields: "id") {
      id: ID! @requiresScopes(scopes: [["id"]])
      ${of}: Int @external
      ${field}: Int @requires(fields: "${of}") @requiresScopes(scopes: [["pay"]])
    }
  `,
  resolvers: {
    [`Person.${field}`]: (person: Record<string, unknown>) => (person[of] as number) + plus,
  },
});
const PERSON = { __typename: "Person", id: "1", name: "An" };
const CAT = { __typename: "Cat", name: "Mun", sound: "meo", lives: 9 };
const DOG = { __typename: "Dog", name: "Vàng", sound: "gâu", breed: "Phú Quốc" };
const GHOST = { __typename: "Ghost", name: "Ma", sound: "u u" };

let federation: StubFederation;
beforeAll(async () => {
  federation = await StubFederation.start({
    home: HOME,
    office: OFFICE,
    treasury: link("tax", "bonus", 1),
    archive: link("net", "tax", 1_000),
  });
});
afterAll(async () => await federation.stop());

interface Refused {
  path: unknown;
  needs: unknown;
}

function refusals({ body }: GraphqlAnswer): Refused[] {
  return (body.errors ?? []).map(({ path, extensions }) => {
    expect(extensions["code"]).toBe("UNAUTHORIZED_FIELD_OR_TYPE");
    return { path, needs: extensions["needs"] };
  });
}

async function ask(
  query: string,
  scopes: string[],
  more: { variables?: Record<string, unknown>; operationName?: string } = {},
): Promise<GraphqlAnswer> {
  federation.forget();
  const answer = await federation.router.ask(query, { scopes, ...more });
  expect(answer.status).toBe(200);
  return answer;
}

/** Nothing any subgraph was asked mentions the field. */
function expectNeverFetched(field: string): void {
  const asking = new RegExp(`\\b${field}\\b`);
  expect(federation.fetches.filter(({ query }) => asking.test(query))).toEqual([]);
}

describe("rules around types", () => {
  test("CVE-2025-64173: an interface's field asks for what every implementer's field asks for", async () => {
    const answer = await ask("{ animal { name sound } }", ["ghosts"]);
    expect(answer.body.data).toEqual({ animal: { name: null, sound: "meo" } });
    expect(refusals(answer)).toEqual([{ path: ["animal", "name"], needs: [["cats"]] }]);
    expectNeverFetched("name");
  });

  test("CVE-2025-64173: an interface of which a field is read asks for every implementer's own type", async () => {
    const answer = await ask("{ animal { sound } person { name } }", ["cats"]);
    expect(answer.body.data).toEqual({ animal: null, person: { name: "An" } });
    expect(refusals(answer)).toEqual([{ path: ["animal"], needs: [["ghosts"]] }]);
    expectNeverFetched("animal");
  });

  test("CVE-2025-64530: a fragment on an implementer does not slip past its rule", async () => {
    const answer = await ask(
      "{ animals { __typename ... on Cat { name lives } ... on Dog { breed } } }",
      [],
    );
    expect(answer.body.data?.["animals"]).toBeNull();
    const open = await ask(
      "{ animals { __typename ... on Cat { name lives } ... on Dog { breed } } }",
      ["ghosts"],
    );
    expect(open.body.data).toEqual({
      animals: [
        { __typename: "Cat", name: null, lives: 9 },
        { __typename: "Dog", breed: null },
        { __typename: "Ghost" },
      ],
    });
    expect(refusals(open)).toEqual([
      { path: ["animals", "name"], needs: [["cats"]] },
      { path: ["animals", "breed"], needs: [["dogs"]] },
    ]);
    expectNeverFetched("name");
    expectNeverFetched("breed");
  });

  test("CVE-2025-64530: no rule may stand on an interface, so none can be bypassed", () => {
    const schema = `${LINK('"@requiresScopes"')}
      type Query { animal: Animal }
      interface Animal @requiresScopes(scopes: [["x"]]) { name: String }
      type Cat implements Animal { name: String }`;
    let problems: readonly string[] = [];
    try {
      compose([{ name: "zoo", url: "http://zoo", schema }]);
    } catch (error) {
      if (!(error instanceof CompositionRefused)) throw error;
      ({ problems } = error);
    }
    expect(problems).toEqual([
      "zoo: Animal carries a rule, but no rule may stand on an interface or its fields.",
      '[zoo] Invalid use of @requiresScopes on interface "Animal": @requiresScopes cannot be applied on interfaces, interface fields and interface objects',
    ]);
  });

  test("hive router 1422: each member of a union keeps its own rule", async () => {
    const answer = await ask("{ pets { ... on Cat { name lives } ... on Dog { name breed } } }", [
      "dogs",
      "ghosts",
    ]);
    expect(answer.body.data).toEqual({
      pets: [{ name: null, lives: 9 }, { name: "Vàng", breed: "Phú Quốc" }, {}],
    });
    expect(refusals(answer)).toEqual([{ path: ["pets", "name"], needs: [["cats"]] }]);
  });

  test("hive router 1423: a refused fragment beside an allowed one takes nothing of it along", async () => {
    const answer = await ask(
      "{ pets { ... on Dog { n: name } ... on Cat { n: name } ... on Cat { sound } } }",
      ["ghosts"],
    );
    expect(answer.body.data).toEqual({
      pets: [{ n: null, sound: "meo" }, { n: "Vàng" }, {}],
    });
    expect(refusals(answer)).toEqual([{ path: ["pets", "n"], needs: [["cats"]] }]);
  });

  test("envelop 2743: nulls stand where the fields were asked, fragments or not", async () => {
    const answer = await ask(
      "{ person { ...A ...B } people { ...B } } fragment A on Person { name salary } fragment B on Person { pay: salary ... on Person { friends { salary name } } }",
      [],
    );
    const friends = [{ salary: null, name: "Bình" }];
    expect(answer.body.data).toEqual({
      person: { name: "An", salary: null, pay: null, friends },
      people: [
        { pay: null, friends },
        { pay: null, friends },
      ],
    });
    expect(refusals(answer).map(({ path }) => path)).toEqual([
      ["person", "salary"],
      ["person", "pay"],
      ["person", "friends", "salary"],
      ["people", "pay"],
      ["people", "friends", "salary"],
    ]);
  });

  test("a protected object's existence does not show in __typename", async () => {
    const answer = await ask("{ pets { __typename } sealed { __typename } }", []);
    expect(answer.body.data).toEqual({
      pets: [{ __typename: "Cat" }, { __typename: "Dog" }, null],
      sealed: null,
    });
    expect(refusals(answer)).toEqual([{ path: ["sealed"], needs: [["seal"]] }]);
    expectNeverFetched("sealed");
  });

  test("cosmo 1815: an alias names another field's rule in vain", async () => {
    const answer = await ask("{ person { name: salary desk: nick } }", []);
    expect(answer.body.data).toBeNull();
    expect(refusals(answer)).toEqual([
      { path: ["person", "name"], needs: [["pay"]] },
      { path: ["person", "desk"], needs: [["nick"]] },
    ]);
    expectNeverFetched("salary");
  });

  test("the same response key under sibling fragments is null only where all of them are refused", async () => {
    const answer = await ask("{ pets { __typename } animals { x: name ... on Dog { x: name } } }", [
      "ghosts",
    ]);
    expect(answer.body.data?.["animals"]).toEqual([{ x: null }, { x: "Vàng" }, { x: null }]);
    expect(refusals(answer)).toEqual([{ path: ["animals", "x"], needs: [["cats"]] }]);
  });
});

describe("rules around fragments, conditions and roots", () => {
  test("a named fragment used twice where only one parent is allowed", async () => {
    const answer = await ask(
      "{ person { ...F } boss { ...F } } fragment F on Person { name friends { name } }",
      [],
    );
    expect(answer.body.data).toEqual({
      person: { name: "An", friends: [{ name: "Bình" }] },
      boss: null,
    });
    expect(refusals(answer)).toEqual([{ path: ["boss"], needs: [["boss"]] }]);
    expectNeverFetched("boss");
  });

  test("a fragment that nobody uses any more after filtering", async () => {
    const answer = await ask(
      "{ person { name } boss { ...Only } } fragment Only on Person { desk friends { desk } }",
      [],
    );
    expect(answer.body.data).toEqual({ person: { name: "An" }, boss: null });
    expectNeverFetched("desk");
  });

  test("@include and @skip with variables open no refused field, and are obeyed for its error", async () => {
    const query =
      "query ($yes: Boolean!) { person { name salary @include(if: $yes) pay: salary @skip(if: $yes) } }";
    const included = await ask(query, [], { variables: { yes: true } });
    expect(included.body.data).toEqual({ person: { name: "An", salary: null } });
    expect(refusals(included)).toEqual([{ path: ["person", "salary"], needs: [["pay"]] }]);
    expectNeverFetched("salary");
    const skipped = await ask(query, [], { variables: { yes: false } });
    expect(skipped.body.data).toEqual({ person: { name: "An", pay: null } });
    expect(refusals(skipped)).toEqual([{ path: ["person", "pay"], needs: [["pay"]] }]);
  });

  test("non-null bubbling reaches the root", async () => {
    const answer = await ask("{ person { name } strict { must may } }", []);
    expect(answer.body.data).toBeNull();
    expect(refusals(answer)).toEqual([{ path: ["strict", "must"], needs: [["must"]] }]);
    expectNeverFetched("must");
  });

  test("introspection beside ordinary and refused fields", async () => {
    const answer = await ask(
      '{ __type(name: "Sealed") { name } sealed { content } person { name } }',
      [],
    );
    expect(answer.body.data).toEqual({
      __type: { name: "Sealed" },
      sealed: null,
      person: { name: "An" },
    });
    expect(refusals(answer)).toEqual([{ path: ["sealed"], needs: [["seal"]] }]);
  });

  test("a document of several operations: the named one alone is judged and answered", async () => {
    const query =
      "query Mine { person { name } } query Theirs { sealed { content } boss { name } }";
    const mine = await ask(query, [], { operationName: "Mine" });
    expect(mine.body).toEqual({ data: { person: { name: "An" } } });
    const theirs = await ask(query, [], { operationName: "Theirs" });
    expect(theirs.body.data).toBeNull();
    expect(refusals(theirs).map(({ path }) => path)).toEqual([["sealed"], ["boss"]]);
    expect(federation.fetches).toEqual([]);
  });

  test("everything refused: no data, nothing planned, nobody asked", async () => {
    const answer = await ask("{ a: sealed { content } b: boss { name } }", []);
    expect(answer.body.data).toBeNull();
    expect(refusals(answer)).toEqual([
      { path: ["a"], needs: [["seal"]] },
      { path: ["b"], needs: [["boss"]] },
    ]);
    expect(federation.fetches).toEqual([]);
  });
});

describe("what plans fetch beside what was asked", () => {
  test("GHSA-m8jr-fxqx-8xx6: a field that requires a protected one demands as much, or is not served", () => {
    const home = `${LINK(COMMON)}
      type Query { person: Person }
      type Person @key(fields: "id") { id: ID!  salary: Int @requiresScopes(scopes: [["pay"]]) }`;
    const office = (rule: string): string => `${LINK(COMMON)}
      type Person @key(fields: "id") { id: ID!  salary: Int @external  bonus: Int @requires(fields: "salary") ${rule} }`;
    const composed = (rule: string): string =>
      composeSupergraph([
        { name: "home", url: "http://home", schema: home },
        { name: "office", url: "http://office", schema: office(rule) },
      ]);
    expect(() => composed("")).toThrow(
      '[office] Field "Person.bonus" does not specify necessary @authenticated, @requiresScopes and/or @policy auth requirements to access the transitive field "Person.salary" data from @requires selection set.',
    );
    // Composed elsewhere, by something that lets it pass.
    const leaking = composed('@requiresScopes(scopes: [["pay"]])').replace(
      /(bonus: Int[^\n]*?) @requiresScopes\([^\n]*?\]\]\)/,
      "$1",
    );
    const load = (): unknown =>
      new Federation(leaking, createLog({ name: "test", level: "silent" }));
    expect(load).toThrow(
      "Person.bonus requires Person.salary, but demands less than it: add the missing scopes to Person.bonus.",
    );
  });

  test("GHSA-m8jr-fxqx-8xx6: a running router keeps the supergraph it has, and never answers such a field", async () => {
    const home: StubSubgraph = {
      schema: `${LINK(COMMON)}
        type Query { person: Person }
        type Person @key(fields: "id") { id: ID!  name: String  salary: Int @requiresScopes(scopes: [["pay"]]) }`,
      resolvers: { "Query.person": { __typename: "Person", id: "1", name: "An", salary: 100 } },
    };
    const office: StubSubgraph = {
      schema: `${LINK(COMMON)}
        type Person @key(fields: "id") { id: ID!  salary: Int @external  room: String  perk: Int @requires(fields: "salary") @requiresScopes(scopes: [["pay"]]) }`,
      resolvers: {
        "Person.room": "room 1",
        "Person.perk": (person: { salary: number }) => person.salary / 10,
      },
    };
    const running = await StubFederation.start({ home, office });
    try {
      const { router } = running;
      const path = join(router.directory, "supergraph.graphql");
      const text = readFileSync(path, "utf8");
      // The same field without its rule, and under a name by which the router has not known it before.
      const open = text.replace(/(perk: Int[^\n]*?) @requiresScopes\([^\n]*?\]\]\)/, "$1");
      const renamed = open.replace("perk: Int", "extra: Int");
      expect(new Set([text, open, renamed]).size).toBe(3);
      for (const [leaking, field] of [
        [open, "perk"],
        [renamed, "extra"],
      ] as const) {
        router.replaceSupergraph(leaking);
        await vi.waitFor(
          () =>
            expect(router.log.join("")).toContain(
              `Person.${field} requires Person.salary, but demands less than it`,
            ),
          10_000,
        );
        running.forget();
        const { status, body } = await router.ask(`{ person { name ${field} } }`, { scopes: [] });
        expect([
          status,
          body.data,
          body.errors?.map(({ extensions }) => extensions["code"]),
        ]).toEqual(
          field === "perk"
            ? [200, { person: { name: "An", perk: null } }, ["UNAUTHORIZED_FIELD_OR_TYPE"]]
            : [400, undefined, ["GRAPHQL_VALIDATION_FAILED"]],
        );
        const asked = running.fetches.map(({ query }) => query).join(" ");
        expect(asked).not.toMatch(/salary|perk|extra/);
        expect((await router.ask("{ person { perk } }", { scopes: ["pay"] })).body).toEqual({
          data: { person: { perk: 10 } },
        });
      }
    } finally {
      await running.stop();
    }
  });

  test("a chain of three @requires is answered with the scope, and fetches none of it without", async () => {
    const query = "{ person { name net } }";
    const allowed = await ask(query, ["pay"]);
    expect(allowed.body.data).toEqual({ person: { name: "An", net: 1_201 } });
    const refused = await ask(query, ["id"]);
    expect(refused.body.data).toEqual({ person: { name: "An", net: null } });
    for (const field of ["salary", "bonus", "tax", "net"]) expectNeverFetched(field);
  });

  test("a key the caller may not see joins, and is not returned", async () => {
    const answer = await ask("{ person { id desk } }", []);
    // The key may not be null, so the person is.
    expect(answer.body.data).toEqual({ person: null });
    expect(refusals(answer)).toEqual([{ path: ["person", "id"], needs: [["id"]] }]);
    const joined = await ask("{ person { desk } }", []);
    expect(joined.body.data).toEqual({ person: { desk: "desk 1" } });
    const seen = await ask("{ person { id desk } }", ["id"]);
    expect(seen.body.data).toEqual({ person: { id: "1", desk: "desk 1" } });
  });

  test("an overridden field keeps its rule wherever it comes from", async () => {
    const answer = await ask("{ person { name room } }", []);
    expect(answer.body.data).toEqual({ person: { name: "An", room: null } });
    expectNeverFetched("room");
    expect((await ask("{ person { room } }", ["rooms"])).body.data).toEqual({
      person: { room: "room 1" },
    });
  });

  test("a @provides path is no way around the rule of the field it provides", async () => {
    const answer = await ask("{ article { isbn author { id email } } }", []);
    expect(answer.body.data).toEqual({
      article: { isbn: "i1", author: { id: "a1", email: null } },
    });
    expect(refusals(answer)).toEqual([{ path: ["article", "author", "email"], needs: [["mail"]] }]);
    expectNeverFetched("email");
  });
});
