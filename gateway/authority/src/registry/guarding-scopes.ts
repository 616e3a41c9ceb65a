import { directiveName, readLinks } from "@truc/contracts";
import {
  type ConstDirectiveNode,
  type DocumentNode,
  getNamedType,
  type GraphQLNamedType,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
} from "graphql";

/** One rule: whoever holds all scopes of one of the alternatives satisfies it. */
export type Alternatives = readonly (readonly string[])[];

/** What a supergraph states about the reading of its types and fields. */
export interface Guards {
  /** `Type` and `Type.field` → every rule that stands there. */
  readonly rules: ReadonlyMap<string, readonly Alternatives[]>;
  /** `Type.field` → what else is read for it, as field sets of `Type` (`@requires`). */
  readonly requires: ReadonlyMap<string, readonly SelectionSetNode[]>;
}

const DIRECTIVE = "requiresScopes";
const IDENTITIES = ["requiresScopes", "federation"].map(
  (name) => `https://specs.apollo.dev/${name}`,
);

/** Reads the rules out of a composed supergraph, whatever its directive was renamed to. */
export function readGuards(supergraph: DocumentNode): Guards {
  const names = new Set([
    DIRECTIVE,
    ...readLinks(supergraph)
      .filter(({ identity }) => IDENTITIES.includes(identity))
      .map((link) => directiveName(link, DIRECTIVE)),
  ]);
  const rules = new Map<string, readonly Alternatives[]>();
  const requires = new Map<string, readonly SelectionSetNode[]>();
  const readRules = (coordinate: string, directives: readonly ConstDirectiveNode[] = []): void => {
    const found = directives.filter(({ name }) => names.has(name.value)).map(alternativesOf);
    if (found.length > 0) rules.set(coordinate, found);
  };
  for (const definition of supergraph.definitions) {
    if (!definition.kind.endsWith("TypeDefinition") || !("directives" in definition)) continue;
    // Composition copies the rules of implementers onto their interface, which is judged by its implementers anyway.
    if (definition.kind === Kind.INTERFACE_TYPE_DEFINITION) continue;
    const type = (definition as { name: { value: string } }).name.value;
    readRules(type, definition.directives as readonly ConstDirectiveNode[]);
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    for (const { name, directives = [] } of definition.fields ?? []) {
      const coordinate = `${type}.${name.value}`;
      readRules(coordinate, directives);
      const sets = directives.flatMap(requiredSets);
      if (sets.length > 0) requires.set(coordinate, sets);
    }
  }
  return { rules, requires };
}

function alternativesOf({ arguments: given = [] }: ConstDirectiveNode): Alternatives {
  const value = given.find(({ name }) => name.value === "scopes")?.value;
  const lists = value?.kind === Kind.LIST ? value.values : [];
  return lists.map((list) =>
    (list.kind === Kind.LIST ? list.values : [list]).flatMap((item) =>
      item.kind === Kind.STRING ? [item.value] : [],
    ),
  );
}

function requiredSets({ name, arguments: given = [] }: ConstDirectiveNode): SelectionSetNode[] {
  if (name.value !== "join__field") return [];
  const value = given.find((argument) => argument.name.value === "requires")?.value;
  if (value?.kind !== Kind.STRING) return [];
  const [operation] = parse(`{ ${value.value} }`, { noLocation: true }).definitions;
  return operation?.kind === Kind.OPERATION_DEFINITION ? [operation.selectionSet] : [];
}

/**
 * Every rule that guards something an operation may read, each once: of the fields it selects and of what they require,
 * of the types these stand on and give, and behind an interface or union those of every type there is.
 *
 * @param schema the one with all types, also those that callers do not see
 */
export function rulesRead(
  document: DocumentNode,
  schema: GraphQLSchema,
  { rules, requires }: Guards,
): Alternatives[] {
  const found = new Map<string, Alternatives>();
  const collect = (coordinate: string): void => {
    for (const rule of rules.get(coordinate) ?? []) found.set(JSON.stringify(rule), rule);
  };
  const collectType = (type: GraphQLNamedType): void => {
    collect(type.name);
    for (const { name } of objectsOf(type, schema)) collect(name);
  };
  const required = new Set<string>();
  const visitField = (parent: GraphQLNamedType, name: string): GraphQLNamedType | undefined => {
    for (const owner of objectsOf(parent, schema)) {
      const coordinate = `${owner.name}.${name}`;
      collect(coordinate);
      if (required.has(coordinate)) continue;
      required.add(coordinate);
      for (const set of requires.get(coordinate) ?? []) visitSet(set, owner);
    }
    const field =
      isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    return field === undefined ? undefined : getNamedType(field.type);
  };
  const visitSet = (set: SelectionSetNode, parent: GraphQLNamedType): void => {
    collectType(parent);
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const given = visitField(parent, selection.name.value);
        if (given === undefined) continue;
        collectType(given);
        if (selection.selectionSet !== undefined) visitSet(selection.selectionSet, given);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const type = schema.getType(selection.typeCondition?.name.value ?? parent.name);
        if (type !== undefined) visitSet(selection.selectionSet, type);
      }
    }
  };
  // A fragment is judged by where it is written, once, wherever it is spread: the document is valid, so each is.
  for (const definition of document.definitions) {
    const type =
      definition.kind === Kind.OPERATION_DEFINITION
        ? schema.getRootType(definition.operation)
        : definition.kind === Kind.FRAGMENT_DEFINITION
          ? schema.getType(definition.typeCondition.name.value)
          : undefined;
    if (type != null && "selectionSet" in definition) visitSet(definition.selectionSet, type);
  }
  return [...found.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, rule]) => rule);
}

/** The object types behind a type: itself, or all that it may turn out to be. */
function objectsOf(type: GraphQLNamedType, schema: GraphQLSchema): readonly GraphQLNamedType[] {
  return isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
}
