import { Kind, visit, type DocumentNode } from "graphql";
import type { Supergraph } from "../supergraph/supergraph.ts";

/**
 * The response keys under which fetches keep a caller's own fields apart from what plans add to them. The planner adds
 * keys, the fields that others `@requires`, and `__typename`, under their plain names. Two kinds of a caller's fields
 * would share a key with them, so that one got the other's value:
 *
 * - a field that another one `@requires` with other arguments;
 * - any field under an alias that is the name of an added one: `{ citizen { id: name } }` would get the key that was
 *   fetched for a join, whether the caller may see it or not, and `__typename: name` would pass for an object's type.
 */
export interface Apart {
  /** What the callers' keys of such fields begin with inside; no key of the document begins with it. */
  readonly prefix: string;
  readonly contested: ReadonlySet<string>;
  readonly added: ReadonlySet<string>;
}

type Names = Pick<Supergraph, "contested" | "added">;

/** The document with every such field under a key of its own; undefined where it selects none. */
export function keepApart(
  document: DocumentNode,
  { contested, added }: Names,
): { document: DocumentNode; apart: Apart } | undefined {
  const keys = new Set<string>();
  let needed = false;
  visit(document, {
    Field({ name, alias }) {
      const key = alias?.value ?? name.value;
      keys.add(key);
      needed ||= isKeptApart({ contested, added }, name.value, key);
    },
  });
  if (!needed) return undefined;
  let prefix = "own_";
  while ([...keys].some((key) => key.startsWith(prefix))) prefix += "_";
  const renamed = visit(document, {
    Field(node) {
      const key = node.alias?.value ?? node.name.value;
      if (!isKeptApart({ contested, added }, node.name.value, key)) return undefined;
      return { ...node, alias: { kind: Kind.NAME, value: `${prefix}${key}` } };
    },
  });
  return { document: renamed, apart: { prefix, contested, added } };
}

function isKeptApart({ contested, added }: Names, field: string, key: string | number): boolean {
  return contested.has(field) || (key !== field && added.has(String(key)));
}

/** The key under which fetches hold a field that the caller knows by `key`. */
export function innerKey(
  apart: Apart | undefined,
  field: string,
  key: string | number,
): string | number {
  return apart !== undefined && isKeptApart(apart, field, key) ? `${apart.prefix}${key}` : key;
}

/** A place as the caller knows it. */
export function outerPath(
  apart: Apart | undefined,
  path: readonly (string | number)[],
): readonly (string | number)[] {
  if (apart === undefined) return path;
  return path.map((key) =>
    typeof key === "string" && key.startsWith(apart.prefix) ? key.slice(apart.prefix.length) : key,
  );
}
