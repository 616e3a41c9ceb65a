import { parse, print } from "graphql";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Budget } from "../../gateway/router/src/admit.ts";
import { filteredFor } from "../../gateway/router/src/authorize/filtered.ts";
import { planFor, prepare, type Plan } from "../../gateway/router/src/plan.ts";
import type { Operation } from "../../gateway/router/src/read.ts";
import type { Supergraph } from "../../gateway/router/src/supergraph/supergraph.ts";
import { loadedSupergraph, readOperation } from "../harness/loaded-supergraph.ts";

const SCHEMA = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requiresScopes"])
  type Query { open: Int  a: Int @requiresScopes(scopes: [["a"]])  b: Int @requiresScopes(scopes: [["b"]])  either: Int @requiresScopes(scopes: [["a"], ["b"]]) }
`;

let loaded: Supergraph;
let supergraph: Supergraph;
/** What the planner was given, as text. */
let planned: string[];

function counting(of: Supergraph): Supergraph {
  return {
    ...of,
    planner: {
      ...of.planner,
      plan: (document, name) => {
        planned.push(print(document));
        return of.planner.plan(document, name);
      },
    },
  };
}

const holding = (scopes: readonly string[], search = true) => ({ scopes: new Set(scopes), search });

function plan(operation: Operation, scopes: readonly string[], search = true): Plan {
  const held = holding(scopes, search);
  const rights = { scopes: held.scopes, limits: { search } };
  const permit = { operation, filtered: filteredFor(operation, held), rights };
  return planFor({ permit } as unknown as Budget);
}

beforeAll(async () => {
  loaded = loadedSupergraph({ home: SCHEMA });
});
beforeEach(() => {
  planned = [];
  supergraph = counting(loaded);
});

describe("what callers share", () => {
  test("callers whose scopes differ share the plan of what is left, where the same is left", () => {
    const operation = readOperation(supergraph, "{ open a }");
    const plans = [[], ["b"], ["x"], ["b", "x"]].map((scopes) => plan(operation, scopes));
    expect(planned).toEqual([print(parse("{ open }"))]);
    expect(new Set(plans.map(({ root }) => root)).size).toBe(1);
    expect(new Set(plans.map(({ filtered }) => filtered.document)).size).toBe(1);
  });

  test.each(["{ open a }", "query ($with: Boolean! = true) { open @include(if: $with) a }"])(
    "that there is no plan is found once: %s",
    (query) => {
      const { planner } = supergraph;
      const refusing: typeof planner.plan = (document, name) => {
        planner.plan(document, name);
        throw new Error("reached the limit");
      };
      const without = { ...supergraph, planner: { ...planner, plan: refusing } };
      const operation = readOperation(without, query);
      for (const scopes of [[], ["b"], []])
        expect(() => plan(operation, scopes)).toThrow(
          expect.objectContaining({ code: "PLAN_TOO_COMPLEX" }),
        );
      expect(planned).toHaveLength(1);
    },
  );

  test("callers for whom something else is left have another plan, in whatever order they come", () => {
    const operation = readOperation(supergraph, "{ open a b either }");
    const fetched = [[], ["a"], ["a", "b"], ["b"], [], ["a"]].map((scopes) => {
      const { root } = plan(operation, scopes);
      return root?.kind === "Fetch" ? root.operation : undefined;
    });
    expect(fetched).toEqual([
      "{open}",
      "{open a either}",
      "{open a b either}",
      "{open b either}",
      "{open}",
      "{open a either}",
    ]);
    expect(planned).toHaveLength(4);
  });

  test("a decision is made once for all scopes that mean the same", () => {
    const operation = readOperation(supergraph, "{ open a }");
    const first = filteredFor(operation, holding(["b", "other"]));
    expect(filteredFor(operation, holding(["more", "b"]))).toBe(first);
    expect(filteredFor(operation, holding(["a"]))).not.toBe(first);
  });

  test("two texts of which the same is left share its plan", () => {
    plan(readOperation(supergraph, "{ open a }"), []);
    plan(readOperation(supergraph, "{ b open }"), []);
    expect(planned).toHaveLength(1);
  });

  test("two supergraphs share nothing", () => {
    const document = parse("{ open a }");
    const stricter: Supergraph = {
      ...counting(loaded),
      access: {
        ...loaded.access,
        fields: new Map([["Query.open", { scopes: [["x"]], policy: false }]]),
      },
    };
    expect(plan(readOperation(supergraph, document), ["a"]).filtered.refusals).toEqual([]);
    expect(plan(readOperation(stricter, document), ["a"]).filtered.refusals).toEqual([
      {
        path: ["open"],
        coordinate: "Query.open",
        code: "UNAUTHORIZED_FIELD_OR_TYPE",
        needs: [["x"]],
      },
    ]);
    expect(planned).toHaveLength(2);
  });

  test("operations of one document have plans of their own", () => {
    const document = parse("query A { open } query B { open a }");
    const [a, b] = document.definitions;
    for (const definition of [a, b, a, b]) {
      const operation = readOperation(supergraph, { ...document, definitions: [definition!] });
      plan({ ...operation, document } as Operation, ["a"]);
    }
    expect(planned).toHaveLength(2);
  });
});

describe("whether searches are allowed", () => {
  const FIND = `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@composeDirective"]) @link(url: "https://truc.vn/spec/access/v1.0", import: ["@search"]) @composeDirective(name: "@search")
    directive @search on FIELD_DEFINITION
    type Query { open: Int  find: Int @search }
  `;
  beforeEach(async () => {
    supergraph = counting(loadedSupergraph({ home: FIND }));
  });

  test("keeps decisions and plans apart", () => {
    const operation = readOperation(supergraph, "{ open find }");
    const fetched = [true, false, true, false].map((search) => {
      const { root } = plan(operation, [], search);
      return root?.kind === "Fetch" ? root.operation : undefined;
    });
    expect(fetched).toEqual(["{open find}", "{open}", "{open find}", "{open}"]);
    expect(planned).toHaveLength(2);
  });

  test("is what a plan is held against, whoever it was held against before", () => {
    const operation = readOperation(supergraph, "{ open find }");
    const filtered = filteredFor(operation, holding([]));
    prepare(operation, filtered, holding([]));
    expect(() => prepare(operation, filtered, holding([], false))).toThrow(
      "the plan would read Query.find, which is not open to the caller",
    );
    prepare(operation, filtered, holding([]));
  });
});

describe("conditions", () => {
  const QUERY = "query ($x: Boolean!) { open a @include(if: $x) b @skip(if: $x) }";

  test("are decided before planning, one plan for each of their values", () => {
    const document = parse(QUERY);
    for (const x of [true, false, true]) {
      const { root } = plan(readOperation(supergraph, document, { x }), ["a", "b"]);
      expect(root?.kind === "Fetch" ? root.operation : undefined).toBe(x ? "{open a}" : "{open b}");
    }
    expect(planned).toHaveLength(2);
  });

  test("are planned ahead for every value, and for other callers besides", () => {
    const document = parse(QUERY);
    const operation = readOperation(supergraph, document, { x: true });
    prepare(operation, filteredFor(operation, holding(["a", "b"])), holding(["a", "b"]));
    expect(planned).toHaveLength(2);
    plan(readOperation(supergraph, document, { x: false }), ["a", "b"]);
    plan(readOperation(supergraph, document, { x: true }), ["a", "b"]);
    expect(planned).toHaveLength(2);
  });

  test("open nothing, whoever turns them", () => {
    const document = parse(QUERY);
    const refusals = [true, false].map(
      (x) => plan(readOperation(supergraph, document, { x }), []).filtered.refusals,
    );
    expect(refusals).toEqual([
      [{ path: ["a"], coordinate: "Query.a", code: "UNAUTHORIZED_FIELD_OR_TYPE", needs: [["a"]] }],
      [{ path: ["b"], coordinate: "Query.b", code: "UNAUTHORIZED_FIELD_OR_TYPE", needs: [["b"]] }],
    ]);
    expect(planned).toEqual([print(parse("{ open }"))]);
  });
});
