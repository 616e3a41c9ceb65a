import { isCompositeType, type GraphQLNamedType, type GraphQLSchema } from "graphql";
import type { CostTable } from "./cost-table.ts";

/** What costs are judged by. */
export interface CostModel {
  readonly schema: GraphQLSchema;
  readonly table: CostTable;
  /** How long a list is taken to be that no `@listSize` speaks of. */
  readonly listSize: number;
}

/** What one value of a type weighs by itself. */
export function typeWeight(type: GraphQLNamedType, table: CostTable): number {
  return table.types.get(type.name) ?? (isCompositeType(type) ? 1 : 0);
}
