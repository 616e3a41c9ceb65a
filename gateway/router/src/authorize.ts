import { Refusal, type DataClass } from "@truc/contracts";
import type { Branded } from "./brand.ts";
import type { Caller } from "./authenticate.ts";
import { needsOf, type Need } from "./authorize/needs.ts";
import { OperationCache } from "./operation-cache.ts";
import type { Operation } from "./read.ts";
import { satisfies } from "./supergraph/rule.ts";

/** That this caller may have this operation answered, and as whom subgraphs are asked. */
export type Permit = Branded<
  {
    readonly caller: Caller;
    readonly operation: Operation;
    /** Coordinates to be read, by data class; what is not a register's data has none. */
    readonly fields: Readonly<Record<DataClass, readonly string[]>>;
  },
  "Permit"
>;

/** `token`: the token's scopes are the grant. `authority`: a token must also name its agency and purpose. */
export type Grants = "token" | "authority";

const needs = new OperationCache<readonly Need[]>();

/**
 * Holds everything the operation selects against the access table. An operation that needs a scope the token lacks
 * is refused whole, before anything is planned or fetched.
 * @throws Refusal AUTHORIZE_PURPOSE_MISSING or AUTHORIZE_SCOPE_MISSING, naming the scopes
 */
export function authorize(
  caller: Caller,
  operation: Operation,
  { grants }: { grants: Grants },
): Permit {
  if (grants === "authority" && (caller.agency === undefined || caller.purpose === undefined)) {
    throw new Refusal("AUTHORIZE_PURPOSE_MISSING");
  }
  const needed = needs.get(operation, () => needsOf(operation));
  const missing = needed.filter(({ rule }) => !satisfies(caller.scopes, rule));
  if (missing.length > 0) throw refusalFor(caller, missing);
  const fields: Record<DataClass, string[]> = { PUBLIC: [], BASIC: [], SENSITIVE: [] };
  for (const { coordinate, dataClass } of needed)
    if (dataClass !== undefined) fields[dataClass].push(coordinate);
  return { caller, operation, fields } as unknown as Permit;
}

function refusalFor(caller: Caller, missing: readonly Need[]): Refusal {
  const scopes = new Set<string>();
  const lacking = missing.map(({ rule }) =>
    (rule.scopes ?? []).map((way) => way.filter((scope) => !caller.scopes.has(scope))),
  );
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
