import { beforeAll, describe, expect, test } from "vitest";
import { RegisterUnavailable } from "../../gateway/router/src/execute/subgraph-clients.ts";
import { SupergraphRefused } from "../../gateway/router/src/supergraph/supergraph-refused.ts";
import type { Supergraph } from "../../gateway/router/src/supergraph/supergraph.ts";
import { loadedSupergraph, readOperation } from "../harness/loaded-supergraph.ts";
import { stubAnswers, type StubSubgraph } from "../harness/stub-federation.ts";
import { throughStages, type StagedAnswer } from "../harness/through-stages.ts";

const LINK = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@external", "@shareable", "@inaccessible", "@interfaceObject", "@requiresScopes", "@composeDirective"])
  @link(url: "https://truc.vn/spec/access/v1.0", import: ["@subject"])
  @composeDirective(name: "@subject")
  directive @subject(path: String!) repeatable on OBJECT`;

const AN = { __typename: "Citizen", id: "an", name: "An" };
const BINH = { __typename: "Citizen", id: "binh", name: "Bình" };
const CHI = { __typename: "Citizen", id: "chi", name: "Chi" };
const CLUB = { __typename: "Club", id: "club", name: "Câu lạc bộ" };
const FIRM = { __typename: "Company", code: 77, name: "Công ty" };
const FIELD = { __typename: "Parcel", number: { sheet: 1, plot: 2 } };
const CARD = { __typename: "Card", number: "c1", secret: "s", holder: AN };
const DEED = { __typename: "Deed", text: "bán", owner: BINH };
const SEALED = { __typename: "Sealed", text: "kín", owner: CHI };
const CASE = { __typename: "Case", no: "9", person: AN };

/** Stub registers in which every kind of path to a data subject occurs; nobody here may see an id of a citizen. */
const WORLD: Record<string, StubSubgraph> = {
  people: {
    schema: `${LINK}
      type Query {
        citizen(id: ID): Citizen  citizens: [Citizen]  card: Card  cards: [[Card]]  household: Household
        find: [Found]  things: [Thing]  deeds: [Deed]  papers: [Paper]  firm: Company  nobody: Note  case: Case  ticket: Ticket  slip: Slip  form: Form  drafts: [Paper]
      }
      type Mutation { move(id: ID): Citizen  issue: Card }
      interface Thing { name: String }
      interface Owner { id: ID!  name: String }
      interface Paper { text: String }
      type Citizen implements Thing & Owner @key(fields: "id") @subject(path: "id") {
        id: ID! @requiresScopes(scopes: [["identity"]])  name: String  friend: Citizen  marriages: Marriages  relatives: [Relative]  firm: Company  slips: [Slip]
      }
      type Marriages { nodes: [Marriage] }
      type Marriage @subject(path: "..") { year: Int  place: Spot }
      type Spot { name: String  warden: Relative }
      type Relative @subject(path: "..") @subject(path: "citizen.id") { name: String  citizen: Citizen @requiresScopes(scopes: [["never"]]) }
      type Club implements Owner & Thing @key(fields: "id") { id: ID!  name: String }
      type Company implements Thing @key(fields: "code") @subject(path: "code") { code: Int!  name: String  shares: [Share] }
      type Share @subject(path: "..") { percent: Int }
      type Parcel @subject(path: "number") { number: Plot!  area: Int }
      scalar Plot
      type Note { text: String }
      union Found = Citizen | Company | Parcel | Note | Marriage
      type Household @subject(path: "head.citizen.id") @subject(path: "members.citizen.id") { no: Int  head: Member  members: [[Member]] }
      type Member { since: Int  citizen: Citizen }
      type Card @subject(path: "holder.id") @requiresScopes(scopes: [["card"]]) { number: String @requiresScopes(scopes: [["card"]])  secret: String @requiresScopes(scopes: [["secret"]])  holder: Citizen @requiresScopes(scopes: [["never"]]) }
      type Deed implements Paper @subject(path: "owner.id") { text: String  owner: Owner }
      type Sealed implements Paper @subject(path: "owner.id") @requiresScopes(scopes: [["sealed"]]) { text: String  owner: Owner }
      type Draft implements Paper @inaccessible @subject(path: "owner.id") { text: String  owner: Owner }
      type Case @key(fields: "no") @subject(path: "file.person.id") { no: ID! }
      type Form @subject(path: "no") { no(format: Int = 1): ID }
      type Slip @subject(path: "payer.account") { amount: Int  payer: Citizen }
      type Ticket @subject(path: "stub") { stub: ID @inaccessible  seat: Int }
    `,
    resolvers: {
      "Query.citizen": (_: unknown, { id }: { id?: string }) => ({ ...AN, id: id ?? "an" }),
      "Query.citizens": [AN, null, BINH, AN],
      "Query.card": CARD,
      "Query.cards": [
        [CARD, null],
        null,
        [
          { ...CARD, holder: CHI },
          { ...CARD, holder: null },
        ],
      ],
      "Query.household": {
        no: 4,
        head: { since: 1, citizen: AN },
        members: [
          [
            { since: 1, citizen: AN },
            { since: 2, citizen: null },
          ],
          null,
          [null, { citizen: CHI }],
        ],
      },
      "Query.find": [
        AN,
        FIRM,
        FIELD,
        { __typename: "Note", text: "x" },
        { __typename: "Marriage", year: 1999 },
      ],
      "Query.things": [BINH, FIRM, CLUB],
      "Query.deeds": [DEED, { ...DEED, owner: CLUB }, { ...DEED, owner: null }],
      "Query.papers": [DEED, SEALED],
      "Query.firm": { ...FIRM, shares: [{ percent: 40 }, { percent: 60 }] },
      "Query.nobody": { text: "x" },
      "Query.case": CASE,
      "Query.ticket": { stub: "t5", seat: 12 },
      "Query.drafts": [{ __typename: "Draft", text: "nháp", owner: AN }, DEED],
      "Query.form": {},
      "Form.no": (_: unknown, { format }: { format: number }) => `no ${format}`,
      "Query.slip": { amount: 1, payer: AN },
      "Mutation.move": (_: unknown, { id }: { id: string }) => ({ ...AN, id }),
      "Mutation.issue": CARD,
      "Citizen.slips": ({ id }: { id: string }) => [
        { amount: 1, payer: id === "an" ? BINH : CHI },
        { amount: 2, payer: null },
      ],
      "Citizen.friend": ({ id }: { id: string }) => (id === "an" ? BINH : CHI),
      "Citizen.firm": FIRM,
      "Citizen.marriages": {
        nodes: [{ year: 1, place: { name: "đây", warden: { name: "W", citizen: CHI } } }],
      },
      "Citizen.relatives": [
        { name: "B", citizen: BINH },
        { name: "?", citizen: null },
      ],
    },
  },
  pay: {
    schema: `${LINK}
      type Query { payroll: [Citizen] }
      type Citizen @key(fields: "id") @subject(path: "id") { id: ID! @requiresScopes(scopes: [["identity"]])  pay: Pay  account: ID @requiresScopes(scopes: [["never"]]) }
      type Pay @subject(path: "..") { amount: Int }
      type Case @key(fields: "no") @subject(path: "file.person.id") { no: ID!  file: File  title: String }
      type File { person: Citizen }
    `,
    resolvers: {
      "Query.payroll": [BINH, CHI],
      "Citizen.pay": { amount: 5 },
      "Citizen.account": ({ id }: { id: string }) => `account of ${id}`,
      "Case.file": { person: CHI },
      "Case.title": "Hồ sơ",
    },
  },
};

let world: Supergraph;
beforeAll(async () => {
  world = loadedSupergraph(schemasOf(WORLD));
});

function schemasOf(subgraphs: Record<string, StubSubgraph>): Record<string, string> {
  return Object.fromEntries(Object.entries(subgraphs).map(([name, { schema }]) => [name, schema]));
}

/** A fetch as the register gets it. */
interface Fetched {
  readonly register: string;
  readonly query: string;
  readonly distance: number;
}

interface Asked {
  supergraph?: Supergraph;
  subgraphs?: Record<string, StubSubgraph>;
  scopes?: readonly string[];
  variables?: Record<string, unknown>;
}

async function ask(
  query: string,
  options: Asked = {},
): Promise<StagedAnswer & { fetches: Fetched[] }> {
  const { supergraph = world, subgraphs = WORLD, scopes = [], variables = {} } = options;
  const answers = new Map(
    Object.entries(subgraphs).map(([name, stub]) => [name, stubAnswers(stub)]),
  );
  const fetches: Fetched[] = [];
  const operation = readOperation(supergraph, query, variables);
  const answer = await throughStages(operation, new Set(scopes), async (name, fetch) => {
    fetches.push({ register: name, query: fetch.query, distance: fetch.permit!.distance });
    return await answers.get(name)!(fetch.query, fetch.variables);
  });
  return { ...answer, fetches };
}

function textOf({ fetches }: { fetches: readonly Fetched[] }): string {
  return fetches.map(({ query }) => query).join();
}

function isGiven(entity: unknown): entity is { account: unknown } {
  return typeof entity === "object" && entity !== null && "account" in entity;
}

/** `4: Citizen an binh, Company 77`: objects that belong to somebody, and to whom. */
function told({ subjects }: StagedAnswer): string {
  const types = [...subjects.byType].map(
    ([type, keys]) => `${type} ${[...keys].toSorted().join(" ")}`,
  );
  return `${subjects.objects}: ${types.toSorted().join(", ")}`;
}

describe("whose data is on record", () => {
  test.each([
    ["a key that was not asked for", "{ citizen { name } }", "1: Citizen an"],
    ["nothing but the type's name", "{ citizen { __typename } }", "1: Citizen an"],
    ["what the row says, not the argument", `{ citizen(id: "binh") { name } }`, "1: Citizen binh"],
    ["every element of a list, nobody twice", "{ citizens { name } }", "3: Citizen an binh"],
    ["lists in lists", "{ cards { number } }", "2: Citizen an chi", ["card"]],
    ["somebody by a path that nobody may read", "{ card { number } }", "1: Citizen an", ["card"]],
    ["several paths, through lists of lists", "{ household { no } }", "1: Citizen an chi"],
    [
      "an entity within an entity",
      "{ citizen { friend { friend { name } } } }",
      "3: Citizen an binh chi",
    ],
    [
      "entities of several types",
      "{ citizen { name firm { name } } }",
      "2: Citizen an, Company 77",
    ],
    ["numbers as text", "{ firm { name } }", "1: Company 77"],
    ["whoever the object around belongs to", "{ firm { shares { percent } } }", "3: Company 77"],
    [
      "whoever it belongs to, through what is nobody's by its type",
      "{ citizen { marriages { nodes { year } } } }",
      "2: Citizen an",
    ],
    [
      "the object around and somebody else",
      "{ citizen { relatives { name } } }",
      "3: Citizen an binh",
    ],
    [
      "somebody beyond parts of parts",
      "{ citizen { marriages { nodes { place { warden { name } } } } } }",
      "3: Citizen an chi",
    ],
    [
      "members of a union, values of any kind",
      "{ find { ... on Note { text } } }",
      `3: Citizen an, Company 77, Parcel {"sheet":1,"plot":2}`,
    ],
    ["implementers of an interface", "{ things { name } }", "2: Citizen binh, Company 77"],
    [
      "a path through an interface: whoever it leads to",
      "{ deeds { text } }",
      "2: Citizen binh, Club club",
    ],
    ["nobody", "{ nobody { text } }", "0: "],
    ["nobody by introspection", `{ __typename __type(name: "Citizen") { name } }`, "0: "],
    ["nobody where all is refused", "{ card { secret } }", "0: ", []],
    [
      "somebody whose fields are all refused",
      "{ card { secret } nobody { text } }",
      "1: Citizen an",
      ["card"],
    ],
    [
      "somebody by a mutation",
      `mutation { a: move(id: "binh") { name } issue { number } }`,
      "2: Citizen an binh",
      ["card"],
    ],
    [
      "the same entity in two registers, once",
      "{ citizen { name pay { amount } } }",
      "2: Citizen an",
    ],
    [
      "somebody whom another register has",
      "{ payroll { name pay { amount } } }",
      "4: Citizen binh chi",
    ],
    ["somebody whom only another register knows", "{ case { no } }", "1: Citizen chi"],
    [
      "somebody by a key that only another register has",
      "{ citizen { slips { amount } } }",
      "2: Citizen account of binh an",
    ],
    [
      "objects of a type that callers never see",
      "{ drafts { text } }",
      "2: Citizen an binh",
      ["sealed"],
    ],
    [
      "by a field's default, whatever the caller says",
      "{ form { no(format: 2) } }",
      "1: Form no 1",
    ],
    ["by a field that callers never see", "{ ticket { seat } }", "1: Ticket t5"],
  ] as const)("%s", async (_title, query, expected, scopes: readonly string[] = []) => {
    expect(told(await ask(query, { scopes }))).toBe(expected);
  });

  test.each([
    ["aliases", "{ x: citizen { y: friend { z: name } } }"],
    [
      "named fragments within each other",
      "{ citizen { ...A } } fragment A on Citizen { ...B } fragment B on Citizen { friend { ...C } } fragment C on Thing { name }",
    ],
    [
      "inline fragments, with and without a type",
      "{ ... { citizen { ... on Thing { ... on Citizen { friend { name } } } } } }",
    ],
    ["the same field twice", "{ citizen { friend { name } } citizen { friend { __typename } } }"],
    ["the key asked for by its own name", "{ citizen { id friend { id } } }", ["identity"]],
    [
      "the key asked for in one of two places",
      "{ citizen { id } citizen { friend { name } } }",
      ["identity"],
    ],
    [
      "the key under another name",
      "{ citizen { number: id friend { number: id } } }",
      ["identity"],
    ],
    ["the key's name for something else", "{ citizen { id: name friend { id: name } } }"],
    [
      "aliases like those kept for this",
      "{ subject_0: citizen { subject_: name subject_1: friend { subject__0: name own_id: name } } }",
    ],
    [
      "aliases out of prototypes",
      "{ constructor: citizen { __proto__: friend { toString: name } } }",
    ],
    ["__proto__ all the way", "{ __proto__: citizen { __proto__: friend { __proto__: name } } }"],
    [
      "conditions that are met",
      "query ($yes: Boolean = true) { citizen @include(if: $yes) { id @skip(if: $yes) friend @include(if: true) { name @include(if: $yes) } } }",
      ["identity"],
    ],
    [
      "a key that its condition leaves out",
      "query ($no: Boolean = false) { citizen { id @include(if: $no) name friend { id @include(if: $no) } } }",
      ["identity"],
    ],
  ] as const)("it is An and Bình: %s", async (_title, query, scopes: readonly string[] = []) => {
    expect(told(await ask(query, { scopes }))).toBe("2: Citizen an binh");
  });

  test("what a condition leaves out is not read", async () => {
    const query =
      "query ($all: Boolean!) { citizen { name friend @include(if: $all) { name } firm @skip(if: $all) { name } } }";
    expect(told(await ask(query, { variables: { all: true } }))).toBe("2: Citizen an binh");
    expect(told(await ask(query, { variables: { all: false } }))).toBe("2: Citizen an, Company 77");
  });

  test("a type called like what every object has is a type like any other", async () => {
    const odd: Record<string, StubSubgraph> = {
      odd: {
        schema: `${LINK}
          type Query { a: constructor  b: Any  }
          union Any = constructor | toString
          type constructor @subject(path: "valueOf") { valueOf: ID }
          type toString @subject(path: "hasOwnProperty") { hasOwnProperty: ID }`,
        resolvers: {
          "Query.a": { valueOf: "__proto__" },
          "Query.b": { __typename: "toString", hasOwnProperty: "t" },
        },
      },
    };
    const supergraph = loadedSupergraph(schemasOf(odd));
    const asked = await ask("{ a { __typename } b { __typename } }", {
      supergraph,
      subgraphs: odd,
    });
    expect(told(asked)).toBe("2: constructor __proto__, toString t");
  });

  test("a type that no object is said to have belongs to nobody", async () => {
    for (const __typename of ["__proto__", "hasOwnProperty", "Ghost", 5, null]) {
      const operation = readOperation(world, "{ find { ... on Note { text } } }");
      const answer = await throughStages(operation, new Set(), async () => {
        return await Promise.resolve({
          data: { find: [{ __typename, subject_0: "x", subject_1: 1 }] },
        });
      });
      expect(told(answer)).toBe("0: ");
    }
  });
});

describe("a fetch for the record alone is made under the distance that the caller's own would be", () => {
  test.each([
    ["the same entity in another register", "{ case { __typename } }", ["people 0", "pay 0"]],
    ["whom the first object leads to", "{ slip { amount } }", ["people 0", "pay 0"]],
    [
      "whom an object around which an entity lies leads to",
      "{ citizen { slips { amount } } }",
      ["people 0", "pay 1"],
    ],
    [
      "the same farther away, under aliases and in fragments",
      "{ x: citizen { ...A } } fragment A on Citizen { y: friend { ... on Thing { ... on Citizen { z: slips { amount } } } } }",
      ["people 0", "pay 2"],
    ],
    [
      "beside one of the caller's own",
      "{ citizen { pay { amount } slips { amount payer { pay { amount } } } } }",
      ["people 0", "pay 0", "pay 1", "pay 1"],
    ],
  ])("%s", async (_title, query, expected) => {
    const { fetches } = await ask(query);
    const made = fetches.map(({ register, distance }) => `${register} ${distance}`);
    expect(made.toSorted()).toEqual(expected.toSorted());
  });
});

describe("objects the caller must not know of", () => {
  test("are neither asked nor on record, whoever shares the operation", async () => {
    const query = "{ papers { __typename } }";
    const blind = await ask(query);
    const seeing = await ask(query, { scopes: ["sealed"] });
    expect(blind.answer.data).toEqual({ papers: [{ __typename: "Deed" }, null] });
    expect(textOf(blind)).not.toContain("on Sealed");
    expect(told(blind)).toBe("1: Citizen binh");
    expect(textOf(seeing)).toContain("on Sealed");
    expect(told(seeing)).toBe("2: Citizen binh chi");
    expect(told(await ask(query))).toBe("1: Citizen binh");
  });
});

describe("the answer", () => {
  test.each([
    ["{ citizen { name } card { number } }", { citizen: { name: "An" }, card: { number: "c1" } }],
    [
      "{ find { __typename } }",
      {
        find: [
          { __typename: "Citizen" },
          { __typename: "Company" },
          { __typename: "Parcel" },
          { __typename: "Note" },
          { __typename: "Marriage" },
        ],
      },
    ],
    [
      "{ household { no } case { __typename } }",
      { household: { no: 4 }, case: { __typename: "Case" } },
    ],
    [
      "{ deeds { owner { name } } }",
      { deeds: [{ owner: { name: "Bình" } }, { owner: { name: "Câu lạc bộ" } }, { owner: null }] },
    ],
    ["{ subject_0: citizen { own_id: name } }", { subject_0: { own_id: "An" } }],
  ])("holds nothing that was fetched for the record alone: %s", async (query, data) => {
    const { answer } = await ask(query, { scopes: ["card"] });
    expect(answer).toEqual({ data });
  });
});

describe("where it cannot be found out whose data it is", () => {
  /** The same registers, one of which does not answer fetches that name this. */
  async function without(subgraph: string, text: string, query: string): Promise<StagedAnswer> {
    const operation = readOperation(world, query);
    return await throughStages(operation, new Set(["card", "identity"]), async (name, fetch) => {
      if (name === subgraph && fetch.query.includes(text))
        throw new RegisterUnavailable("down", { retry: true });
      return await stubAnswers(WORLD[name]!)(fetch.query, fetch.variables);
    });
  }

  test("the object is not shown, and says that it is not; its neighbours are", async () => {
    const { answer, subjects } = await without("pay", "file", "{ case { no } citizen { name } }");
    expect(answer.data).toEqual({ case: null, citizen: { name: "An" } });
    expect(answer.errors?.map(({ path, extensions }) => [path, extensions["code"]])).toEqual([
      [["case"], "REGISTER_UNAVAILABLE"],
    ]);
    expect(subjects.byType).toEqual(new Map([["Citizen", new Set(["an"])]]));
  });

  test.each([
    ["has not got whom the path leads to: nobody", null, { amount: 1 }, []],
    ["has him, and not the key: nobody", { account: null }, { amount: 1 }, []],
    ["leaves the key out", {}, null, ["slip SUBGRAPH_ERROR"]],
    ["gives no entity at all", 5, null, ["slip SUBGRAPH_ERROR"]],
  ])("another register %s", async (_title, entity, slip, expected) => {
    const operation = readOperation(world, "{ slip { amount } }");
    const { answer, subjects } = await throughStages(operation, new Set(), async (name, fetch) => {
      if (name !== "pay") return await stubAnswers(WORLD[name]!)(fetch.query, fetch.variables);
      const key = /(\w+):\s*account/.exec(fetch.query)![1]!;
      const given = isGiven(entity) ? { [key]: entity.account } : entity;
      return { data: { _entities: [given] } };
    });
    expect(answer.data).toEqual({ slip });
    const errors = answer.errors ?? [];
    const told = errors.map(
      ({ path, extensions }) => `${path?.join(".")} ${String(extensions["code"])}`,
    );
    expect(told).toEqual(expected);
    expect(subjects.byType.size).toBe(0);
  });

  test("an error on the way is the object's, and says nothing of where it came from", async () => {
    const people: StubSubgraph = {
      ...WORLD["people"]!,
      resolvers: {
        ...WORLD["people"]!.resolvers,
        "Card.holder": ({ holder }: { holder: { id: string } | null }) => {
          if (holder?.id === "chi") throw new Error("chi is not at home");
          return holder;
        },
      },
    };
    const { answer, subjects } = await ask("{ cards { number } }", {
      subgraphs: { ...WORLD, people },
      scopes: ["card"],
    });
    expect(answer.data).toEqual({
      cards: [[{ number: "c1" }, null], null, [null, { number: "c1" }]],
    });
    expect(answer.errors?.map(({ path, extensions }) => [path, extensions["code"]])).toEqual([
      [["cards", 2, 0], "SUBGRAPH_ERROR"],
    ]);
    expect(JSON.stringify(answer)).not.toMatch(/holder|subject|chi/);
    expect(subjects.byType).toEqual(new Map([["Citizen", new Set(["an"])]]));
  });
});

describe("a supergraph whose paths lead nowhere is refused", () => {
  const refused = (schemas: Record<string, string>): string => {
    try {
      loadedSupergraph(schemas);
    } catch (error) {
      if (error instanceof SupergraphRefused) return error.message;
      throw error;
    }
    throw new Error("it was not refused");
  };
  const one = (types: string) => ({ one: `${LINK} type Query { t: T } ${types}` });

  test.each([
    [
      "a field that is not there",
      `type T @subject(path: "gone") { id: ID }`,
      `The path "gone" to whose data T holds cannot be followed: there is no T.gone.`,
    ],
    [
      "a field of what has none",
      `type T @subject(path: "id.x") { id: ID }`,
      `The path "id.x" to whose data T holds cannot be followed: T.id has no fields.`,
    ],
    [
      "an object in a key's place",
      `type T @subject(path: "u") { u: U } type U { id: ID }`,
      `The path "u" to whose data T holds cannot be followed: T.u is no key.`,
    ],
    [
      "a union on the way",
      `type T @subject(path: "u.id") { u: X } union X = U type U { id: ID }`,
      `The path "u.id" to whose data T holds cannot be followed: there is no X.id.`,
    ],
    [
      "an argument that nobody gives",
      `type T @subject(path: "us.id") { us(first: Int!): [U] } type U { id: ID }`,
      `The path "us.id" to whose data T holds cannot be followed: T.us needs arguments.`,
    ],
  ])("%s", async (_title, types, message) => {
    expect(refused(one(types))).toBe(message);
  });

  test("what callers do not see and plans cannot reach from everywhere", async () => {
    const schemas = {
      one: `${LINK} type Query { t: T } type T @key(fields: "id", resolvable: false) @subject(path: "owner") { id: ID! }`,
      two: `${LINK} type Query { other: T } type T @key(fields: "id", resolvable: false) @subject(path: "owner") { id: ID!  owner: ID @inaccessible }`,
    };
    expect(refused(schemas)).toBe(
      `The path "owner" to whose data T holds cannot be followed: T.owner cannot be had wherever it is needed.`,
    );
    const { two, ...rest } = schemas;
    const resolvable = { ...rest, two: two.replaceAll(", resolvable: false", "") };
    expect(() => loadedSupergraph(resolvable)).not.toThrow();
  });

  test("what is computed from what not everybody may read", async () => {
    const schemas = {
      one: `${LINK} type Query { t: T } type T @key(fields: "id") @subject(path: "owner") { id: ID!  secret: ID @requiresScopes(scopes: [["s"]]) }`,
      two: `${LINK} type T @key(fields: "id") @subject(path: "owner") { id: ID!  secret: ID @external  owner: ID @requires(fields: "secret") @requiresScopes(scopes: [["s"]]) }`,
    };
    expect(refused(schemas)).toBe(
      "T.owner names whose data something is and requires T.secret, which not everybody may read.",
    );
  });
});
