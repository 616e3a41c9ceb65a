import {
  isInterfaceType,
  Kind,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type EnumValueDefinitionNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
} from "graphql";
import { argumentText } from "./argument-text.ts";
import { computedParts, type ComputedPart } from "./computed-parts.ts";
import {
  hasFields,
  isOf,
  joinsOf,
  NOWHERE,
  typeJoinsOf,
  withArgument,
  withoutArgument,
  type TypeWithFields,
} from "./joins.ts";
import { withoutUnusedExternals } from "./unused-externals.ts";

/** A supergraph in which every computed field has a subgraph of its own. */
export interface SeparateComputed {
  readonly document: DocumentNode;
  /** What one of these subgraphs is part of, by its name; nothing for those that are what they were. */
  readonly partOf: ReadonlyMap<string, WholeSubgraph>;
}

/** The subgraph that one is part of. */
export interface WholeSubgraph {
  readonly subgraph: string;
  /** A type of which the subgraph knows no more than the interface that it has as an object; undefined where it has the types. */
  readonly standIn?: { readonly type: string; readonly interface: string };
}

/**
 * The same supergraph for a planner, but that each computed field (`@requires`) is in a subgraph of its own, which has
 * nothing else but what the field needs. A planner merges what it asks one subgraph for, without regard to what that is
 * computed of, or whether the subgraph itself knows what it is handed elsewhere; of different subgraphs it cannot.
 * A field that a subgraph computes for an interface that it has as an object (`@interfaceObject`) is separated for each of
 * its types: where such fields are computed of each other, the planner knows no way.
 * @param document nothing in it but the join specification and what that allows for
 * @returns undefined where no field is computed, or where fields take arguments from what is around them
 *   (`@fromContext`), which must be in the same subgraph
 */
export function separateComputed(
  document: DocumentNode,
  schema: GraphQLSchema,
): SeparateComputed | undefined {
  const parts = computedParts(document, schema);
  if (parts.length === 0 || hasContexts(document)) return undefined;
  return new Separation(parts, schema).of(document);
}

class Separation {
  readonly #parts: readonly ComputedPart[];
  readonly #schema: GraphQLSchema;
  readonly #partOf = new Map<string, WholeSubgraph>();

  constructor(parts: readonly ComputedPart[], schema: GraphQLSchema) {
    this.#parts = parts;
    this.#schema = schema;
  }

