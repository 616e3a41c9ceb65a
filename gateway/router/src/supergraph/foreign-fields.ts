import {
  getNamedType,
  isInterfaceType,
  Kind,
  type DocumentNode,
  type GraphQLSchema,
  type SelectionSetNode,
} from "graphql";
import { callText } from "./argument-inputs.ts";
import { argumentText } from "./argument-text.ts";
import { graphNames } from "./graph-names.ts";
import { hasFields, joinsOf, typeJoinsOf } from "./joins.ts";
import { typeGiven, type OwnTypes } from "./own-types.ts";
import { coordinatesOf, fieldOf, fieldSet, namesIn } from "./required-fields.ts";

/** What one subgraph's types have to do with fields that others know and it does not. By `Type.field`. */
export interface ForeignFields {
  /** Fields that it is handed, or can tell in places only (`@external`); none that are in its keys. */
  readonly external: Set<string>;
  /** Of fields that it computes (`@requires`): the names, on the type itself, of those of the external that it must be handed. */
  readonly inputs: Map<string, readonly string[]>;
  /** Of fields that it computes of others that take arguments: how it calls these, by their places in the object. */
  readonly calls: Map<string, ReadonlyMap<string, string>>;
  /** Of fields that lead to objects: which of the external it can tell of these, and of what is in them (`@provides`). */
  readonly provided: Map<string, ReadonlySet<string>>;
}

/** Reads out of a supergraph, by the subgraph's name, what each knows from others only. */
export function foreignFields(
  document: DocumentNode,
  schema: GraphQLSchema,
  types: OwnTypes,
): ReadonlyMap<string, ForeignFields> {
  const names = graphNames(document);
  const found = new Map<string, ForeignFields>(
    [...names.values()].map((name) => [
      name,
      { external: new Set(), inputs: new Map(), calls: new Map(), provided: new Map() },
    ]),
  );
  for (const definition of document.definitions) {
    if (!hasFields(definition)) continue;
    const type = definition.name.value;
    const keys = new Set(
      typeJoinsOf(definition).flatMap((each) =>
        namesIn(argumentText(each, "key") ?? "__typename").map(
          (name) => `${argumentText(each, "graph")} ${name}`,
        ),
      ),
    );
    const joins = (definition.fields ?? []).flatMap((field) =>
      joinsOf(field).map((join) => {
        const graph = argumentText(join, "graph") ?? "";
        const subgraph = names.get(graph) ?? graph;
        return { name: field.name.value, graph, subgraph, join, of: found.get(subgraph) };
      }),
    );
    for (const { name, graph, join, of } of joins)
      if (argumentText(join, "external") === "true" && !keys.has(`${graph} ${name}`))
        of?.external.add(`${type}.${name}`);
    for (const { name, subgraph, join, of } of joins) {
      const coordinate = `${type}.${name}`;
      const inputs = namesIn(argumentText(join, "requires") ?? "__typename").filter((input) =>
        of?.external.has(`${type}.${input}`),
      );
      if (inputs.length > 0) of?.inputs.set(coordinate, inputs);
      const sets = fieldSet(argumentText(join, "requires") ?? "__typename");
      const calls = sets.flatMap((set) => callsIn(set, { type, at: "" }, schema));
      if (calls.length > 0) of?.calls.set(coordinate, new Map(calls));
      const returned = typeGiven(coordinate, subgraph, { types, schema });
      const provides = argumentText(join, "provides");
      if (returned === undefined || provides === undefined) continue;
      const provided = fieldSet(provides).flatMap((set) =>
        coordinatesOf(set, returned.name, schema),
      );
      of?.provided.set(
        coordinate,
        new Set(provided.flatMap((each) => [each, ...ofImplementers(each, schema)])),
      );
    }
  }
  return found;
}

/** By their places, the fields of a field set that take arguments, as they are called. @param at the keys around it */
function callsIn(
  { selections }: SelectionSetNode,
  { type, at }: { type: string; at: string },
  schema: GraphQLSchema,
): [place: string, call: string][] {
  return selections.flatMap((each) => {
    if (each.kind === Kind.FRAGMENT_SPREAD) return [];
    if (each.kind === Kind.INLINE_FRAGMENT) {
      const condition = each.typeCondition?.name.value ?? type;
      return callsIn(each.selectionSet, { type: condition, at }, schema);
    }
    const field = fieldOf(`${type}.${each.name.value}`, schema);
    if (field === undefined) return [];
    const place = `${at}${each.name.value}`;
    const within = { type: getNamedType(field.type).name, at: `${place}.` };
    const inner = each.selectionSet && callsIn(each.selectionSet, within, schema);
    const own: [string, string][] = field.args.length > 0 ? [[place, callText(each)]] : [];
    return [...own, ...(inner ?? [])];
  });
}

/** What is provided of an interface is so of whatever implements it. */
function ofImplementers(coordinate: string, schema: GraphQLSchema): string[] {
  const [name = "", field] = coordinate.split(".");
  const type = schema.getType(name);
  if (!isInterfaceType(type)) return [];
  return schema.getPossibleTypes(type).map((each) => `${each.name}.${field}`);
}
