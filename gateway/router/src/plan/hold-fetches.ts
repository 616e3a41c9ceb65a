import {
  getNamedType,
  isInterfaceType,
  isAbstractType,
  Kind,
  type GraphQLNamedType,
  type GraphQLSchema,
  type SelectionSetNode,
} from "graphql";
import { fragmentsIn } from "../fragments-in.ts";
import { opens, type Held } from "../authorize/filter/held.ts";
import type { GuardedRead } from "../authorize/filter/field-guards.ts";
import { typeGiven } from "../supergraph/own-types.ts";
import { fetchesOf } from "./turns.ts";
import type { Rule } from "../supergraph/rule.ts";
import { fieldOf } from "../supergraph/required-fields.ts";
import type { FetchNode, PlanNode } from "../supergraph/planner.ts";
import type { Supergraph } from "../supergraph/supergraph.ts";

/**
 * Every guarded coordinate the fetches of a plan read, implicit ones included: what others `@require`, what is
 * provided, what an interface object adds. Left out is what may be fetched without being returned: key fields, which
 * joins are made by, the paths to a type's data subject, and type names.
 */
export function fetchedCoordinates(
  root: PlanNode | undefined,
  supergraph: Supergraph,
): GuardedRead[] {
  const fetches = root === undefined ? [] : fetchesOf(root);
  const subjects = supergraph.subjects.coordinates;
  const found = new Map<string, GuardedRead>();
  for (const fetch of fetches) {
    for (const { coordinate, selectedAs } of readsOf(fetch, supergraph)) {
      if (found.has(coordinate) || subjects.has(coordinate)) continue;
      if (supergraph.keys.has(coordinate) || supergraph.keys.has(selectedAs)) continue;
      const rules = rulesOf(coordinate, supergraph);
      const isSearch = supergraph.access.searches.has(coordinate);
      if (rules.length > 0 || isSearch) found.set(coordinate, { coordinate, rules, isSearch });
    }
  }
  return [...found.values()];
}

/**
 * Holds what a plan's fetches read against what is open to the caller. The filter has taken out what they do not,
 * so this finds faults: of the filter, of the planner, or of a supergraph whose fields demand less than they read.
 * @throws Error naming the coordinate, for the log
 */
export function holdFetches(fetched: readonly GuardedRead[], held: Held): void {
  for (const read of fetched) {
    if (opens(held, read)) continue;
    throw new Error(`the plan would read ${read.coordinate}, which is not open to the caller`);
  }
}

function rulesOf(coordinate: string, { access, planner }: Supergraph): Rule[] {
  const [type = ""] = coordinate.split(".");
  const field = fieldOf(coordinate, planner.schema);
  const returned = field === undefined ? undefined : getNamedType(field.type).name;
  return [
    access.fields.get(coordinate),
    access.types.get(type),
    returned === undefined ? undefined : access.types.get(returned),
  ].flatMap((rule) => (rule === undefined || (rule.scopes === null && !rule.policy) ? [] : [rule]));
}

interface Read {
  /** Of an object type. */
  readonly coordinate: string;
  /** As it is selected, which may be on an interface. */
  readonly selectedAs: string;
}

/** What the operation of one fetch selects, for every object type it can be found on. */
function readsOf(fetch: FetchNode, { planner: { schema }, ownTypes }: Supergraph): Read[] {
  const document = fetch.operationDocumentNode;
  const operation = document?.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (document === undefined || operation?.kind !== Kind.OPERATION_DEFINITION)
    throw new Error("a fetch of the plan has no operation");
  const asked = entitiesAsked(fetch, schema);
  const fragments = fragmentsIn(document);
  const reads: Read[] = [];
  const walk = (
    set: SelectionSetNode,
    type: GraphQLNamedType | undefined,
    among: ReadonlySet<string> | undefined,
  ): void => {
    for (const selection of set.selections) {
      if (selection.kind !== Kind.FIELD) {
        const fragment =
          selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
        if (fragment === undefined) throw new Error("a fetch of the plan lacks a fragment");
        const condition = fragment.typeCondition?.name.value;
        walk(
          fragment.selectionSet,
          condition === undefined ? type : schema.getType(condition),
          among,
        );
        continue;
      }
      const field = selection.name.value;
      if (field === "__typename" || field === "_entities") {
        if (selection.selectionSet !== undefined) walk(selection.selectionSet, undefined, asked);
        continue;
      }
      const selectedAs = `${type?.name}.${field}`;
      const given = typeGiven(selectedAs, fetch.serviceName, { types: ownTypes, schema });
      if (type === undefined || given === undefined)
        throw new Error(`the plan would read ${selectedAs}, which is not known`);
      for (const owner of objectsOf(type, schema, among))
        reads.push({ coordinate: `${owner}.${field}`, selectedAs });
      if (selection.selectionSet !== undefined) walk(selection.selectionSet, given, undefined);
    }
  };
  walk(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined, undefined);
  return reads;
}

/**
 * The object types whose entities a fetch asks for. An interface object is asked by its interface for objects of some
 * implementers only; its representations say which.
 */
function entitiesAsked(
  { requires }: FetchNode,
  schema: GraphQLSchema,
): ReadonlySet<string> | undefined {
  if (requires === undefined) return undefined;
  const types = new Set<string>();
  for (const selection of requires) {
    const condition = selection.kind === "InlineFragment" ? selection.typeCondition : undefined;
    const type = condition === undefined ? undefined : schema.getType(condition);
    if (type === undefined) return undefined;
    for (const name of objectsOf(type, schema)) types.add(name);
  }
  return types;
}

function objectsOf(
  type: GraphQLNamedType,
  schema: GraphQLSchema,
  among?: ReadonlySet<string>,
): string[] {
  const names = isAbstractType(type)
    ? schema.getPossibleTypes(type).map(({ name }) => name)
    : [type.name];
  return among === undefined || !isInterfaceType(type)
    ? names
    : names.filter((name) => among.has(name));
}
