import {
  defaultFieldResolver,
  type GraphQLError,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isObjectType,
} from "graphql";
import type { CursorSeal } from "./cursor-seal.ts";
import type { SubgraphContext } from "./define-subgraph.ts";

/** What the frame's own resolvers find beside a register's context. */
export interface OperationContext extends SubgraphContext {
  cursors: CursorSeal;
  /** Notes that a root field gives representations their entities, from which distances are counted on. */
  noteRepresentations(info: GraphQLResolveInfo): void;
  /** Lets nothing that was read before be taken for what is so now. */
  readAnew(): void;
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

/**
 * Makes the answer of every mutation be read after it is done, though it, or one before it in the same operation, has
 * read the same rows. graphql-js runs the mutations of an operation one after the other, each with its whole answer.
 */
export function readAfterMutations(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const { resolve = defaultFieldResolver } = field;
    field.resolve = async (parent, args, context: OperationContext, info) => {
      context.readAnew();
      try {
        return (await resolve(parent, args, context, info)) as unknown;
      } finally {
        context.readAnew();
      }
    };
  }
}
