import { isAbstractType, type DocumentNode, type GraphQLSchema } from "graphql";
import { computedParts } from "./computed-parts.ts";
import type { RequiringField } from "./required-fields.ts";

/**
 * Fields of object types, as `Type.field`, that a subgraph computes for an interface that it has as an object
 * (`@interfaceObject`), and those that are computed of such. Asked for them in a fragment on one of the interface's types,
 * the planner goes round in a circle for seconds, and through gigabytes; asked for some others, it fails.
 */
export function standInFields(
  document: DocumentNode,
  schema: GraphQLSchema,
  requiring: readonly RequiringField[],
): ReadonlySet<string> {
  const found = new Set(
    computedParts(document, schema).flatMap(({ type, field, standIn }) =>
      standIn === undefined ? [] : `${type}.${field}`,
    ),
  );
  for (let before = -1; before < found.size;) {
    before = found.size;
    for (const { type, field, reads } of requiring)
      if (reads.some((read) => ofObjects(read, schema).some((each) => found.has(each))))
        for (const each of ofObjects(`${type}.${field}`, schema)) found.add(each);
  }
  return found;
}

/** A field of an interface as it is called for each of its types. */
export function ofObjects(coordinate: string, schema: GraphQLSchema): readonly string[] {
  const [name = "", field = ""] = coordinate.split(".");
  const type = schema.getType(name);
  if (!isAbstractType(type)) return [coordinate];
  return schema.getPossibleTypes(type).map((each) => `${each.name}.${field}`);
}
