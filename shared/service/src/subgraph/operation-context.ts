import { defaultFieldResolver, type GraphQLError, type GraphQLSchema, isObjectType } from "graphql";
import type { CursorSeal } from "./cursor-seal.ts";
import type { SubgraphContext } from "./define-subgraph.ts";

/** What the frame's own resolvers find beside a register's context. */
export interface OperationContext extends SubgraphContext {
  cursors: CursorSeal;
  /** Set once the operation has had its share: nothing of it is to be resolved any more. */
  readonly refusal: GraphQLError | undefined;
}

/** Makes every resolver of a schema refuse when its operation has had its share. */
export function stopWhenSpent(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith("__")) continue;
    for (const field of Object.values(type.getFields())) {
      const { resolve } = field;
      if (resolve === undefined || resolve === defaultFieldResolver) continue;
      field.resolve = (parent, args, context: OperationContext, info) => {
        if (context.refusal !== undefined) throw context.refusal;
        return resolve(parent, args, context, info);
      };
    }
  }
}
