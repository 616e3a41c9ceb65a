import {
  getNamedType,
  isAbstractType,
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
    if (typeof key === "string" && key !== "@") places = fieldsOf(operation, places, key);
  if (places.length === 0) throw new Error("a plan's path leads nowhere in its operation");
  const asked = typesAsked(operation.schema, requires);
  const meant = asked && places.map(({ types, above }) => ({ types: among(types, asked), above }));
  const counted = meant?.some(({ types }) => types.size > 0) ? meant : places;
  const counts = new Set<number>();
  for (const { types, above } of counted) {
    if (types.size === 0) continue;
    for (const count of countsAt(operation, types, above)) counts.add(Math.max(0, count - 1));
  }
  // At 0 the limits alone decide, from 1 on also how far one may follow: no number stands for both, but the farthest
  // stands for several that lie beyond 0.
  const nearest = counts.size === 0 ? 0 : Math.min(...counts);
  return counts.size !== 1 && nearest === 0 ? OUT_OF_REACH : Math.max(...counts);
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
function fieldsOf(operation: CountedOperation, places: readonly Objects[], key: string): Objects[] {
  const { schema } = operation;
  const fragments = fragmentsOf(operation.document);
  const found = new Map<string, Objects & { selections: SelectionSetNode[] }>();
  const seen = new Set<string>();
  const collect = (set: SelectionSetNode, types: ReadonlySet<string>, above: number): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        if ((selection.alias ?? selection.name).value === key) add(selection, types, above);
        continue;
      }
      const isSpread = selection.kind === Kind.FRAGMENT_SPREAD;
      const fragment = isSpread ? fragments.get(selection.name.value) : selection;
      const condition = fragment?.typeCondition?.name.value;
      const narrowed =
        condition === undefined ? types : among(types, possibleNames(schema, condition));
      if (fragment === undefined || narrowed.size === 0) continue;
      if (isSpread) {
        const spread = `${selection.name.value} ${placeOf(narrowed, above)}`;
        if (seen.has(spread)) continue;
        seen.add(spread);
      }
      collect(fragment.selectionSet, narrowed, above);
    }
  };
  const add = (field: FieldNode, parents: ReadonlySet<string>, above: number): void => {
    if (field.selectionSet === undefined) return;
    const types = typesOf(schema, field.name.value, parents);
    for (const count of countsAt(operation, parents, above)) {
      const place = placeOf(types, count);
      const known = found.get(place) ?? { types, above: count, selections: [] };
      known.selections.push(field.selectionSet);
      found.set(place, known);
    }
  };
  for (const { selections, types, above } of places)
    for (const set of selections) collect(set, types, above);
  return found.size > 0 ? [...found.values()] : addedFields(operation, places, key);
}

/** A field that no operation selects: plans add what others `@require`, through other entities too, by its own name. */
function addedFields(
  operation: CountedOperation,
  places: readonly Objects[],
  name: string,
): Objects[] {
  return places.flatMap(({ types, above }) => {
    const given = typesOf(operation.schema, name, types);
    if (given.size === 0) return [];
    const counts = countsAt(operation, types, above);
    return counts.map((count) => ({ types: given, above: count, selections: [] }));
  });
}

function placeOf(types: ReadonlySet<string>, above: number): string {
  return `${above} ${[...types].join(" ")}`;
}

/** What a field can give, on whichever of these types it stands. */
function typesOf(
  schema: GraphQLSchema,
  name: string,
  parents: ReadonlySet<string>,
): ReadonlySet<string> {
  const types = new Set<string>();
  for (const parent of parents) {
    const type = schema.getType(parent);
    const field = isObjectType(type) ? type.getFields()[name] : undefined;
    if (field === undefined) continue;
    for (const each of possibleNames(schema, getNamedType(field.type).name)) types.add(each);
  }
  return types;
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
  return new Set(isObjectType(type) ? [type.name] : []);
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
