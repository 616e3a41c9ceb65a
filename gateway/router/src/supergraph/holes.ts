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
import type { AccessTable } from "./access-table.ts";
import { both, implies, OPEN, type Rule } from "./rule.ts";
import { SupergraphRefused } from "./supergraph-refused.ts";

/**
 * Refuses a supergraph in which a field that `@requires` (or takes from context) demands less than what it reads:
 * whoever may see it would learn what she may not. Checking every such field against its direct reads covers chains,
 * because each link of a chain is itself checked.
 */
export function refuseLeakingRequires(
  document: DocumentNode,
  schema: GraphQLSchema,
  access: AccessTable,
): void {
  for (const definition of document.definitions) {
    if (
      definition.kind !== Kind.OBJECT_TYPE_DEFINITION &&
      definition.kind !== Kind.INTERFACE_TYPE_DEFINITION
    )
      continue;
    for (const field of definition.fields ?? []) {
      const parent = definition.name.value;
      const own = guardOf(parent, field.name.value, schema, access);
      for (const selection of requiredSelections(field)) {
        for (const coordinate of coordinatesOf(selection, parent, schema)) {
          const [type, name] = coordinate.split(".") as [string, string];
          if (implies(own, guardOf(type, name, schema, access))) continue;
          throw new SupergraphRefused(
            `${parent}.${field.name.value} requires ${coordinate}, but demands less than it: add the missing scopes to ${parent}.${field.name.value}.`,
          );
        }
      }
    }
  }
}

/** A coordinate's own rule together with those of the types around it. */
function guardOf(type: string, field: string, schema: GraphQLSchema, access: AccessTable): Rule {
  const parent = schema.getType(type);
  const definition =
    isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[field] : undefined;
  const returned =
    definition === undefined ? undefined : access.types.get(getNamedType(definition.type).name);
  const parents = isInterfaceType(parent)
    ? schema.getPossibleTypes(parent).map(({ name }) => name)
    : [type];
  return parents
    .map((name) =>
      both(access.fields.get(`${name}.${field}`) ?? OPEN, access.types.get(name) ?? OPEN),
    )
    .reduce(both, returned ?? OPEN);
}

function requiredSelections(field: FieldDefinitionNode): SelectionSetNode[] {
  return (field.directives ?? [])
    .filter(({ name }) => name.value === "join__field")
    .flatMap(
      ({ arguments: list }) => list?.find(({ name }) => name.value === "requires")?.value ?? [],
    )
    .flatMap((value) => {
      if (value.kind !== Kind.STRING) return [];
      const [operation] = parse(`{ ${value.value} }`, { noLocation: true }).definitions;
      return operation?.kind === Kind.OPERATION_DEFINITION ? [operation.selectionSet] : [];
    });
}

function coordinatesOf(
  selections: SelectionSetNode,
  type: string,
  schema: GraphQLSchema,
): string[] {
  return selections.selections.flatMap((selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      return coordinatesOf(
        selection.selectionSet,
        selection.typeCondition?.name.value ?? type,
        schema,
      );
    }
    const name = selection.name.value;
    if (name === "__typename") return [];
    const parent = schema.getType(type);
    const field =
      isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    const inner =
      selection.selectionSet === undefined || field === undefined
        ? []
        : coordinatesOf(selection.selectionSet, getNamedType(field.type).name, schema);
    return [`${type}.${name}`, ...inner];
  });
}

/**
 * Refuses to replace a supergraph by one in which a coordinate that both have has lost part of its guard. A running
 * router only ever takes stricter or equal rules; loosening one is a decision, taken by restarting the router.
 */
export function refuseLoosening(
  before: AccessTable,
  after: AccessTable,
  schema: GraphQLSchema,
): void {
  for (const [kind, rules, next] of [
    ["type", before.types, after.types],
    ["field", before.fields, after.fields],
  ] as const) {
    for (const [coordinate, rule] of rules) {
      if (!exists(coordinate, schema)) continue;
      const now = next.get(coordinate);
      if (now !== undefined && implies(now, rule)) continue;
      throw new SupergraphRefused(
        `The new supergraph guards the ${kind} ${coordinate} less than the present one: restart the router if that is meant.`,
      );
    }
  }
}

function exists(coordinate: string, schema: GraphQLSchema): boolean {
  const [type, field] = coordinate.split(".") as [string, string?];
  const found = schema.getType(type);
  if (field === undefined) return found !== undefined;
  return isObjectType(found) && found.getFields()[field] !== undefined;
}
