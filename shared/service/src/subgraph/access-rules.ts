import {
  type ConstDirectiveNode,
  getNamedType,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  parse,
  type SelectionSetNode,
  valueFromASTUntyped,
} from "graphql";

/** Which scopes a field demands: any one of the alternatives, each a set of which all are needed. */
export type Alternatives = readonly (readonly string[])[];

/** The scopes that a register's schema demands, read once at the start. */
export interface AccessRules {
  /** By field coordinate ("Citizen.name"); exempt and unguarded fields are absent. */
  fields: ReadonlyMap<string, Alternatives>;
  /** By type name. */
  types: ReadonlyMap<string, Alternatives>;
  /** Coordinates that demand nothing: key fields, and whatever leads to a data subject. */
  exempt: ReadonlySet<string>;
}

/**
 * Reads @requiresScopes off a schema. Key fields and the paths of @subject are exempt: the router needs them for joins
 * and for the record, and strips them from answers. @authenticated adds nothing, since nobody gets here without a
 * permit.
 * @throws when a rule is empty, which would mean "everyone"
 */
export function readAccessRules(schema: GraphQLSchema): AccessRules {
  const fields = new Map<string, Alternatives>();
  const types = new Map<string, Alternatives>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith("__")) continue;
    const alternatives = scopesOf(type.name, directivesOf(type));
    if (alternatives !== null) types.set(type.name, alternatives);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`;
      const demanded = scopesOf(coordinate, field.astNode?.directives ?? []);
      if (demanded !== null) fields.set(coordinate, demanded);
    }
  }
  const exempt = exemptCoordinates(schema);
  for (const coordinate of exempt) fields.delete(coordinate);
  return { fields, types, exempt };
}

function directivesOf(type: GraphQLNamedType): ConstDirectiveNode[] {
  return [type.astNode, ...type.extensionASTNodes].flatMap((node) => node?.directives ?? []);
}

function scopesOf(
  coordinate: string,
  directives: readonly ConstDirectiveNode[],
): Alternatives | null {
  const directive = directives.find(({ name }) => name.value === "requiresScopes");
  if (directive === undefined) return null;
  const scopes = argumentOf(directive, "scopes");
  if (!isAlternatives(scopes))
    throw new Error(`${coordinate}: @requiresScopes must name scopes as [["register:category"]]`);
  return scopes;
}

function isAlternatives(value: unknown): value is Alternatives {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (all) =>
        Array.isArray(all) && all.length > 0 && all.every((scope) => typeof scope === "string"),
    )
  );
}

function argumentOf(directive: ConstDirectiveNode, name: string): unknown {
  const argument = directive.arguments?.find((candidate) => candidate.name.value === name);
  return argument === undefined ? undefined : valueFromASTUntyped(argument.value);
}

function exemptCoordinates(schema: GraphQLSchema): Set<string> {
  const exempt = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const directive of directivesOf(type)) {
      if (directive.name.value === "key")
        addFieldSet(type, String(argumentOf(directive, "fields")), exempt);
      if (directive.name.value === "subject")
        addPath(schema, type, String(argumentOf(directive, "path")), exempt);
    }
  }
  return exempt;
}

function addFieldSet(type: GraphQLNamedType, fieldSet: string, into: Set<string>): void {
  const [definition] = parse(`{${fieldSet}}`, { noLocation: true }).definitions;
  if (definition?.kind === "OperationDefinition")
    addSelections(type, definition.selectionSet, into);
}

function addSelections(
  type: GraphQLNamedType,
  { selections }: SelectionSetNode,
  into: Set<string>,
): void {
  if (!isObjectType(type) && !isInterfaceType(type)) return;
  for (const selection of selections) {
    const field = selection.kind === "Field" ? type.getFields()[selection.name.value] : undefined;
    if (selection.kind !== "Field" || field === undefined) continue;
    into.add(`${type.name}.${field.name}`);
    if (selection.selectionSet)
      addSelections(getNamedType(field.type), selection.selectionSet, into);
  }
}

/** `".."` refers to the object around and adds nothing here; what an interface has, each of its implementers has. */
function addPath(
  schema: GraphQLSchema,
  type: GraphQLNamedType,
  path: string,
  into: Set<string>,
): void {
  const [name = "", ...rest] = path.split(".");
  const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
  if (field === undefined) return;
  const owners = isInterfaceType(type) ? [type, ...schema.getPossibleTypes(type)] : [type];
  for (const owner of owners) into.add(`${owner.name}.${name}`);
  if (rest.length > 0) addPath(schema, getNamedType(field.type), rest.join("."), into);
}
