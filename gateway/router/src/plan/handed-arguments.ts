import type { FetchNode, PlanNode, QueryPlanSelectionNode } from "../supergraph/planner.ts";

/**
 * With which arguments the fields were asked for that a plan hands to its fetches. Under its plain name a field stands once
 * in an object of an answer: of two fields that are computed of it with different arguments, one would be computed of the
 * other's.
 */
export class HandedArguments {
  readonly #at = new Map<FetchNode, string>();
  /** By places in the answer, how the fields there are called. */
  readonly #calls = new Map<string, string>();

  constructor(root: PlanNode) {
    this.#find(root, "");
  }

  /**
   * Whether one of these is called otherwise for something else.
   * @param taken by its place in the entity, each field as it is called
   */
  clash(fetch: FetchNode, taken: ReadonlyMap<string, string>): boolean {
    const at = this.#at.get(fetch) ?? "";
    const plain = plainPlaces(fetch.requires ?? [], "");
    let clashes = false;
    for (const [place, call] of taken) {
      if (!plain.has(place)) continue;
      const known = this.#calls.get(`${at}${place}`);
      if (known === undefined) this.#calls.set(`${at}${place}`, call);
      else clashes ||= known !== call;
    }
    return clashes;
  }

  /** Notes where in the answer each fetch's entities are. */
  #find(node: PlanNode, at: string): void {
    switch (node.kind) {
      case "Fetch":
        this.#at.set(node, at);
        return;
      case "Sequence":
      case "Parallel":
        for (const each of node.nodes) this.#find(each, at);
        return;
      case "Flatten": {
        const keys = node.path.filter((key) => typeof key === "string" && key !== "@");
        this.#find(node.node, `${at}${keys.map((key) => `${key}.`).join("")}`);
        return;
      }
      case "Condition":
        for (const branch of [node.ifClause, node.elseClause])
          if (branch !== undefined) this.#find(branch, at);
        return;
      case "Defer":
        throw new Error("the planner was not asked to defer anything");
    }
  }
}

/** The places of what is handed over under its own name. */
function plainPlaces(selections: readonly QueryPlanSelectionNode[], at: string): Set<string> {
  const places = new Set<string>();
  for (const each of selections) {
    if (each.kind === "Field" && each.alias !== undefined) continue;
    const place = each.kind === "Field" ? `${at}${each.name}` : undefined;
    if (place !== undefined) places.add(place);
    const inner = plainPlaces(each.selections ?? [], place === undefined ? at : `${place}.`);
    for (const within of inner) places.add(within);
  }
  return places;
}
