import type { GraphQLError } from "graphql";
import type { Path } from "../execute/places.ts";
import type { ResultMap } from "../execute/merge.ts";
import type { WrittenData } from "./written-data.ts";

/** What GraphQL's completion made of the merged data of one answer. */
export interface Completed {
  readonly data: ResultMap | WrittenData | null;
  /** In the order in which the fields failed, with their paths; fields that were refused have none. */
  readonly failures: readonly GraphQLError[];
  /** The places where an object was not shown because of its type. */
  readonly hiddenAt: readonly Path[];
}
