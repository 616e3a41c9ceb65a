import {
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { turnsOf, type Keys } from "../plan/turns.ts";
import { fragmentsIn } from "../fragments-in.ts";
import type { FetchNode, PlanNode, QueryPlanSelectionNode } from "../supergraph/planner.ts";

/** Which places of an answer more than one fetch of a plan has to do with. */
export class PlanKeys {
  readonly #given = new Map<string, number>();
  readonly #needed = new Set<string>();

  constructor(root: PlanNode) {
    for (const { fetch, keys } of turnsOf(root)) {
      for (const [index] of keys.entries()) this.#needed.add(placeOf(keys.slice(0, index + 1)));
      this.#fetch(fetch, keys);
    }
  }

  /** Whether another fetch gives something at this place as well, leads through it, or needs to know it. */
  isNeeded(keys: Keys): boolean {
    const place = placeOf(keys);
    return this.#needed.has(place) || (this.#given.get(place) ?? 0) > 1;
  }

  #fetch(fetch: FetchNode, at: Keys): void {
    const given = new Set<string>();
    const selected = selectedBy(fetch);
    if (selected === undefined) return;
    const { fragments } = selected;
    const collect = ({ selections }: SelectionSetNode, keys: Keys): void => {
      for (const selection of selections) {
        if (selection.kind === Kind.FIELD) {
          const inner = [...keys, (selection.alias ?? selection.name).value];
          given.add(placeOf(inner));
          if (selection.selectionSet !== undefined) collect(selection.selectionSet, inner);
          continue;
        }
        const fragment =
          selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
        if (fragment !== undefined) collect(fragment.selectionSet, keys);
      }
    };
    collect(selected.set, at);
    for (const place of given) this.#given.set(place, (this.#given.get(place) ?? 0) + 1);
    if (fetch.requires !== undefined) this.#requires(fetch.requires, at);
  }

  #requires(selections: readonly QueryPlanSelectionNode[], at: Keys): void {
    for (const selection of selections) {
      if (selection.kind === "InlineFragment") {
        this.#requires(selection.selections, at);
        continue;
      }
      const inner = [...at, selection.alias ?? selection.name];
      this.#needed.add(placeOf(inner));
      this.#requires(selection.selections ?? [], inner);
    }
  }
}

function placeOf(keys: Keys): string {
  return keys.join("\0");
}

/** What a fetch selects: of its entities, where it asks for some; undefined where it has no document. */
export interface Selected {
  readonly set: SelectionSetNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
}

export function selectedBy({ operationDocumentNode, requires }: FetchNode): Selected | undefined {
  const document = operationDocumentNode;
  const definition = document?.definitions.find(
    (each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION,
  );
  if (document === undefined || definition === undefined) return undefined;
  const fragments = fragmentsIn(document);
  if (requires === undefined)
    return { set: definition.selectionSet, fragments, document, definition };
  const [root] = definition.selectionSet.selections;
  if (root?.kind !== Kind.FIELD || root.selectionSet === undefined) return undefined;
  return { set: root.selectionSet, fragments, document, definition };
}
