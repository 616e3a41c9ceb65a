import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  type DocumentNode,
  type GraphQLSchema,
} from "graphql";
import { argumentText } from "./argument-text.ts";
import { hasField, hasFields, isOf, joinsOf, typeJoinsOf, type TypeWithFields } from "./joins.ts";
import { fieldOf, namesIn } from "./required-fields.ts";

/** A field that a subgraph computes of others' (`@requires`), with the part of the subgraph that this takes. */
export interface ComputedPart {
  /** Where the subgraph has an interface as an object (`@interfaceObject`), one of the types that implement it. */
  readonly type: string;
  /** That interface. */
  readonly standIn: TypeWithFields | undefined;
  readonly field: string;
  /** The subgraph, as the supergraph's enum calls it. */
  readonly graph: string;
  /** By type, the fields of the part: this one, its inputs, the keys beside it, all that these lead to. */
  readonly needs: ReadonlyMap<string, ReadonlySet<string>>;
}

/** All computed fields of a supergraph. */
export function computedParts(document: DocumentNode, schema: GraphQLSchema): ComputedPart[] {
  const types = new Map(
    document.definitions
      .filter((each) => hasFields(each))
      .map((definition) => [definition.name.value, definition]),
  );
  return [...types].flatMap(([type, definition]) =>
    (definition.fields ?? []).flatMap((node) =>
      joinsOf(node).flatMap((join): ComputedPart[] => {
        const graph = argumentText(join, "graph");
        const requires = argumentText(join, "requires");
        if (graph === undefined || requires === undefined) return [];
        const field = node.name.value;
        const keys = typeJoinsOf(definition)
          .filter((each) => isOf(graph, each))
          .flatMap((each) => argumentText(each, "key") ?? []);
        const reach = new Reach(graph, types, schema);
        for (const name of [field, ...[requires, ...keys].flatMap(namesIn)]) reach.add(type, name);
        const part = { type, standIn: undefined, field, graph, needs: reach.fields };
        const implementers = hasAsObject(graph, definition) ? implementersOf(type, schema) : [];
        // What leads back to the interface's objects needs it as the subgraph has it.
        const leadsBack = [type, ...implementers].some((name) => reach.isWhole(name));
        if (implementers.length === 0 || leadsBack) return [part];
        return implementers.map((name) => ({
          ...part,
          type: name,
          standIn: definition,
          needs: new Map([...reach.fields].map(([of, names]) => [of === type ? name : of, names])),
        }));
      }),
    ),
  );
}

function hasAsObject(graph: string, definition: TypeWithFields): boolean {
  return typeJoinsOf(definition).some(
    (each) => isOf(graph, each) && argumentText(each, "isInterfaceObject") === "true",
  );
}

function implementersOf(name: string, schema: GraphQLSchema): string[] {
  const type = schema.getType(name);
  return isAbstractType(type) ? schema.getPossibleTypes(type).map((each) => each.name) : [];
}

/** Fields of one subgraph, with all that they lead to in it. */
class Reach {
  readonly fields = new Map<string, Set<string>>();
  readonly #graph: string;
  readonly #types: ReadonlyMap<string, TypeWithFields>;
  readonly #schema: GraphQLSchema;
  readonly #whole = new Set<string>();

  constructor(graph: string, types: ReadonlyMap<string, TypeWithFields>, schema: GraphQLSchema) {
    this.#graph = graph;
    this.#types = types;
    this.#schema = schema;
  }

  /** Whether something in it leads to objects of a type. */
  isWhole(type: string): boolean {
    return this.#whole.has(type);
  }

  add(type: string, field: string): void {
    let fields = this.fields.get(type);
    if (fields === undefined) this.fields.set(type, (fields = new Set()));
    if (fields.has(field)) return;
    fields.add(field);
    const definition = fieldOf(`${type}.${field}`, this.#schema);
    if (definition !== undefined) this.#addWhole(getNamedType(definition.type).name);
  }

  /** All fields that the subgraph has of a type, but for those that are a part of their own. */
  #addWhole(name: string): void {
    const type = this.#schema.getType(name);
    if (this.#whole.has(name) || !isCompositeType(type)) return;
    this.#whole.add(name);
    if (!this.fields.has(name)) this.fields.set(name, new Set());
    if (isAbstractType(type))
      for (const each of this.#schema.getPossibleTypes(type)) this.#addWhole(each.name);
    const definition = this.#types.get(name);
    if (definition === undefined) return;
    for (const field of definition.fields ?? []) {
      const isComputed = joinsOf(field).some(
        (each) => isOf(this.#graph, each) && argumentText(each, "requires") !== undefined,
      );
      if (hasField(this.#graph, definition, field) && !isComputed) this.add(name, field.name.value);
    }
  }
}
