import { parse, print } from "graphql";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Budget } from "../../gateway/router/src/admit.ts";
import { filteredFor } from "../../gateway/router/src/authorize/filtered.ts";
import { planFor, prepare, type Plan } from "../../gateway/router/src/plan.ts";
import type { Operation } from "../../gateway/router/src/read.ts";
import type { ServedSupergraph } from "../../gateway/router/src/supergraph/supergraph.ts";
import { loadedSupergraph, readOperation } from "../harness/loaded-supergraph.ts";

const SCHEMA = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requiresScopes"])
  type Query { open: Int  a: Int @requiresScopes(scopes: [["a"]])  b: Int @requiresScopes(scopes: [["b"]])  either: Int @requiresScopes(scopes: [["a"], ["b"]]) }
`;

let loaded: ServedSupergraph;
let supergraph: ServedSupergraph;
/** What the planner was given, as text. */
let planned: string[];

function counting(of: ServedSupergraph): ServedSupergraph {
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

function plan(operation: Operation, scopes: readonly string[]): Plan {
  const held = new Set(scopes);
  const permit = { operation, filtered: filteredFor(operation, held), rights: { scopes: held } };
  return planFor({ permit } as unknown as Budget);
}

beforeAll(async () => {
  loaded = await loadedSupergraph({ home: SCHEMA });
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
    const first = filteredFor(operation, new Set(["b", "other"]));
    expect(filteredFor(operation, new Set(["more", "b"]))).toBe(first);
    expect(filteredFor(operation, new Set(["a"]))).not.toBe(first);
  });

  test("two texts of which the same is left share its plan", () => {
    plan(readOperation(supergraph, "{ open a }"), []);
    plan(readOperation(supergraph, "{ b open }"), []);
    expect(planned).toHaveLength(1);
  });

  test("two supergraphs share nothing", () => {
    const document = parse("{ open a }");
    const stricter: ServedSupergraph = {
      ...counting(loaded),
      access: {
        ...loaded.access,
        fields: new Map([["Query.open", { scopes: [["x"]], policy: false }]]),
      },
    };
    expect(plan(readOperation(supergraph, document), ["a"]).filtered.refusals).toEqual([]);
    expect(plan(readOperation(stricter, document), ["a"]).filtered.refusals).toEqual([
      { path: ["open"], coordinate: "Query.open", needs: [["x"]] },
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
    prepare(operation, filteredFor(operation, new Set(["a", "b"])), new Set(["a", "b"]));
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
      [{ path: ["a"], coordinate: "Query.a", needs: [["a"]] }],
      [{ path: ["b"], coordinate: "Query.b", needs: [["b"]] }],
    ]);
    expect(planned).toEqual([print(parse("{ open }"))]);
  });
});
