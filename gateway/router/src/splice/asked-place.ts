import { getNamedType, isObjectType, type GraphQLObjectType, type SelectionSetNode } from "graphql";
import { fragmentsIn } from "../fragments-in.ts";
import { AnswerShape } from "../cost/actual-cost.ts";
import { operationIn } from "../operation-in.ts";
import { selectedFields } from "../cost/selected-fields.ts";
import { innerKey } from "../plan/keep-apart.ts";
import type { Plan } from "../plan.ts";
import { conditionsOf } from "../plan/conditions.ts";
import { walkOf, type Walk } from "../record/subjects.ts";
import { collectFields } from "../shape/collect-fields.ts";
import type { Keys } from "../plan/turns.ts";
import type { AskedThere, Asking } from "./scanning.ts";

/** Objects of one type at one place of an answer: what the caller asked of them, and how it is found out whose they are. */
export interface AskedPlace {
  readonly type: GraphQLObjectType;
  readonly sets: readonly SelectionSetNode[];
  readonly shape: AnswerShape | undefined;
  readonly walk: Walk | undefined;
}

/** What is the same for every place of a plan. */
export interface AskedPlan {
  readonly asking: Asking;
  readonly root: AskedPlace;
}

/** What of a plan decides how the answers to its fetches are read: nothing that is one request's own. */
export interface ScannedPlan
  extends
    Pick<Plan, "root" | "apart" | "subjects">,
    Pick<Plan["operation"], "supergraph" | "name">,
    Pick<Plan["filtered"], "asked" | "document" | "refused"> {
  /** By the name of a condition's variable, whether it is true. */
  readonly conditions: ReadonlyMap<string, boolean>;
}

export function scannedPlan({ root, apart, subjects, operation, filtered }: Plan): ScannedPlan {
  const { supergraph, name, values } = operation;
  const { asked, document, refused } = filtered;
  const conditions = conditionsOf(asked, values);
  return { root, apart, subjects, supergraph, name, asked, document, refused, conditions };
}

/** Undefined where nothing is asked of the subgraphs. */
export function askedPlan(plan: ScannedPlan): AskedPlan | undefined {
  const { supergraph, name, asked, document, refused, apart, conditions } = plan;
  const definition = operationIn(asked, name);
  const type = supergraph.api.getRootType(definition.operation);
  if (document === undefined || type === undefined || type === null) return undefined;
  const fragments = fragmentsIn(asked);
  const asking: Asking = {
    schema: supergraph.api,
    fragments,
    conditions,
    definition,
    refused,
    apart,
    table: supergraph.costs,
  };
  const model = { schema: supergraph.api, table: supergraph.costs, listSize: 1 };
  const selected = selectedFields(document, operationIn(document, name), supergraph.api);
  const root: AskedPlace = {
    type,
    sets: [definition.selectionSet],
    shape: new AnswerShape([selected], model),
    walk: walkOf({ operation: { supergraph, name }, subjects: plan.subjects }),
  };
  return { asking, root };
}

/** A field that the caller asked of the objects at a place. */
export interface AskedField {
  readonly name: string;
  readonly there: AskedThere;
}

/** The fields that the caller asked there, by the keys under which they are fetched. */
export function askedFields(
  { type, sets, shape }: AskedPlace,
  asking: Asking,
): ReadonlyMap<string, AskedField> {
  const costing = new Map(shape?.of(type).costing.map((field) => [field.key, field]));
  const fields = new Map<string, AskedField>();
  for (const [key, nodes] of collectFields(sets, type, asking)) {
    const { value: name } = nodes[0]!.name;
    if (nodes.every((each) => asking.refused.has(each))) continue;
    const own = costing.get(key);
    const inner = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const there = { sets: inner, shape: own?.gives?.shape, weight: own?.weight };
    fields.set(String(innerKey(asking.apart, name, key)), { name, there });
  }
  return fields;
}

/** The objects that a field gives; undefined where they can be of several types. */
export function placeUnder(
  place: AskedPlace,
  key: string,
  { name, there }: AskedField,
): AskedPlace | undefined {
  const type = getNamedType(place.type.getFields()[name]?.type);
  if (!isObjectType(type)) return undefined;
  const walk = place.walk?.places.find((each) => each.key === key)?.only;
  return { type, sets: there.sets, shape: there.shape, walk };
}

/** Undefined where the caller asked for nothing there, or the way there leads through objects of several types. */
export function placeOf({ root, asking }: AskedPlan, keys: Keys): AskedPlace | undefined {
  let place: AskedPlace | undefined = root;
  for (const key of keys) {
    const field: AskedField | undefined = place && askedFields(place, asking).get(key);
    if (place === undefined || field === undefined) return undefined;
    place = placeUnder(place, key, field);
  }
  return place;
}
