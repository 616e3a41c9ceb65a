import {
  getNamedType,
  isAbstractType,
  Kind,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
} from "graphql";
import { argumentText } from "./argument-text.ts";
import { hasFields, joinsOf, typeJoinsOf, typeSaid, type TypeWithFields } from "./joins.ts";
import { fieldOf } from "./required-fields.ts";

/** By `Type.field`, the types of the objects that it may lead to: those that every subgraph has that gives it. */
export type AgreedTypes = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Reads out of a supergraph what shared fields may give. Where one subgraph has a union of more types than another, or an
 * interface that more implement, neither may give the others', because each must give the same.
 */
export function agreedTypes(document: DocumentNode, schema: GraphQLSchema): AgreedTypes {
  const within = new TypesWithin(document, schema);
  const agreed = new Map<string, ReadonlySet<string>>();
  for (const definition of document.definitions) {
    if (!hasFields(definition)) continue;
    for (const field of definition.fields ?? []) {
      const coordinate = `${definition.name.value}.${field.name.value}`;
      const type = fieldOf(coordinate, schema)?.type;
      if (type === undefined) continue;
      const name = getNamedType(type).name;
      const given = givers(definition, field).map(({ graph, own }) =>
        within.of(graph, own ?? name),
      );
      const [first, ...others] = given;
      if (first === undefined) continue;
      agreed.set(
        coordinate,
        others.reduce((left, each) => new Set([...left].filter((name) => each.has(name))), first),
      );
    }
  }
  return agreed;
}

/** The subgraphs that give a field, each with the type that it says. */
function givers(
  type: TypeWithFields,
  field: FieldDefinitionNode,
): { graph: string; own: string | undefined }[] {
  const joins = joinsOf(field);
  const said = joins.length > 0 ? joins : typeJoinsOf(type);
  return said.flatMap((join) => {
    const graph = argumentText(join, "graph");
    const isElsewhere = ["external", "usedOverridden"].some(
      (name) => argumentText(join, name) === "true",
    );
    if (graph === undefined || isElsewhere) return [];
    return [{ graph, own: joins.length > 0 ? typeSaid(join) : undefined }];
  });
}

/** The object types that subgraphs have of interfaces and unions. */
class TypesWithin {
  readonly #schema: GraphQLSchema;
  readonly #of = new Map<string, Set<string>>();

  constructor(document: DocumentNode, schema: GraphQLSchema) {
    this.#schema = schema;
    for (const definition of document.definitions) {
      if (definition.kind === Kind.OBJECT_TYPE_DEFINITION)
        for (const directive of definition.directives ?? [])
          if (directive.name.value === "join__implements")
            this.#add(directive, argumentText(directive, "interface"), definition.name.value);
      if (definition.kind === Kind.UNION_TYPE_DEFINITION)
        for (const directive of definition.directives ?? [])
          if (directive.name.value === "join__unionMember")
            this.#add(directive, definition.name.value, argumentText(directive, "member"));
    }
  }

  #add(said: ConstDirectiveNode, of: string | undefined, type: string | undefined): void {
    const key = `${argumentText(said, "graph")} ${of}`;
    const types = this.#of.get(key) ?? new Set<string>();
    if (type !== undefined) this.#of.set(key, types.add(type));
  }

  /** Of an interface that is an object there (`@interfaceObject`) any may be. */
  of(graph: string, name: string): ReadonlySet<string> {
    const type = this.#schema.getType(name);
    if (!isAbstractType(type)) return new Set([name]);
    const all = this.#schema.getPossibleTypes(type).map((each) => each.name);
    return this.#of.get(`${graph} ${name}`) ?? new Set(all);
  }
}
