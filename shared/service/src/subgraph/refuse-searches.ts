import { catalogueError } from "@truc/contracts";
import { defaultFieldResolver, type GraphQLSchema, isObjectType } from "graphql";
import type { OperationContext } from "./operation-context.ts";

/**
 * Makes every field that carries `@search` refuse, before its resolver runs, where the permit allows look-ups by
 * identifier only: SEARCH_NOT_GRANTED.
 */
export function refuseSearches(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (!field.astNode?.directives?.some(({ name }) => name.value === "search")) continue;
      const { resolve = defaultFieldResolver } = field;
      field.resolve = (parent, args, context: OperationContext, info) => {
        if (!context.permit.limits.search) throw catalogueError("SEARCH_NOT_GRANTED");
        return resolve(parent, args, context, info);
      };
    }
  }
}
