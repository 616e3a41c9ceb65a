import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type NamedTypeNode,
  type ObjectTypeDefinitionNode,
  parse,
  type TypeNode,
  valueFromASTUntyped,
} from "graphql";

/** A field of an object type in one subgraph's text. */
export interface FieldPlace {
  coordinate: string;
  type: ObjectTypeDefinitionNode;
  field: FieldDefinitionNode;
}

export function objectTypes(document: DocumentNode): ObjectTypeDefinitionNode[] {
  return document.definitions.filter((node) => node.kind === "ObjectTypeDefinition");
}

export function fieldPlaces(document: DocumentNode): FieldPlace[] {
  return objectTypes(document).flatMap((type) =>
    (type.fields ?? []).map((field) => ({
      coordinate: `${type.name.value}.${field.name.value}`,
      type,
      field,
    })),
  );
}

/** Connections, their edges and PageInfo: they carry data, and are none. */
export function isPlumbing(typeName: string): boolean {
  return typeName === "PageInfo" || /(Connection|Edge)$/.test(typeName);
}

export function directives(
  node: { directives?: readonly ConstDirectiveNode[] | undefined },
  name: string,
): ConstDirectiveNode[] {
  return (node.directives ?? []).filter((directive) => directive.name.value === name);
}

export function argument(directive: ConstDirectiveNode | undefined, name: string): unknown {
  const given = directive?.arguments?.find((candidate) => candidate.name.value === name);
  return given === undefined ? undefined : valueFromASTUntyped(given.value);
}

export function namedType(type: TypeNode): NamedTypeNode {
  return type.kind === "NamedType" ? type : namedType(type.type);
}

export interface EntityKey {
  fields: string[];
  resolvable: boolean;
}

/** The keys of every entity type, as lists of plain field names. */
export function entityKeys(document: DocumentNode): Map<string, EntityKey[]> {
  const keys = new Map<string, EntityKey[]>();
  for (const type of objectTypes(document)) {
    const own = directives(type, "key").map((directive) => ({
      fields: String(argument(directive, "fields")).trim().split(/\s+/),
      resolvable: argument(directive, "resolvable") !== false,
    }));
    if (own.length > 0) keys.set(type.name.value, own);
  }
  return keys;
}

export const parsed = (schema: string): DocumentNode => parse(schema);
