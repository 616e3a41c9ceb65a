import type { AccessTable } from "../../supergraph/access-table.ts";

interface Known {
  /** Scopes that some rule of the table names. */
  readonly named: ReadonlySet<string>;
  readonly keys: WeakMap<ReadonlySet<string>, string>;
}

const tables = new WeakMap<AccessTable, Known>();

/**
 * A set of scopes as a cache key: those of them that decide anything under this access table. Two sets have the same
 * key if and only if every rule of the table says the same of both their named scopes.
 */
export function scopeKey(access: AccessTable, scopes: ReadonlySet<string>): string {
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
