import type { GraphQLError } from "graphql";
import type { Execution } from "../execute.ts";
import type { Path } from "../execute/places.ts";
import type { ResultMap } from "../execute/merge.ts";
import type { WrittenData } from "./written-data.ts";

/** What an answer is completed from. */
export interface Completing extends Pick<Execution, "plan" | "data" | "errors"> {
  /** The objects that come back as null because it could not be found out whose data they hold. */
  readonly withheld: ReadonlySet<ResultMap>;
}

/** What GraphQL's completion made of the merged data of one answer. */
export interface Completed {
  readonly data: ResultMap | WrittenData | null;
  /** In the order in which the fields failed, with their paths; fields that were refused have none. */
  readonly failures: readonly GraphQLError[];
  /** The places where an object was not shown because of its type. */
  readonly hiddenAt: readonly Path[];
}
