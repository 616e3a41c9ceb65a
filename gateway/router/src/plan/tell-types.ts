import {
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  print,
  stripIgnoredCharacters,
  type DocumentNode,
  type GraphQLNamedType,
  type SelectionSetNode,
} from "graphql";
import { TYPENAME } from "./typename.ts";
import { typeGiven } from "../supergraph/own-types.ts";
import type { PlanNode } from "../supergraph/planner.ts";
import { fieldOf } from "../supergraph/required-fields.ts";
import type { Supergraph } from "../supergraph/supergraph.ts";
import { fetchesOf } from "./turns.ts";

type Known = Pick<Supergraph, "ownTypes" | "planner">;

/**
 * Has fetches ask for the types of objects where their subgraph leaves none open and the supergraph does: what is joined to
 * an object, and what the caller gets of it, depends on its type, which the planner does not ask for there.
 */
export function tellTypes(root: PlanNode | undefined, supergraph: Known): void {
  for (const fetch of root === undefined ? [] : fetchesOf(root)) {
    const { operationDocumentNode: document, serviceName } = fetch;
    if (document === undefined || !supergraph.ownTypes.has(serviceName)) continue;
    const asked = withTypes(document, serviceName, supergraph);
    if (asked === document) continue;
    fetch.operationDocumentNode = asked;
    fetch.operation = stripIgnoredCharacters(print(asked));
  }
}

function withTypes(document: DocumentNode, subgraph: string, known: Known): DocumentNode {
  const { schema } = known.planner;
  let changed = false;
  const definitions = document.definitions.map((definition) => {
    const type =
      definition.kind === Kind.OPERATION_DEFINITION
        ? (schema.getRootType(definition.operation) ?? undefined)
        : definition.kind === Kind.FRAGMENT_DEFINITION
          ? schema.getType(definition.typeCondition.name.value)
          : undefined;
    if (!("selectionSet" in definition)) return definition;
    const selectionSet = within(definition.selectionSet, type, { subgraph, known });
    changed ||= selectionSet !== definition.selectionSet;
    return { ...definition, selectionSet };
  });
  return changed ? { ...document, definitions } : document;
}

/** @returns the selections themselves where all types are told */
function within(
  set: SelectionSetNode,
  type: GraphQLNamedType | undefined,
  at: { subgraph: string; known: Known },
): SelectionSetNode {
  const { ownTypes, planner } = at.known;
  const selections = set.selections.map((each) => {
    if (each.kind === Kind.FRAGMENT_SPREAD || each.selectionSet === undefined) return each;
    if (each.kind === Kind.INLINE_FRAGMENT) {
      const condition = each.typeCondition?.name.value;
      const meant = condition === undefined ? type : planner.schema.getType(condition);
      const selectionSet = within(each.selectionSet, meant, at);
      return selectionSet === each.selectionSet ? each : { ...each, selectionSet };
    }
    const coordinate = `${type?.name}.${each.name.value}`;
    const given = typeGiven(coordinate, at.subgraph, { types: ownTypes, schema: planner.schema });
    const inner = within(each.selectionSet, given, at);
    const open = getNamedType(fieldOf(coordinate, planner.schema)?.type);
    const isLeftOpen = isAbstractType(open) && isObjectType(given) && !tellsType(inner);
    const selectionSet = isLeftOpen
      ? { ...inner, selections: [TYPENAME, ...inner.selections] }
      : inner;
    return selectionSet === each.selectionSet ? each : { ...each, selectionSet };
  });
  return selections.every((each, index) => each === set.selections[index])
    ? set
    : { ...set, selections };
}

function tellsType({ selections }: SelectionSetNode): boolean {
  return selections.some(
    (each) =>
      each.kind === Kind.FIELD && each.alias === undefined && each.name.value === "__typename",
  );
}
