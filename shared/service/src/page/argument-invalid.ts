import { catalogueError, type ErrorCode } from "@truc/contracts";
import type { GraphQLError } from "graphql";

/**
 * The refusal of an argument that breaks a rule of its register: `Argument "pin": <rule>.`
 * @param rule what a valid argument looks like, as a clause without full stop; never the value itself
 */
export function argumentInvalid(
  argument: string,
  rule: string,
  code: ErrorCode = "ARGUMENT_INVALID",
): GraphQLError {
  return catalogueError(code, {
    sentence: `Argument "${argument}": ${rule}.`,
    extensions: { argument, rule },
  });
}

export const MAX_BATCH_KEYS = 500;

/**
 * Passes the keys of a batch look-up on, or refuses them when there are too many for one.
 * @throws GraphQLError BATCH_TOO_LARGE
 */
export function batchKeys<T>(argument: string, keys: readonly T[]): readonly T[] {
  if (keys.length > MAX_BATCH_KEYS) {
    throw argumentInvalid(
      argument,
      `a batch look-up takes at most ${MAX_BATCH_KEYS} keys`,
      "BATCH_TOO_LARGE",
    );
  }
  return keys;
}
