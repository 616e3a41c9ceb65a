import { buildSchema, parse, print, type DocumentNode } from "graphql";
import { describe, expect, test } from "vitest";
import type { PlanNode, QueryPlan } from "../supergraph/planner.ts";
import type { Supergraph } from "../supergraph/supergraph.ts";
import { rightPlan } from "./right-plan.ts";

const document = parse("{ ship { levy } }");
const asked = { document, name: null, whole: false };

function fetchFrom(serviceName: string, query: string): PlanNode {
  const operationDocumentNode = parse(query);
  return { kind: "Fetch", serviceName, operation: query, operationDocumentNode } as PlanNode;
}

const RIGHT = fetchFrom("docks", "{ ship { name levy } }");
/** Asks it for what only others know. */
const WRONG = fetchFrom("docks", "{ ship { price } }");

type Planning = () => PlanNode | undefined;

function planOf(plan: Planning): QueryPlan {
  const node = plan();
  return { kind: "QueryPlan", ...(node === undefined ? {} : { node }) };
}

function planning(
  first: Planning,
  others: readonly Planning[],
  isSeen = true,
): Pick<
  Supergraph,
  "planner" | "separatePlanners" | "foreign" | "ownTypes" | "agreedTypes" | "standInFields"
> {
  const schema = buildSchema(
    "type Query { ship: Ship } type Ship { name: String price: Int levy: Int }",
  );
  return {
    planner: {
      schema,
      api: schema,
      isSeen: () => isSeen,
      plan: () => planOf(first),
    } as unknown as Supergraph["planner"],
    separatePlanners: others.map((other) => () => ({
      ...planOf(other),
      partOf: new Map([["docks#Ship.levy", { subgraph: "docks" }]]),
      inputs: new Map(),
    })),
    foreign: new Map([
      [
        "docks",
        {
          external: new Set(["Ship.price"]),
          inputs: new Map(),
          calls: new Map(),
          provided: new Map(),
        },
      ],
    ]),
    ownTypes: new Map(),
    standInFields: new Set(),
    agreedTypes: new Map([["Query.ship", new Set(["Ship"])]]),
  };
}

function fails(message: string): Planning {
  return () => {
    throw new Error(message);
  };
}

const unasked: Planning = fails("it was not to be asked");

test("the planner's plan is taken where it is right", () => {
  expect(
    rightPlan(
      asked,
      planning(() => RIGHT, [unasked]),
    ),
  ).toBe(RIGHT);
});

const WITHIN = "{ ...within __typename } fragment within on Query { ... { ship { name } } }";

test.each([
  ["{ __typename __schema { description } }", undefined],
  ["{ ship { name } }", "PLAN_FAILED"],
  [WITHIN, "PLAN_FAILED"],
  [WITHIN.replace("ship { name }", "__typename"), undefined],
])("nothing is fetched for what is in the schema alone: %s", (text, code) => {
  const nothing = planning(() => undefined, [() => undefined]);
  const plan = (): unknown => rightPlan({ ...asked, document: parse(text) }, nothing);
  if (code === undefined) expect(plan()).toBeUndefined();
  else expect(plan).toThrow(expect.objectContaining({ code }));
});

test.each<[string, Planning]>([
  ["wrong", () => WRONG],
  ["none", fails("it would create a cycle")],
])("where it is %s, the next one's is, with the subgraphs that there are", (_, first) => {
  const made = fetchFrom("docks#Ship.levy", "{ ship { name levy } }");
  expect(rightPlan(asked, planning(first, [() => made, unasked]))).toMatchObject({
    kind: "Fetch",
    serviceName: "docks",
    operation: "{ ship { name levy } }",
  });
  const last = planning(first, [fails("a cycle again"), () => RIGHT]);
  expect(rightPlan(asked, last)).toBe(RIGHT);
});

test("what is computed for objects of types that the subgraph does not know is not planned at once", () => {
  const others = { ...planning(unasked, [() => RIGHT]), standInFields: new Set(["Ship.levy"]) };
  expect(rightPlan(asked, others)).toBe(RIGHT);
});

test("a plan that leaves something out is taken where there is no other", () => {
  const partial = fetchFrom("docks", "{ ship { name } }");
  expect(
    rightPlan(
      asked,
      planning(() => partial, [() => RIGHT, unasked]),
    ),
  ).toBe(RIGHT);
  const deep: Planning = () => {
    throw new RangeError("Maximum call stack size exceeded");
  };
  for (const others of [
    [() => WRONG, fails("a cycle")],
    [fails("it reached the limit of 1000")],
    [deep],
  ])
    expect(
      rightPlan(
        asked,
        planning(() => partial, others),
      ),
    ).toBe(partial);
});

function refusal(supergraph: ReturnType<typeof planning>): unknown {
  try {
    return rightPlan(asked, supergraph);
  } catch (error) {
    const { code, extensions, cause } = error as Record<string, unknown>;
    return { code, extensions, cause: cause instanceof Error ? cause.message : undefined };
  }
}

test("where all are wrong, the refusal says what is wrong with the planner's", () => {
  const wrong = planning(() => WRONG, [fails("a cycle"), () => WRONG]);
  expect(refusal(wrong)).toEqual({
    code: "PLAN_FAILED",
    extensions: { coordinate: "Ship.price" },
    cause: undefined,
  });
  const none = planning(fails("a cycle"), [() => WRONG]);
  expect(refusal(none)).toEqual({ code: "PLAN_FAILED", extensions: {}, cause: "a cycle" });
});

test("what callers do not see is not named", () => {
  expect(refusal(planning(() => WRONG, [], false))).toMatchObject({ extensions: {} });
});

test("what takes the planner too long is not planned once more", () => {
  const dear = planning(fails("it reached the limit of 1000"), [unasked]);
  expect(refusal(dear)).toMatchObject({ code: "PLAN_TOO_COMPLEX" });
  const deep = planning(() => {
    throw new RangeError("Maximum call stack size exceeded");
  }, [unasked]);
  expect(() => rightPlan(asked, deep)).toThrow(RangeError);
});

describe("what is selected of an interface and takes the planner too long", () => {
  const schema = buildSchema(`
    type Query { ship: Named }
    interface Named { name: String }
    type Ship implements Named { name: String }
    type Ferry implements Named { name: String }
  `);
  const named = { ...asked, document: parse("{ ship { name } }") };
  const agreedTypes = new Map([["Query.ship", new Set(["Ship", "Ferry"])]]);
  const WRITTEN = "{ ship { ... on Ship { name } ... on Ferry { name } } }";

  function dear(ofWritten: Planning): ReturnType<typeof planning> {
    const supergraph = planning(unasked, [unasked]);
    const plan = (document: DocumentNode): QueryPlan => {
      if (print(document) === print(named.document)) throw new Error("it reached the limit");
      expect(print(document)).toBe(print(parse(WRITTEN)));
      return planOf(ofWritten);
    };
    const planner = { ...supergraph.planner, schema, api: schema, plan };
    return { ...supergraph, planner, agreedTypes };
  }

  test("is planned for each of its types", () => {
    const made = fetchFrom("docks", WRITTEN);
    expect(
      rightPlan(
        named,
        dear(() => made),
      ),
    ).toBe(made);
  });

  test("is refused where that takes too long as well", () => {
    const code = "PLAN_TOO_COMPLEX";
    const refused = (): unknown => rightPlan(named, dear(fails("it reached the limit again")));
    expect(refused).toThrow(expect.objectContaining({ code }));
  });
});
