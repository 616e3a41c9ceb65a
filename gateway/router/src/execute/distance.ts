import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import type { FetchNode } from "../supergraph/planner.ts";

/** Farther than any grant lets a caller follow (`limits.linked` is 3 at most): only rows that are covered are seen. */
export const OUT_OF_REACH = 4;

/** What distances are counted in. */
export interface CountedOperation {
  readonly schema: GraphQLSchema;
  /** Names of the object types that are entities. */
  readonly entities: ReadonlySet<string>;
  /** The document that was planned, with the response keys that the plan's paths name. */
  readonly document: DocumentNode;
  readonly name: string | null;
}

/** Objects at one place of the answer: of which types they can be, and how many entities lie above them. */
interface Objects {
  readonly types: ReadonlySet<string>;
  readonly above: number;
  readonly selections: readonly SelectionSetNode[];
}

/**
 * How many different entities lie between the root of the answer and the entities a fetch asks for, counted along the
 * response path: an object of an entity type adds one, the first is 0. The same entity in another register is at the
 * same place, and so at the same distance; what is no entity adds nothing.
 *
 * One place may hold objects that came by different ways (fields of one response key in fragments on several types).
 * Where these differ, the count that shows least stands for all.
 * @param path response keys from the root, `@` for every element of a list
 */
export function distanceOf(
  operation: CountedOperation,
  path: readonly (string | number)[],
  requires: FetchNode["requires"],
): number {
  const definition = operation.document.definitions.find(
    (each): each is OperationDefinitionNode =>
      each.kind === Kind.OPERATION_DEFINITION &&
      (operation.name === null || each.name?.value === operation.name),
  );
  const root = definition && operation.schema.getRootType(definition.operation);
  if (definition === undefined || !root) throw new Error("a plan's operation is not its own");
  let places: Objects[] = [
    { types: new Set([root.name]), above: 0, selections: [definition.selectionSet] },
  ];
  for (const key of path)
    if (typeof key === "string" && key !== "@")
      places = places.flatMap((objects) => fieldsOf(operation, objects, key));
  const asked = typesAsked(operation.schema, requires);
  if (places.length === 0) throw new Error("a plan's path leads nowhere in its operation");
  const counts = new Set<number>();
  for (const { types, above } of places) {
    const meant = asked === undefined ? types : among(types, asked);
    for (const count of countsAt(operation, meant.size === 0 ? types : meant, above))
      counts.add(Math.max(0, count - 1));
  }
  // At 0 the limits alone decide, from 1 on also how far one may follow: no number stands for both, but the farthest
  // stands for several that lie beyond 0.
  const nearest = Math.min(...counts);
  return counts.size > 1 && nearest === 0 ? OUT_OF_REACH : Math.max(...counts);
}

/** Entities from the root down to objects of these types, they included; two counts where some are none. */
function countsAt(
  { entities }: CountedOperation,
  types: ReadonlySet<string>,
  above: number,
): number[] {
  const keyed = among(types, entities).size;
  return keyed === types.size ? [above + 1] : keyed === 0 ? [above] : [above, above + 1];
}

/** What lies under one response key of some objects, by the fields that can stand there. */
function fieldsOf(operation: CountedOperation, objects: Objects, key: string): Objects[] {
  const fragments = fragmentsOf(operation.document);
  const found = new Map<
    string,
    { types: ReadonlySet<string>; above: number; sets: Set<SelectionSetNode> }
  >();
  const seen = new Set<string>();
  const collect = (set: SelectionSetNode, types: ReadonlySet<string>): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        if ((selection.alias ?? selection.name).value === key) add(selection, types);
        continue;
      }
      const fragment =
        selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
      if (fragment === undefined) continue;
      const condition = fragment.typeCondition?.name.value;
      const narrowed =
        condition === undefined ? types : among(types, possibleNames(operation.schema, condition));
      if (narrowed.size === 0) continue;
      const place = `${selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : ""} ${[...narrowed].join(" ")}`;
      if (selection.kind === Kind.FRAGMENT_SPREAD && seen.has(place)) continue;
      seen.add(place);
      collect(fragment.selectionSet, narrowed);
    }
  };
  const add = ({ name, selectionSet }: FieldNode, parents: ReadonlySet<string>): void => {
    if (selectionSet === undefined) return;
    const types = new Set<string>();
    for (const parent of parents) {
      const type = operation.schema.getType(parent);
      const field = isObjectType(type) ? type.getFields()[name.value] : undefined;
      if (field === undefined) continue;
      for (const each of possibleNames(operation.schema, getNamedType(field.type).name))
        types.add(each);
    }
    for (const above of countsAt(operation, parents, objects.above)) {
      const place = `${above} ${[...types].join(" ")}`;
      const known = found.get(place);
      if (known === undefined) found.set(place, { types, above, sets: new Set([selectionSet]) });
      else known.sets.add(selectionSet);
    }
  };
  for (const set of objects.selections) collect(set, objects.types);
  return [...found.values()].map(({ types, above, sets }) => ({
    types,
    above,
    selections: [...sets],
  }));
}

/** The types a fetch asks about: what its representations are conditioned on. */
function typesAsked(
  schema: GraphQLSchema,
  requires: FetchNode["requires"],
): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  for (const selection of requires ?? []) {
    if (selection.kind !== "InlineFragment" || selection.typeCondition === undefined)
      return undefined;
    for (const name of possibleNames(schema, selection.typeCondition)) names.add(name);
  }
  return names.size === 0 ? undefined : names;
}

/** Names of the object types that an object of this type can be of. */
function possibleNames(schema: GraphQLSchema, name: string): ReadonlySet<string> {
  const type = schema.getType(name);
  if (isAbstractType(type)) return new Set(schema.getPossibleTypes(type).map((each) => each.name));
  return new Set(isObjectType(type) || isInterfaceType(type) ? [type.name] : []);
}

function among(names: ReadonlySet<string>, others: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...names].filter((name) => others.has(name)));
}

function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION
        ? [[definition.name.value, definition] as const]
        : [],
    ),
  );
}
