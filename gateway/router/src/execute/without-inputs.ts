import {
  Kind,
  print,
  stripIgnoredCharacters,
  visit,
  type DocumentNode,
  type OperationDefinitionNode,
  type SelectionNode,
} from "graphql";
import type { FetchNode, QueryPlanSelectionNode } from "../supergraph/planner.ts";
import type { Supergraph } from "../supergraph/supergraph.ts";

type Known = Pick<Supergraph, "inputs" | "keys">;

/**
 * The part of an entity fetch that needs keys alone: without the fields that are computed of others, and without these
 * others in the representations. It is made for entities of which such another one is missing, so that a field that
 * can be given is given, whatever stands beside it. Undefined where all of the fetch is computed, or nothing is.
 */
export function withoutInputs(node: FetchNode, known: Known): FetchNode | undefined {
  const { operationDocumentNode: document, requires } = node;
  const operation = document?.definitions[0];
  if (document?.definitions.length !== 1 || requires === undefined) return undefined;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) return undefined;
  const entities = operation.selectionSet.selections[0];
  if (entities?.kind !== Kind.FIELD || entities.selectionSet === undefined) return undefined;
  const computed = new Map<string, Set<string>>();
  const selections = entities.selectionSet.selections.flatMap(
    (each) => plain(each, known, computed) ?? [],
  );
  if (computed.size === 0 || selections.length === 0) return undefined;
  const selectionSet = { kind: Kind.SELECTION_SET, selections } as const;
  const left: OperationDefinitionNode = {
    ...operation,
    selectionSet: { kind: Kind.SELECTION_SET, selections: [{ ...entities, selectionSet }] },
  };
  const used = new Set<string>();
  visit(left.selectionSet, { Variable: ({ name }) => void used.add(name.value) });
  const asked: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [
      {
        ...left,
        variableDefinitions: (operation.variableDefinitions ?? []).filter(({ variable }) =>
          used.has(variable.name.value),
        ),
      },
    ],
  };
  return {
    ...node,
    requires: requires.map((each) => keysOf(each, known, computed)),
    operation: stripIgnoredCharacters(print(asked)),
    operationDocumentNode: asked,
    variableUsages: (node.variableUsages ?? []).filter((name) => used.has(name)),
  };
}

/** What is left of the fields asked of one type; undefined where that is nothing but its name. */
function plain(
  node: SelectionNode,
  { inputs }: Known,
  computed: Map<string, Set<string>>,
): SelectionNode | undefined {
  if (node.kind !== Kind.INLINE_FRAGMENT || node.typeCondition === undefined) return node;
  const type = node.typeCondition.name.value;
  const selections = node.selectionSet.selections.filter((each) => {
    const read = each.kind === Kind.FIELD ? inputs.get(`${type}.${each.name.value}`) : undefined;
    if (read === undefined) return true;
    computed.set(type, new Set([...(computed.get(type) ?? []), ...read]));
    return false;
  });
  const asks = selections.some(
    (each) => each.kind !== Kind.FIELD || each.name.value !== "__typename",
  );
  return asks ? { ...node, selectionSet: { kind: Kind.SELECTION_SET, selections } } : undefined;
}

/** A representation's selections without what computed fields alone need. */
function keysOf(
  node: QueryPlanSelectionNode,
  { keys }: Known,
  computed: ReadonlyMap<string, ReadonlySet<string>>,
): QueryPlanSelectionNode {
  if (node.kind !== "InlineFragment" || node.typeCondition === undefined) return node;
  const type = node.typeCondition;
  const read = computed.get(type);
  return {
    ...node,
    selections: node.selections.filter(
      (each) =>
        each.kind !== "Field" || read?.has(each.name) !== true || keys.has(`${type}.${each.name}`),
    ),
  };
}
