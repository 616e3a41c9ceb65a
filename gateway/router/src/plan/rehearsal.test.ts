import { buildSchema, parse } from "graphql";
import { expect, test } from "vitest";
import type { FetchNode, PlanNode } from "../supergraph/planner.ts";
import type { Supergraph } from "../supergraph/supergraph.ts";
import { leftOut } from "./rehearsal.ts";

const schema = buildSchema(`
  type Query { ports: [Port] afloat: [Afloat] }
  interface Afloat { id: ID! near: [Afloat] tons: Int }
  type Ship implements Afloat { id: ID! near: [Afloat] tons: Int toll: Int }
  type Buoy implements Afloat { id: ID! near: [Afloat] tons: Int }
  type Port { id: ID! name: String afloat: [Afloat] }
`);
const AFLOAT = new Set(["Ship", "Buoy"]);
const known = {
  planner: { schema, api: schema },
  agreedTypes: new Map([
    ["Query.ports", new Set(["Port"])],
    ["Query.afloat", AFLOAT],
    ["Port.afloat", AFLOAT],
    ["Ship.near", AFLOAT],
    ["Buoy.near", AFLOAT],
  ]),
} as unknown as Pick<Supergraph, "agreedTypes" | "planner">;

function lookUp(query: string): PlanNode {
  return { kind: "Fetch", serviceName: "a", operationDocumentNode: parse(query) } as PlanNode;
}

/** @param needs what representations of each type are made of */
function entities(at: string, needs: Record<string, string[]>, selections: string): PlanNode {
  const requires = Object.entries(needs).map(([typeCondition, names]) => ({
    kind: "InlineFragment",
    typeCondition,
    selections: ["__typename", ...names].map((name) => ({ kind: "Field", name })),
  }));
  const node = {
    kind: "Fetch",
    serviceName: "b",
    requires,
    operationDocumentNode: parse(
      `query ($r: [_Any!]!) { _entities(representations: $r) { ${selections} } }`,
    ),
  } as unknown as FetchNode;
  return { kind: "Flatten", path: at.split("."), node };
}

const inTurn = (...nodes: PlanNode[]): PlanNode => ({ kind: "Sequence", nodes });
const atOnce = (...nodes: PlanNode[]): PlanNode => ({ kind: "Parallel", nodes });

function missing(query: string, root: PlanNode): string | undefined {
  return leftOut(root, { document: parse(query), name: null, whole: false }, known);
}

const BOTH = { Ship: ["id"], Buoy: ["id"] };
const TONS = entities("afloat.@", BOTH, "... on Ship { tons } ... on Buoy { tons }");

test("a plan that fetches all that is asked leaves nothing out", () => {
  const found = lookUp("{ afloat { __typename id } }");
  expect(missing("{ afloat { id } __typename }", found)).toBeUndefined();
  expect(missing("{ afloat { id tons } }", inTurn(found, TONS))).toBeUndefined();
  expect(
    missing(
      "query { ...all } fragment all on Query { a: afloat { ... { __typename } i: id } }",
      lookUp("{ a: afloat { __typename i: id } }"),
    ),
  ).toBeUndefined();
});

test("what is fetched of one type only is missing of the other", () => {
  const found = lookUp("{ afloat { __typename id } }");
  const ships = entities("afloat.@", { Ship: ["id"] }, "... on Ship { tons }");
  expect(missing("{ afloat { tons } }", inTurn(found, ships))).toBe("Buoy.tons");
  expect(missing("{ afloat { ... on Ship { tons } } }", inTurn(found, ships))).toBeUndefined();
});

test("what is fetched too early, or without what it needs, is missing", () => {
  const found = lookUp("{ afloat { __typename id } }");
  const nameless = lookUp("{ afloat { __typename } }");
  const query = "{ afloat { tons } }";
  expect(missing(query, inTurn(TONS, found))).toBe("Ship.tons");
  expect(missing(query, atOnce(found, TONS))).toBe("Ship.tons");
  expect(missing(query, inTurn(nameless, TONS))).toBe("Ship.tons");
  expect(missing(query, inTurn(atOnce(nameless, found), TONS))).toBeUndefined();
});

test("each way to a list counts by itself", () => {
  const query = "{ afloat { near { ... on Ship { toll } } } }";
  const start = lookUp("{ afloat { __typename id ... on Ship { near { __typename id tons } } } }");
  const more = entities(
    "afloat.@",
    { Buoy: ["id"] },
    "... on Buoy { near { __typename id tons } }",
  );
  const tolls = entities("afloat.@.near.@", { Ship: ["id", "tons"] }, "... on Ship { toll }");
  expect(missing(query, inTurn(start, more, tolls))).toBeUndefined();
  expect(missing(query, inTurn(start, atOnce(more, tolls)))).toBe("Ship.toll");
  expect(missing(query, inTurn(start, tolls, more))).toBe("Ship.toll");
});

test("of what shared fields cannot give nothing needs to be fetched", () => {
  const query = "{ afloat { ... on Buoy { tons } } }";
  const ships = new Map(known.agreedTypes).set("Query.afloat", new Set(["Ship"]));
  const root = lookUp("{ afloat { __typename } }");
  const rehearsed = { document: parse(query), name: null, whole: false };
  expect(leftOut(root, rehearsed, known)).toBe("Buoy.tons");
  expect(leftOut(root, rehearsed, { ...known, agreedTypes: ships })).toBeUndefined();
});

test("a plan with too many kinds of objects is believed", () => {
  let deep = "id";
  for (let depth = 0; depth < 14; depth += 1) deep = `near { ${deep} }`;
  const root = lookUp(`{ afloat { ${deep.replace("id", "__typename")} } }`);
  expect(missing(`{ afloat { ${deep} } }`, root)).toBeUndefined();
  const flat = lookUp("{ afloat { near { near { __typename } } } }");
  expect(missing("{ afloat { near { near { id } } } }", flat)).toBe("Ship.id");
});
