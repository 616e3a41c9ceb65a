import { Refusal, type DataClass } from "@truc/contracts";
import type { DocumentNode, FieldNode } from "graphql";
import { OperationCache } from "../operation-cache.ts";
import type { Operation } from "../read.ts";
import { satisfies } from "../supergraph/rule.ts";
import { needsOf, type Need } from "./needs.ts";

/** One place of an operation that was taken out. */
export interface FieldRefusal {
  /** Response keys from the root; no list indices. */
  readonly path: readonly string[];
  /** `Type.field`. */
  readonly coordinate: string;
  /** Any one of these sets of scopes would open it; empty when none does. */
  readonly needs: readonly (readonly string[])[];
}

/** An operation as one set of scopes leaves it. */
export interface Filtered {
  /** What is planned and fetched; undefined when nothing is left. The same object for everybody it is the same for. */
  readonly document: DocumentNode | undefined;
  /** What the answer is shaped by: everything that was asked, refused fields included. */
  readonly asked: DocumentNode;
  /** The field nodes of `asked` that come back as null. */
  readonly refused: ReadonlySet<FieldNode>;
  readonly refusals: readonly FieldRefusal[];
  /** Coordinates to be read, by data class; what is not a register's data has none. */
  readonly fields: Readonly<Record<DataClass, readonly string[]>>;
}

const needs = new OperationCache<readonly Need[]>();

/** The operation as these scopes leave it. */
export function filteredFor(operation: Operation, scopes: ReadonlySet<string>): Filtered {
  const needed = needs.get(operation, () => needsOf(operation));
  const missing = needed.filter(({ rule }) => !satisfies(scopes, rule));
  if (missing.length > 0) throw refusalFor(scopes, missing);
  const fields: Record<DataClass, string[]> = { PUBLIC: [], BASIC: [], SENSITIVE: [] };
  for (const { coordinate, dataClass } of needed)
    if (dataClass !== undefined) fields[dataClass].push(coordinate);
  const { document } = operation;
  return { document, asked: document, refused: new Set(), refusals: [], fields };
}

function refusalFor(held: ReadonlySet<string>, missing: readonly Need[]): Refusal {
  const scopes = new Set<string>();
  const lacking = missing.map(({ rule }) =>
    (rule.scopes ?? []).map((way) => way.filter((scope) => !held.has(scope))),
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
