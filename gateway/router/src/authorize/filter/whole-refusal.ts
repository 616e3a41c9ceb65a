import { Refusal } from "@truc/contracts";
import {
  guardsOf,
  type DocumentOperation,
  type GuardedRead,
  type GuardedSchema,
} from "./field-guards.ts";
import { opens, type Held } from "./held.ts";
import { lackingWays } from "./lacking.ts";

/**
 * The refusal of a whole operation, where a deployment wants no answers in part: every coordinate that is not open,
 * whatever the variables say, and the fewest scopes that open them all. Searches alone are refused as such.
 */
export function wholeRefusal(
  operation: DocumentOperation,
  schema: GuardedSchema,
  held: Held,
): Refusal {
  const missing = lackingReads(operation, schema, held);
  const fields = [...new Set(missing.map(({ coordinate }) => coordinate))].toSorted();
  if (missing.every((read) => opens({ ...held, search: true }, read)))
    return new Refusal("SEARCH_NOT_GRANTED", { status: 403, extensions: { fields } });
  const scopes = new Set<string>();
  const lacking = missing.map(({ rules }) => lackingWays(held.scopes, rules));
  // Rules that one way only satisfies come first: of several ways the one is named that adds least to those.
  for (const ways of lacking.toSorted((a, b) => a.length - b.length)) {
    const added = ways.map((way) => way.filter((scope) => !scopes.has(scope)));
    for (const scope of added.toSorted((a, b) => a.length - b.length)[0] ?? []) scopes.add(scope);
  }
  const names = [...scopes].toSorted();
  return new Refusal("AUTHORIZE_SCOPE_MISSING", {
    sentence:
      names.length > 0
        ? `The token lacks scopes that the operation needs: ${names.join(", ")}.`
        : "The operation selects fields that no scope opens.",
    extensions: { scopes: names, fields },
    headers: {
      "www-authenticate": `Bearer error="insufficient_scope"${names.length > 0 ? `, scope="${names.join(" ")}"` : ""}`,
    },
  });
}

/** Everything the operation reads that is not open, below what is refused included. */
function lackingReads(
  operation: DocumentOperation,
  schema: GuardedSchema,
  held: Held,
): GuardedRead[] {
  return [...guardsOf(operation, schema).fields.values()].flatMap(({ reads }) =>
    reads.filter((read) => !opens(held, read)),
  );
}
