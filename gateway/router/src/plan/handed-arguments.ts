import type { QueryPlanSelectionNode } from "../supergraph/planner.ts";
import type { Turn } from "./turns.ts";

/**
 * With which arguments the fields were asked for that a plan hands to its fetches. Under its plain name a field stands once
 * in an object of an answer: of two fields that are computed of it with different arguments, one would be computed of the
 * other's.
 */
export class HandedArguments {
  /** By places in the answer, how the fields there are called. */
  readonly #calls = new Map<string, string>();

  /**
   * Whether one of these is called otherwise for something else.
   * @param taken by its place in the entity, each field as it is called
   */
  clash({ fetch, keys }: Turn, taken: ReadonlyMap<string, string>): boolean {
    const plain = plainPlaces(fetch.requires ?? [], "");
    let clashes = false;
    for (const [place, call] of taken) {
      if (!plain.has(place)) continue;
      const there = [...keys, place].join(".");
      const known = this.#calls.get(there);
      if (known === undefined) this.#calls.set(there, call);
      else clashes ||= known !== call;
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