  of(document: DocumentNode): SeparateComputed {
    const definitions = document.definitions.map((each) => this.#definition(each));
    const separated = withoutUnusedExternals({ ...document, definitions }, this.#schema);
    return { document: separated, partOf: this.#partOf };
  }

  #definition(definition: DefinitionNode): DefinitionNode {
    switch (definition.kind) {
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_DEFINITION:
        return this.#type(definition);
      case Kind.UNION_TYPE_DEFINITION: {
        const name = definition.name.value;
        return {
          ...definition,
          directives: this.#copied(definition.directives, ({ needs }) => needs.has(name)),
        };
      }
      case Kind.SCALAR_TYPE_DEFINITION:
        return { ...definition, directives: this.#copied(definition.directives) };
      case Kind.ENUM_TYPE_DEFINITION: {
        const values = definition.values ?? [];
        return {
          ...definition,
          directives: this.#copied(definition.directives),
          values:
            definition.name.value === "join__Graph"
              ? values.flatMap((value) => this.#graphs(value))
              : values.map((each) => ({ ...each, directives: this.#copied(each.directives) })),
        };
      }
      case Kind.INPUT_OBJECT_TYPE_DEFINITION:
        return {
          ...definition,
          directives: this.#copied(definition.directives),
          fields: (definition.fields ?? []).map((each) => ({
            ...each,
            directives: this.#copied(each.directives),
          })),
        };
      default:
        return definition;
    }
  }

  /** A subgraph, and those that its parts get. */
  #graphs(value: EnumValueDefinitionNode): EnumValueDefinitionNode[] {
    const own = this.#parts
      .filter(({ graph }) => graph === value.name.value)
      .map((part) => ({
        ...value,
        name: { ...value.name, value: ownGraph(part) },
        directives: (value.directives ?? []).map((directive) => {
          const subgraph = argumentText(directive, "name") ?? "";
          const name = `${subgraph}#${part.type}.${part.field}`;
          const { type, standIn } = part;
          this.#partOf.set(
            name,
            standIn === undefined
              ? { subgraph }
              : { subgraph, standIn: { type, interface: standIn.name.value } },
          );
          return withArgument(directive, "name", { kind: Kind.STRING, value: name });
        }),
      }));
    return [value, ...own];
  }

  #type(definition: TypeWithFields): TypeWithFields {
    const type = definition.name.value;
    const isQuery = this.#schema.getQueryType()?.name === type;
    const directives = this.#copied(definition.directives, ({ needs }, directive) => {
      const promised = argumentText(directive, "interface");
      return isQuery || (needs.has(type) && (promised === undefined || needs.has(promised)));
    });
    const graphs = typeJoinsOf(definition).flatMap((each) => argumentText(each, "graph") ?? []);
    const fields = (definition.fields ?? []).map((field) =>
      this.#field(type, field, [...new Set(graphs)]),
    );
    const joins = this.#parts.flatMap((part) =>
      part.type === type && part.standIn !== undefined ? standingIn(part, part.standIn) : [],
    );
    return { ...definition, directives: [...directives, ...joins], fields };
  }

  /** @param graphs those that have the type */
  #field(type: string, field: FieldDefinitionNode, graphs: readonly string[]): FieldDefinitionNode {
    const name = field.name.value;
    const said = joinsOf(field);
    const joins = said.length > 0 ? said : graphs.map((graph) => joinTo(graph));
    const separated = joins.flatMap((join) => {
      const parts = this.#partsOf(join);
      const itself = parts.filter((part) => part.type === type && part.field === name);
      if (itself.length > 0) return itself.map((part) => inOwn(join, part));
      if (this.#promisesComputed(type, name, parts)) return [];
      const copies = parts.filter(({ needs }) => needs.get(type)?.has(name) === true);
      return [join, ...copies.map((part) => inOwn(join, part))];
    });
    for (const part of this.#parts)
      if (part.type === type && part.standIn !== undefined && part.needs.get(type)!.has(name))
        separated.push(...inOwnOf(part, part.standIn, name));
    const others = (field.directives ?? []).filter((each) => !said.includes(each));
    const named = separated.filter((each) => argumentText(each, "graph") !== undefined);
    // Where nothing is said, all that have the type have the field; where no subgraph is named, none has.
    return { ...field, directives: [...others, ...(named.length > 0 ? named : [NOWHERE])] };
  }

  /** Whether it is an interface's field that an implementer no longer has in the same subgraph. */
  #promisesComputed(type: string, field: string, parts: readonly ComputedPart[]): boolean {
    const definition = this.#schema.getType(type);
    if (!isInterfaceType(definition)) return false;
    const implementers = this.#schema.getPossibleTypes(definition).map((each) => each.name);
    return parts.some((part) => part.field === field && implementers.includes(part.type));
  }

  #partsOf(directive: ConstDirectiveNode): readonly ComputedPart[] {
    return this.#parts.filter(({ graph }) => isOf(graph, directive));
  }

  /** What is said of subgraphs, and the same of those that their parts get. */
  #copied(
    directives: readonly ConstDirectiveNode[] | undefined,
    isWanted: (part: ComputedPart, directive: ConstDirectiveNode) => boolean = () => true,
  ): ConstDirectiveNode[] {
    return (directives ?? []).flatMap((directive) => [
      directive,
      ...this.#partsOf(directive)
        .filter((part) => isWanted(part, directive))
        .map((part) => inOwn(directive, part)),
    ]);
  }
}

function hasContexts({ definitions }: DocumentNode): boolean {
  return definitions.some(
    (each) =>
      hasFields(each) &&
      each.fields?.some((field) =>
        joinsOf(field).some(({ arguments: list }) =>
          list?.some(({ name }) => name.value === "contextArguments"),
        ),
      ),
  );
}

/** What the enum of subgraphs calls a part. */
function ownGraph({ graph, type, field }: ComputedPart): string {
  return `${graph}__${type}__${field}`;
}

function joinTo(graph: string): ConstDirectiveNode {
  return withArgument(NOWHERE, "graph", { kind: Kind.ENUM, value: graph });
}

function inOwn(of: ConstDirectiveNode, part: ComputedPart): ConstDirectiveNode {
  return withArgument(of, "graph", { kind: Kind.ENUM, value: ownGraph(part) });
}

/** What is said of an interface that a subgraph has as an object, of one of its types in a part. */
function standingIn(part: ComputedPart, standIn: TypeWithFields): ConstDirectiveNode[] {
  return typeJoinsOf(standIn)
    .filter((each) => isOf(part.graph, each))
    .map((each) => inOwn(withoutArgument(each, "isInterfaceObject"), part));
}

/** What is said of a field of such an interface, of the field of one of its types in a part. */
function inOwnOf(
  part: ComputedPart,
  { fields = [] }: TypeWithFields,
  name: string,
): ConstDirectiveNode[] {
  const field = fields.find((each) => each.name.value === name);
  const said = field === undefined ? [] : joinsOf(field);
  const joins = said.length > 0 ? said.filter((each) => isOf(part.graph, each)) : [NOWHERE];
  return joins.map((each) => inOwn(each, part));
}
