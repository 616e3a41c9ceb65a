import { TypeInfo, visit, visitWithTypeInfo, type DocumentNode } from "graphql";
import { ofObjects } from "../supergraph/stand-in-fields.ts";
import type { Supergraph } from "../supergraph/supergraph.ts";

/** Whether a document asks for a field that is computed for objects of types which the subgraph does not know. */
export function asksStandIns(
  document: DocumentNode,
  { standInFields, planner: { schema } }: Pick<Supergraph, "standInFields" | "planner">,
): boolean {
  if (standInFields.size === 0) return false;
  const types = new TypeInfo(schema);
  let asks = false;
  visit(
    document,
    visitWithTypeInfo(types, {
      Field({ name }) {
        const coordinate = `${types.getParentType()?.name}.${name.value}`;
        asks ||= ofObjects(coordinate, schema).some((each) => standInFields.has(each));
      },
    }),
  );
  return asks;
}
