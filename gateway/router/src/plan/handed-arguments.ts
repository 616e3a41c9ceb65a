import type { FetchNode, QueryPlanSelectionNode } from "../supergraph/planner.ts";

/**
 * With which arguments the fields were asked for that a plan hands to its fetches. Under its plain name a field stands once
 * in an answer: of two fields that are computed of it with different arguments, one would be computed of the other's.
 */
export class HandedArguments {
  readonly #texts = new Map<string, string>();

  /**
   * Whether one of these was taken for something else before.
   * @param types of the entities that something is computed of
   * @param taken by its place in the entity, each field as it is called
   */
  clash(
    { requires = [] }: FetchNode,
    types: readonly string[],
    taken: ReadonlyMap<string, string>,
  ): boolean {
    const plain = plainPlaces(requires, "");
    let clashes = false;
    for (const [place, text] of taken) {
      if (!plain.has(place)) continue;
      for (const type of types) {
        const known = this.#texts.get(`${type}.${place}`);
        if (known === undefined) this.#texts.set(`${type}.${place}`, text);
        else clashes ||= known !== text;
      }
    }
    return clashes;
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
