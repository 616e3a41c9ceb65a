import {
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  type SelectionSetNode,
} from "graphql";

/** A field that `@requires` others, and the coordinates it reads. */
export interface RequiringField {
  /** `Type` and `field` of the one that requires. */
  readonly type: string;
  readonly field: string;
  /** Every coordinate it reads, `Type.field`. */
  readonly reads: readonly string[];
}

/** All fields of a supergraph that `@requires` others. */
export function requiringFields(document: DocumentNode, schema: GraphQLSchema): RequiringField[] {
  return document.definitions.flatMap((definition) => {
    if (
      definition.kind !== Kind.OBJECT_TYPE_DEFINITION &&
      definition.kind !== Kind.INTERFACE_TYPE_DEFINITION
    ) {
      return [];
    }
    const type = definition.name.value;
    return (definition.fields ?? []).flatMap((field) => {
      const reads = selectionsOf(field).flatMap((selection) =>
        coordinatesOf(selection, type, schema),
      );
      return reads.length === 0 ? [] : [{ type, field: field.name.value, reads }];
    });
  });
}

function selectionsOf(field: FieldDefinitionNode): SelectionSetNode[] {
  return (field.directives ?? [])
    .filter(({ name }) => name.value === "join__field")
    .flatMap(
      ({ arguments: list }) => list?.find(({ name }) => name.value === "requires")?.value ?? [],
    )
    .flatMap((value) => (value.kind === Kind.STRING ? fieldSet(value.value) : []));
}

/** A federation field set, such as `id company { code }`. */
export function fieldSet(text: string): SelectionSetNode[] {
  const [operation] = parse(`{ ${text} }`, { noLocation: true }).definitions;
  return operation?.kind === Kind.OPERATION_DEFINITION ? [operation.selectionSet] : [];
}

/** The names of a field set's own fields. */
export function namesIn(text: string): string[] {
  return fieldSet(text).flatMap(({ selections }) =>
    selections.flatMap((each) => (each.kind === Kind.FIELD ? [each.name.value] : [])),
  );
}

/** Every coordinate that a field set of a type reads, `Type.field`. */
export function coordinatesOf(
  selections: SelectionSetNode,
  type: string,
  schema: GraphQLSchema,
): string[] {
  return selections.selections.flatMap((selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition?.name.value ?? type;
      return coordinatesOf(selection.selectionSet, condition, schema);
    }
    const name = selection.name.value;
    if (name === "__typename") return [];
    const field = fieldOf(`${type}.${name}`, schema);
    const inner =
      selection.selectionSet === undefined || field === undefined
        ? []
        : coordinatesOf(selection.selectionSet, getNamedType(field.type).name, schema);
    return [`${type}.${name}`, ...inner];
  });
}

/** The field a coordinate names, of an object or interface type. */
export function fieldOf(coordinate: string, schema: GraphQLSchema) {
  const [type = "", field = ""] = coordinate.split(".");
  const parent = schema.getType(type);
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[field] : undefined;
}
