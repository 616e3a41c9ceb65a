import { Kind, visit, type DocumentNode } from "graphql";

/**
 * The response keys under which fetches keep a caller's own fields apart from what plans add to them. The planner adds
 * the fields that others `@requires` under their plain names; a caller's field of the same name with other arguments
 * would share a key with them and get their value.
 */
export interface Apart {
  /** What the callers' keys of contested fields begin with inside; no key of the document begins with it. */
  readonly prefix: string;
  readonly names: ReadonlySet<string>;
}

/** The document with every contested field under a key of its own; undefined where it selects none. */
export function keepApart(
  document: DocumentNode,
  names: ReadonlySet<string>,
): { document: DocumentNode; apart: Apart } | undefined {
  const keys = new Set<string>();
  let contested = false;
  visit(document, {
    Field({ name, alias }) {
      keys.add(alias?.value ?? name.value);
      contested ||= names.has(name.value);
    },
  });
  if (!contested) return undefined;
  let prefix = "own_";
  while ([...keys].some((key) => key.startsWith(prefix))) prefix += "_";
  const renamed = visit(document, {
    Field(node) {
      if (!names.has(node.name.value)) return undefined;
      const value = `${prefix}${node.alias?.value ?? node.name.value}`;
      return { ...node, alias: { kind: Kind.NAME, value } };
    },
  });
  return { document: renamed, apart: { prefix, names } };
}

/** The key under which fetches hold a field that the caller knows by `key`. */
export function innerKey(
  apart: Apart | undefined,
  field: string,
  key: string | number,
): string | number {
  return apart?.names.has(field) === true ? `${apart.prefix}${key}` : key;
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
