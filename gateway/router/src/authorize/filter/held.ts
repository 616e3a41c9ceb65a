import type { AccessTable } from "../../supergraph/access-table.ts";
import { satisfies } from "../../supergraph/rule.ts";
import type { Rights } from "../rights.ts";
import type { GuardedRead } from "./field-guards.ts";

/** What of a caller's rights decides which fields are open. */
export interface Held {
  readonly scopes: ReadonlySet<string>;
  /** Whether fields that carry `@search` are open; otherwise look-ups by identifier are all there is. */
  readonly search: boolean;
}

export function heldBy({ scopes, limits }: Pick<Rights, "scopes" | "limits">): Held {
  return { scopes, search: limits.search };
}

/** Whether something guarded is open. */
export function opens(held: Held, { rules, isSearch }: Omit<GuardedRead, "coordinate">): boolean {
  return (held.search || !isSearch) && rules.every((rule) => satisfies(held.scopes, rule));
}

interface Known {
  /** Scopes that some rule of the table names. */
  readonly named: ReadonlySet<string>;
  readonly keys: WeakMap<ReadonlySet<string>, string>;
}

const tables = new WeakMap<AccessTable, Known>();

/**
 * What is held as a cache key: the scopes that decide anything under this access table, and whether searches are open
 * where it has any. Equal keys if and only if every rule of the table says the same of both.
 */
export function heldKey(access: AccessTable, { scopes, search }: Held): string {
  const key = scopeKey(access, scopes);
  return search || access.searches.size === 0 ? key : `look-ups ${key}`;
}

function scopeKey(access: AccessTable, scopes: ReadonlySet<string>): string {
  let known = tables.get(access);
  if (known === undefined)
    tables.set(access, (known = { named: scopesNamed(access), keys: new WeakMap() }));
  const key = known.keys.get(scopes);
  if (key !== undefined) return key;
  const { named } = known;
  const made = JSON.stringify([...scopes].filter((scope) => named.has(scope)).toSorted());
  known.keys.set(scopes, made);
  return made;
}

function scopesNamed({ types, fields }: AccessTable): Set<string> {
  const rules = [...types.values(), ...fields.values()];
  return new Set(rules.flatMap(({ scopes }) => (scopes ?? []).flat()));
}
