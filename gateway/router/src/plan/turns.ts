import type { Path } from "../execute/places.ts";
import type { FetchNode, PlanNode } from "../supergraph/planner.ts";

/** Response keys from the root, without what only says "in every element of a list". */
export type Keys = readonly string[];

/** A fetch of a plan, and when its turn is. */
export interface Turn {
  readonly fetch: FetchNode;
  /** The response keys on the way to its entities; none for the root's. */
  readonly keys: Keys;
  /** Its part of each sequence, and of what goes at once, from the plan's root on. */
  readonly place: readonly { readonly of: PlanNode; readonly part: number }[];
}

/** All fetches of a plan, in an order in which they may be made. */
export function turnsOf(root: PlanNode): Turn[] {
  const turns: Turn[] = [];
  const walk = (node: PlanNode, keys: Keys, place: Turn["place"]): void => {
    const parts = (nodes: readonly (PlanNode | undefined)[]): void => {
      for (const [part, each] of nodes.entries())
        if (each !== undefined) walk(each, keys, [...place, { of: node, part }]);
    };
    switch (node.kind) {
      case "Fetch":
        turns.push({ fetch: node, keys, place });
        return;
      case "Sequence":
      case "Parallel":
        parts(node.nodes);
        return;
      case "Flatten":
        walk(node.node, [...keys, ...keysOf(node.path)], place);
        return;
      case "Condition":
        parts([node.ifClause, node.elseClause]);
        return;
      case "Defer":
        throw new Error("the planner was not asked to defer anything");
    }
  };
  walk(root, [], []);
  return turns;
}

/** All fetches of a plan. */
export function fetchesOf(root: PlanNode): FetchNode[] {
  return turnsOf(root).map(({ fetch }) => fetch);
}

/** Whether one is answered for certain when the other is made. */
export function isBefore(one: Turn, other: Turn): boolean {
  for (const [index, { of, part }] of one.place.entries()) {
    const there = other.place[index];
    if (there?.of !== of) return false;
    if (there.part !== part) return of.kind === "Sequence" && part < there.part;
  }
  return false;
}

/** The response keys of a path. */
export function keysOf(path: Path): Keys {
  return path.filter((key): key is string => typeof key === "string" && key !== "@");
}
