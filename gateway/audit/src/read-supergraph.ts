import {
  type ConstDirectiveNode,
  type ConstValueNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  type TypeNode,
} from "graphql";

/** A type that has fields. */
export type Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** What of a composed supergraph is read, whatever it is read for. */
export interface Supergraph {
  readonly document: DocumentNode;
  /** Its object types and interfaces by name. */
  readonly composites: ReadonlyMap<string, Composite>;
  /** The subgraph that a value of the enum join__Graph stands for; the value itself where it is not declared. */
  readonly graphName: (value: string) => string;
}

/** @throws GraphQLError when it cannot be parsed */
export function readSupergraph(text: string): Supergraph {
  const document = parse(text, { noLocation: true });
  const composites = new Map<string, Composite>();
  for (const definition of document.definitions)
    if (isComposite(definition)) composites.set(definition.name.value, definition);
  const names = graphNames(document);
  return { document, composites, graphName: (value) => names.get(value) ?? value };
}

export function fieldsOf(type: Composite | undefined): readonly FieldDefinitionNode[] {
  return type?.fields ?? [];
}

/** What a directive is given as one of its arguments. */
export function argumentOf(
  { arguments: given = [] }: ConstDirectiveNode,
  wanted: string,
): ConstValueNode | undefined {
  return given.find(({ name }) => name.value === wanted)?.value;
}

/** The type inside lists and exclamation marks. */
export function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

function graphNames(document: DocumentNode): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== "join__Graph")
      continue;
    for (const { name, directives = [] } of definition.values ?? []) {
      const graph = directives.find((directive) => directive.name.value === "join__graph");
      const value = graph && argumentOf(graph, "name");
      if (value?.kind === Kind.STRING) names.set(name.value, value.value);
    }
  }
  return names;
}

function isComposite(definition: DocumentNode["definitions"][number]): definition is Composite {
  return (
    definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
    definition.kind === Kind.INTERFACE_TYPE_DEFINITION
  );
}
