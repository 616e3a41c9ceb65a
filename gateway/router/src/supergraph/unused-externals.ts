import {
  getNamedType,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
} from "graphql";
import { argumentText } from "./argument-text.ts";
import { hasField, hasFields, joinsOf, NOWHERE, type TypeWithFields } from "./joins.ts";
import { coordinatesOf, fieldOf, fieldSet } from "./required-fields.ts";

/**
 * A supergraph whose subgraphs name no fields of others (`@external`) but those that something in them speaks of, or an
 * interface promises: no subgraph may, by the federation specification.
 */
export function withoutUnusedExternals(
  document: DocumentNode,
  schema: GraphQLSchema,
): DocumentNode {
  const types = document.definitions.filter((each) => hasFields(each));
  const used = new Uses(new Map(types.map((type) => [type.name.value, type])), schema);
  for (const type of types) used.addOf(type);
  const definitions = document.definitions.map((definition) =>
    hasFields(definition) ? { ...definition, fields: used.left(definition) } : definition,
  );
  return { ...document, definitions };
}

/** What the subgraphs' field sets and interfaces speak of. */
class Uses {
  readonly #types: ReadonlyMap<string, TypeWithFields>;
  readonly #schema: GraphQLSchema;
  /** `subgraph Type.field` */
  readonly #used = new Set<string>();

  constructor(types: ReadonlyMap<string, TypeWithFields>, schema: GraphQLSchema) {
    this.#types = types;
    this.#schema = schema;
  }

  addOf({ name: { value: type }, directives = [], fields = [] }: TypeWithFields): void {
    for (const directive of directives) {
      this.#add(directive, "key", type);
      const promised = this.#types.get(argumentText(directive, "interface") ?? "");
      const graph = argumentText(directive, "graph") ?? "";
      for (const field of promised?.fields ?? [])
        if (promised !== undefined && hasField(graph, promised, field))
          this.#used.add(`${graph} ${type}.${field.name.value}`);
    }
    for (const field of fields) {
      const returned = fieldOf(`${type}.${field.name.value}`, this.#schema)?.type;
      for (const join of joinsOf(field)) {
        this.#add(join, "requires", type);
        if (returned !== undefined) this.#add(join, "provides", getNamedType(returned).name);
      }
    }
  }

  left({ name: { value: type }, fields = [] }: TypeWithFields): FieldDefinitionNode[] {
    return fields.map((field) => {
      const coordinate = `${type}.${field.name.value}`;
      const left = (field.directives ?? []).filter(
        (each) =>
          !isExternal(each) || this.#used.has(`${argumentText(each, "graph")} ${coordinate}`),
      );
      // Where nothing were said any more, all that have the type would have the field.
      const isLeftOut =
        joinsOf(field).length > 0 && joinsOf({ ...field, directives: left }).length === 0;
      return { ...field, directives: isLeftOut ? [...left, NOWHERE] : left };
    });
  }

  /** The field set that an argument of a directive is, of a type. */
  #add(directive: ConstDirectiveNode, name: string, type: string): void {
    const graph = argumentText(directive, "graph");
    for (const selections of fieldSet(argumentText(directive, name) ?? "__typename"))
      for (const coordinate of coordinatesOf(selections, type, this.#schema))
        this.#used.add(`${graph} ${coordinate}`);
  }
}

function isExternal(directive: ConstDirectiveNode): boolean {
  return (
    directive.name.value === "join__field" &&
    (argumentText(directive, "external") === "true" ||
      argumentText(directive, "usedOverridden") === "true")
  );
}
