import { Kind, visit, type DocumentNode } from "graphql";

/** Names of the object types that some subgraph gives a key: entities, as opposed to parts of one. */
export function entityTypes(supergraph: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(supergraph, {
    ObjectTypeDefinition({ name, directives = [] }) {
      const hasKey = directives.some(
        (directive) =>
          directive.name.value === "join__type" &&
          directive.arguments?.some(
            (argument) => argument.name.value === "key" && argument.value.kind === Kind.STRING,
          ),
      );
      if (hasKey) names.add(name.value);
      return false;
    },
  });
  return names;
}
