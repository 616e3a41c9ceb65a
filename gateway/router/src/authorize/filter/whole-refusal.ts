import { Refusal } from "@truc/contracts";
import { satisfies } from "../../supergraph/rule.ts";
import {
  guardsOf,
  type DocumentOperation,
  type GuardedRead,
  type GuardedSchema,
} from "./field-guards.ts";
import { lackingWays } from "./lacking.ts";

/**
 * The refusal of a whole operation, where a deployment wants no answers in part: every coordinate the scopes do not
 * open, whatever the variables say, and the fewest scopes that open them all.
 */
export function wholeRefusal(
  operation: DocumentOperation,
  schema: GuardedSchema,
  held: ReadonlySet<string>,
): Refusal {
  const missing = lackingReads(operation, schema, held);
  const scopes = new Set<string>();
  const lacking = missing.map(({ rules }) => lackingWays(held, rules));
  // Rules that one way only satisfies come first: of several ways the one is named that adds least to those.
  for (const ways of lacking.toSorted((a, b) => a.length - b.length)) {
    const added = ways.map((way) => way.filter((scope) => !scopes.has(scope)));
    for (const scope of added.toSorted((a, b) => a.length - b.length)[0] ?? []) scopes.add(scope);
  }
  const names = [...scopes].toSorted();
  const fields = [...new Set(missing.map(({ coordinate }) => coordinate))].toSorted();
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

/** Everything the operation reads that these scopes do not open, below what is refused included. */
function lackingReads(
  operation: DocumentOperation,
  schema: GuardedSchema,
  held: ReadonlySet<string>,
): GuardedRead[] {
  return [...guardsOf(operation, schema).fields.values()].flatMap(({ reads }) =>
    reads.filter(({ rules }) => !rules.every((rule) => satisfies(held, rule))),
  );
}
