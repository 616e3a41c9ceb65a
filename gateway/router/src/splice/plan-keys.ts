import {
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import type { Path } from "../execute/places.ts";
import type { FetchNode, PlanNode, QueryPlanSelectionNode } from "../supergraph/planner.ts";

/** Response keys from the root, without what only says "in every element of a list". */
export type Keys = readonly string[];

/** Which places of an answer more than one fetch of a plan has to do with. */
export class PlanKeys {
  readonly #given = new Map<string, number>();
  readonly #needed = new Set<string>();

  constructor(root: PlanNode) {
    this.#node(root, []);
  }

  /** Whether another fetch gives something at this place as well, leads through it, or needs to know it. */
  isNeeded(keys: Keys): boolean {
    const place = placeOf(keys);
    return this.#needed.has(place) || (this.#given.get(place) ?? 0) > 1;
  }

  #node(node: PlanNode, at: Keys): void {
    switch (node.kind) {
      case "Sequence":
      case "Parallel":
        for (const each of node.nodes) this.#node(each, at);
        return;
      case "Flatten": {
        const path = [...at, ...keysOf(node.path)];
        for (let length = 1; length <= path.length; length += 1)
          this.#needed.add(placeOf(path.slice(0, length)));
        this.#node(node.node, path);
        return;
      }
      case "Condition":
        for (const branch of [node.ifClause, node.elseClause])
          if (branch !== undefined) this.#node(branch, at);
        return;
      case "Fetch":
        this.#fetch(node, at);
        return;
      case "Defer":
        throw new Error("the planner was not asked to defer anything");
    }
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
          selection.kind === Kind.INLINE_FRAGMENT
            ? selection
            : fragments.get(selection.name.value);
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

/** The response keys of a path. */
export function keysOf(path: Path): Keys {
  return path.filter((key) => typeof key === "string" && key !== "@") as string[];
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
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions)
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  if (requires === undefined)
    return { set: definition.selectionSet, fragments, document, definition };
  const [root] = definition.selectionSet.selections;
  if (root?.kind !== Kind.FIELD || root.selectionSet === undefined) return undefined;
  return { set: root.selectionSet, fragments, document, definition };
}
