import type { GraphQLSchema } from "graphql";
import { valueOf } from "../splice/piece.ts";
import type { QueryPlanSelectionNode } from "../supergraph/planner.ts";
import { emptyMap, isMap, type ResultMap } from "./merge.ts";
import { isOfType } from "./rewrites.ts";

/** A representation, or why there is none. */
export type Representation =
  | { readonly kind: "complete"; readonly representation: ResultMap }
  /** The entity is of a type this fetch does not ask about. */
  | { readonly kind: "other-type" }
  /** A field this fetch needs is missing, because the fetch that should have given it failed. */
  | { readonly kind: "incomplete" };

/** What a fetch needs to know of one entity: its key and required fields, cut out of the answer so far. */
export function representationOf(
  schema: GraphQLSchema,
  entity: ResultMap,
  requires: readonly QueryPlanSelectionNode[],
): Representation {
  const representation = select(schema, entity, requires);
  if (representation === undefined) return { kind: "incomplete" };
  return representation["__typename"] === undefined
    ? { kind: "other-type" }
    : { kind: "complete", representation };
}

function select(
  schema: GraphQLSchema,
  source: ResultMap,
  selections: readonly QueryPlanSelectionNode[],
): ResultMap | undefined {
  const result = emptyMap();
  for (const selection of selections) {
    if (selection.kind === "InlineFragment") {
      if (
        selection.typeCondition !== undefined &&
        !isOfType(schema, source, selection.typeCondition)
      )
        continue;
      const inner = select(schema, source, selection.selections);
      if (inner === undefined) return undefined;
      for (const key of Object.keys(inner)) result[key] = combine(result[key], inner[key]);
      continue;
    }
    const value = valueOf(source[selection.alias ?? selection.name]);
    if (value === undefined) return undefined;
    const cut =
      selection.selections === undefined ? value : selectAny(schema, value, selection.selections);
    if (cut === undefined) return undefined;
    result[selection.alias ?? selection.name] = combine(
      result[selection.alias ?? selection.name],
      cut,
    );
  }
  return result;
}

function selectAny(
  schema: GraphQLSchema,
  value: unknown,
  selections: readonly QueryPlanSelectionNode[],
): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => selectAny(schema, item, selections));
    return items.includes(undefined) ? undefined : items;
  }
  return isMap(value) ? select(schema, value, selections) : value;
}

function combine(left: unknown, right: unknown): unknown {
  if (!isMap(left) || !isMap(right)) return right;
  const both = Object.assign(emptyMap(), left);
  for (const key of Object.keys(right)) both[key] = combine(both[key], right[key]);
  return both;
}
