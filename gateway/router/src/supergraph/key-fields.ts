import { Kind, type DocumentNode, type GraphQLSchema } from "graphql";
import { coordinatesOf, fieldSet } from "./required-fields.ts";

/** `Type.field` of every field that is part of some key of an entity, nested ones included. */
export function keyFields(document: DocumentNode, schema: GraphQLSchema): Set<string> {
  const keys = new Set<string>();
  for (const definition of document.definitions) {
    if (
      definition.kind !== Kind.OBJECT_TYPE_DEFINITION &&
      definition.kind !== Kind.INTERFACE_TYPE_DEFINITION
    ) {
      continue;
    }
    for (const directive of definition.directives ?? []) {
      if (directive.name.value !== "join__type") continue;
      const value = directive.arguments?.find(({ name }) => name.value === "key")?.value;
      if (value?.kind !== Kind.STRING) continue;
      for (const selections of fieldSet(value.value))
        for (const coordinate of coordinatesOf(selections, definition.name.value, schema))
          keys.add(coordinate);
    }
  }
  return keys;
}
