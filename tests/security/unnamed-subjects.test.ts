import { beforeAll, describe, expect, test } from "vitest";
import type { Supergraph } from "../../gateway/router/src/supergraph/supergraph.ts";
import { loadedSupergraph, readOperation } from "../harness/loaded-supergraph.ts";
import { throughStages } from "../harness/through-stages.ts";

/** Types whose every way to a data subject a lying register might leave something out of. */
const SCHEMA = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])
    @link(url: "https://truc.vn/spec/access/v1.0", import: ["@subject"])
    @composeDirective(name: "@subject")
  directive @subject(path: String!) repeatable on OBJECT
  type Query {
    citizens: [Citizen]  sure: [Citizen!]!  card: Card  found: [Found]  one: Found  deed: Deed  right: Right  family: Family
    boxes: [Box]  firm: Firm
  }
  interface Owner { id: ID!  name: String }
  interface Box { card: Card }
  type Shelf implements Box { card: Card }
  type Drawer implements Box { card: Card }
  type Citizen implements Owner @key(fields: "id") @subject(path: "id") { id: ID!  name: String  parts: [Part] }
  type Part @subject(path: "..") { text: String }
  type Club implements Owner @key(fields: "id") { id: ID!  name: String }
  type Firm @key(fields: "code") @subject(path: "code") { code: Int!  name: String }
  type Deed @subject(path: "owner.id") { text: String  owner: Owner }
  type Card @subject(path: "holder.id") { secret: String  holder: Citizen }
  type Right @subject(path: "citizen.id") @subject(path: "firm.code") { text: String  citizen: Citizen  firm: Firm }
  type Family @subject(path: "members.citizen.id") { text: String  members: [Member!]! }
  type Member { citizen: Citizen }
  union Found = Citizen | Card | Club
