import { Kind, type DefinitionNode, type DocumentNode } from "graphql";
import { argumentText } from "./argument-text.ts";
import { hasFields, typeJoinsOf, withoutArgument } from "./joins.ts";

/**
 * The same supergraph, where an interface that nothing implements is an object if some subgraph has it as one
 * (`@interfaceObject`). What that subgraph gives is of no other type, and there is nothing to find out about it; as an
 * interface it could not be answered.
 */
export function loneInterfacesAsObjects(document: DocumentNode): DocumentNode {
  const implemented = new Set(document.definitions.flatMap(implementedBy));
  const definitions = document.definitions.map((definition): DefinitionNode => {
    if (definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) return definition;
    const isLone =
      !implemented.has(definition.name.value) && implementedBy(definition).length === 0;
    const isObject = typeJoinsOf(definition).some(
      (join) => argumentText(join, "isInterfaceObject") === "true",
    );
    if (!isLone || !isObject) return definition;
    const directives = (definition.directives ?? []).map((each) =>
      withoutArgument(each, "isInterfaceObject"),
    );
    return { ...definition, kind: Kind.OBJECT_TYPE_DEFINITION, directives };
  });
  return { ...document, definitions };
}

function implementedBy(definition: DefinitionNode): string[] {
  return hasFields(definition) ? (definition.interfaces ?? []).map(({ name }) => name.value) : [];
}
