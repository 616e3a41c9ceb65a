import {
  Kind,
  type ConstArgumentNode,
  type ConstDirectiveNode,
  type ConstValueNode,
  type DefinitionNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
} from "graphql";
import { argumentText } from "./argument-text.ts";

/** A definition of a type that has fields. */
export type TypeWithFields = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

export function hasFields(definition: DefinitionNode): definition is TypeWithFields {
  return (
    definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
    definition.kind === Kind.INTERFACE_TYPE_DEFINITION
  );
}

/** What a field says of the subgraphs that have it; nothing where all that have its type do. */
export function joinsOf({ directives = [] }: FieldDefinitionNode): ConstDirectiveNode[] {
  return directives.filter(({ name }) => name.value === "join__field");
}

/** What a type says of the subgraphs that have it, once for each of its keys there. */
export function typeJoinsOf({ directives = [] }: TypeWithFields): ConstDirectiveNode[] {
  return directives.filter(({ name }) => name.value === "join__type");
}

/** Whether a directive of the join specification is about this subgraph, by the name the supergraph's enum has for it. */
export function isOf(graph: string, directive: ConstDirectiveNode): boolean {
  return directive.name.value.startsWith("join__") && argumentText(directive, "graph") === graph;
}

/** Whether a subgraph has a field of a type, be it as one that others hand it. */
export function hasField(graph: string, type: TypeWithFields, field: FieldDefinitionNode): boolean {
  if (!typeJoinsOf(type).some((each) => isOf(graph, each))) return false;
  const joins = joinsOf(field);
  return joins.length === 0 || joins.some((each) => isOf(graph, each));
}

/** The name of the type that a subgraph says a field is of; undefined where it says none but the supergraph's. */
export function typeSaid(join: ConstDirectiveNode): string | undefined {
  return argumentText(join, "type")?.replaceAll(/[[\]!]/g, "");
}

/** What is said of a field that no subgraph has. */
export const NOWHERE: ConstDirectiveNode = {
  kind: Kind.DIRECTIVE,
  name: { kind: Kind.NAME, value: "join__field" },
};

/** The same directive with another value of an argument. */
export function withArgument(
  of: ConstDirectiveNode,
  name: string,
  value: ConstValueNode,
): ConstDirectiveNode {
  const { arguments: others = [] } = withoutArgument(of, name);
  const argument: ConstArgumentNode = {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: name },
    value,
  };
  return { ...of, arguments: [argument, ...others] };
}

/** The same directive without an argument. */
export function withoutArgument(of: ConstDirectiveNode, name: string): ConstDirectiveNode {
  return { ...of, arguments: (of.arguments ?? []).filter((each) => each.name.value !== name) };
}