`;

let supergraph: Supergraph;
beforeAll(async () => {
  supergraph = loadedSupergraph({ main: SCHEMA });
});

/** `$` in an answer stands for the prefix of the fields that the router adds; which number is which, its query says. */
async function ask(query: string, data: Readonly<Record<string, unknown>>) {
  const operation = readOperation(supergraph, query);
  const { answer, subjects } = await throughStages(operation, new Set(), async (_name, fetch) => {
    const keys = new Map<string, string>();
    for (const [, key, field] of fetch.query.matchAll(/(subject_\d+):\s*(\w+)/g))
      keys.set(`$${field}`, key!);
    const text = JSON.stringify(data).replaceAll(/\$\w+/g, (field) => keys.get(field) ?? field);
    return await Promise.resolve({ data: JSON.parse(text) as unknown });
  });
  const people = [...subjects.byType].map(([type, names]) => `${type} ${[...names].join(" ")}`);
  const errors = (answer.errors ?? []).map(
    ({ path, extensions }) => `${(path ?? []).join(".")} ${String(extensions["code"])}`,
  );
  expect(JSON.stringify(answer)).not.toMatch(/subject_|holder|resolveType/);
  return { data: answer.data, errors, people };
}

const SECRET = "not for anybody";

describe("what a register leaves out on the way to a data subject takes the object with it", () => {
  test.each([
    ["no key", [{ name: SECRET }]],
    ["a null in a key's place", [{ name: SECRET, $id: null }]],
    ["a list in a key's place", [{ name: SECRET, $id: ["c1"] }]],
    ["an object in a key's place", [{ name: SECRET, $id: { of: "c1" } }]],
    ["a truth value in a key's place", [{ name: SECRET, $id: false }]],
    ["half a number in a key's place", [{ name: SECRET, $id: 5.5 }]],
  ])("%s", async (_title, citizens) => {
    const { data, errors, people } = await ask("{ citizens { name } }", { citizens });
    expect(data).toEqual({ citizens: [null] });
    expect(errors).toEqual(["citizens.0 SUBGRAPH_ERROR"]);
    expect(people).toEqual([]);
  });

  test.each([
    ["a text for a number", { firm: { name: SECRET, $code: "seven" } }],
    ["no number", { firm: { name: SECRET } }],
  ])("%s", async (_title, given) => {
    const { data, errors } = await ask("{ firm { name } }", given);
    expect([data, errors]).toEqual([{ firm: null }, ["firm SUBGRAPH_ERROR"]]);
  });

  test.each([
    ["the step is missing", {}],
    ["the step is a text", { $holder: "c1" }],
    ["the step is a list", { $holder: [{ $id: "c1" }] }],
    ["the step is empty", { $holder: {} }],
    ["the key is null", { $holder: { $id: null } }],
    ["the key goes by another name", { $holder: { id: "c1" } }],
  ])("%s", async (_title, holder) => {
    const { data, errors, people } = await ask("{ card { secret } }", {
      card: { secret: SECRET, ...holder },
    });
    expect([data, errors, people]).toEqual([{ card: null }, ["card SUBGRAPH_ERROR"], []]);
  });

  test.each([
    ["no list", {}],
    ["null in the list's place", { $members: null }],
    ["one object in the list's place", { $members: { $citizen: { $id: "c1" } } }],
    ["null in an element's place", { $members: [{ $citizen: { $id: "c1" } }, null] }],
    ["an element without its step", { $members: [{ $citizen: { $id: "c1" } }, {}] }],
  ])("lists on the way: %s", async (_title, members) => {
    const { data, errors } = await ask("{ family { text } }", {
      family: { text: SECRET, ...members },
    });
    expect([data, errors]).toEqual([{ family: null }, ["family SUBGRAPH_ERROR"]]);
  });

  test("one of two ways, though the other one leads to somebody", async () => {
    const told = await ask("{ right { text } }", {
      right: { text: SECRET, $citizen: { $id: "c1" } },
    });
    expect(told).toEqual({
      data: { right: null },
      errors: ["right SUBGRAPH_ERROR"],
      people: ["Citizen c1"],
    });
  });

  test.each([
    ["no type", { $id: "c1" }],
    ["a type that there is not", { __typename: "Nguyễn", $id: "c1" }],
    ["a type that has no such field", { __typename: "Card", $id: "c1" }],
    ["the interface itself", { __typename: "Owner", $id: "c1" }],
  ])("an interface on the way: %s", async (_title, owner) => {
    const told = await ask("{ deed { text } }", { deed: { text: SECRET, $owner: owner } });
    expect(told).toEqual({ data: { deed: null }, errors: ["deed SUBGRAPH_ERROR"], people: [] });
  });

  test("where it may not be null, what is around falls with it", async () => {
    const { data, errors } = await ask("{ sure { name } }", {
      sure: [{ name: "Bình", $id: "c2" }, { name: SECRET }],
    });
    expect([data, errors]).toEqual([null, ["sure.1 SUBGRAPH_ERROR"]]);
  });

  test("its neighbours are shown, and on record", async () => {
    const told = await ask("{ citizens { name parts { text } } }", {
      citizens: [
        { name: "Bình", $id: "c2", parts: [{ text: "x" }] },
        { name: SECRET, parts: [{ text: SECRET }] },
      ],
    });
    expect(told).toEqual({
      data: { citizens: [{ name: "Bình", parts: [{ text: "x" }] }, null] },
      errors: ["citizens.1 SUBGRAPH_ERROR"],
      people: ["Citizen c2"],
    });
  });
});

describe("an object of an interface or union that does not say what it is, is not shown", () => {
  test.each([
    ["no type", {}],
    ["an empty one", { __typename: "" }],
    ["a number", { __typename: 5 }],
    ["a type that cannot stand there", { __typename: "Firm" }],
    ["what every object has", { __typename: "constructor" }],
  ])("%s", async (_title, type) => {
    const told = await ask("{ found { ... on Citizen { name } } }", {
      found: [
        { ...type, name: SECRET, $id: "c1" },
        { __typename: "Citizen", name: "Bình", $id: "c2" },
      ],
    });
    expect(told).toEqual({
      data: { found: [null, { name: "Bình" }] },
      errors: ["found.0 SUBGRAPH_ERROR"],
      people: ["Citizen c2"],
    });
  });

  test("alone in its place", async () => {
    const { data, errors } = await ask("{ one { ... on Citizen { name } } }", {
      one: { name: SECRET, $id: "c1" },
    });
    expect([data, errors]).toEqual([{ one: null }, ["one SUBGRAPH_ERROR"]]);
  });

  test("nor what lies within, where the type itself is nobody's", async () => {
    const card = { secret: SECRET, $holder: { $id: "c1" } };
    const { data, errors } = await ask("{ boxes { card { secret } } }", {
      boxes: [{ card }, { __typename: "Shelf", card: null }],
    });
    expect([data, errors]).toEqual([{ boxes: [null, { card: null }] }, ["boxes.0 SUBGRAPH_ERROR"]]);
  });
});

describe("a null that the schema allows for leads to nobody, as before", () => {
  test.each([
    ["on a step", "{ card { secret } }", { card: { secret: "s", $holder: null } }, []],
    [
      "on both ways",
      "{ right { text } }",
      { right: { text: "t", $citizen: null, $firm: null } },
      [],
    ],
    [
      "on one of two ways",
      "{ right { text } }",
      { right: { text: "t", $citizen: null, $firm: { $code: 7 } } },
      ["Firm 7"],
    ],
    ["in a list", "{ family { text } }", { family: { text: "t", $members: [] } }, []],
    [
      "in an element",
      "{ family { text } }",
      { family: { text: "t", $members: [{ $citizen: null }, { $citizen: { $id: 5 } }] } },
      ["Citizen 5"],
    ],
  ])("%s", async (_title, query, given, people) => {
    const shown = Object.fromEntries(
      Object.entries(given).map(([key, object]) => [
        key,
        Object.fromEntries(Object.entries(object).filter(([name]) => !name.startsWith("$"))),
      ]),
    );
    expect(await ask(query, given)).toEqual({ data: shown, errors: [], people });
  });
});
