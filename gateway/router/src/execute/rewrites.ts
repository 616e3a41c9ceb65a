import { isAbstractType, isInterfaceType, isObjectType, type GraphQLSchema } from "graphql";
import type { FetchDataRewrite } from "../supergraph/planner.ts";
import { isMap, type ResultMap } from "./merge.ts";

const FRAGMENT = "... on ";

/** Carries out a plan's rewrites of what is sent to or came from a subgraph, in place. */
export function applyRewrites(
  schema: GraphQLSchema,
  rewrites: readonly FetchDataRewrite[] | undefined,
  value: unknown,
) {
  for (const rewrite of rewrites ?? []) {
    const last = rewrite.path.at(-1);
    if (last === undefined) continue;
    visitPath(schema, rewrite.path.slice(0, -1), value, (map) => {
      if (rewrite.kind === "ValueSetter") map[last] = rewrite.setValueTo;
      else if (map[last] !== undefined) {
        map[rewrite.renameKeyTo] = map[last];
        delete map[last];
      }
    });
  }
}

/**
 * The name that representations are given in place of their type's: that of an interface which to the subgraph asked is
 * an object type. What the subgraph then says of their type is this name, and no news.
 */
export function assumedType(rewrites: readonly FetchDataRewrite[] | undefined): string | undefined {
  const name = rewrites
    ?.flatMap((rewrite) => (rewrite.kind === "ValueSetter" ? rewrite : []))
    .find(({ path }) => path.at(-1) === "__typename")?.setValueTo as unknown;
  return typeof name === "string" ? name : undefined;
}

/** Where a path into what came from a subgraph leads once the keys on it are renamed. */
export function rewrittenPath(
  rewrites: readonly FetchDataRewrite[] | undefined,
  given: readonly (string | number)[],
): readonly (string | number)[] {
  let path = given;
  for (const rewrite of rewrites ?? []) {
    if (rewrite.kind !== "KeyRenamer") continue;
    const keys = rewrite.path.filter((key) => !key.startsWith(FRAGMENT));
    const places = [...path.keys()].filter((place) => typeof path[place] === "string");
    const last = places[keys.length - 1];
    if (last !== undefined && keys.every((key, index) => path[places[index]!] === key))
      path = path.with(last, rewrite.renameKeyTo);
  }
  return path;
}

function visitPath(
  schema: GraphQLSchema,
  path: readonly string[],
  value: unknown,
  change: (map: ResultMap) => void,
): void {
  if (Array.isArray(value)) {
    for (const item of value) visitPath(schema, path, item, change);
    return;
  }
  if (!isMap(value)) return;
  const [head, ...rest] = path;
  if (head === undefined) change(value);
  else if (!head.startsWith(FRAGMENT)) visitPath(schema, rest, value[head], change);
  // Not every object carries its type's name; the rewrite is then meant for it.
  else if (isOfType(schema, value, head.slice(FRAGMENT.length), true))
    visitPath(schema, rest, value, change);
}

/** Whether an object of an answer, by its `__typename`, is of the type or implements it. */
export function isOfType(
  schema: GraphQLSchema,
  map: ResultMap,
  condition: string,
  whenUnknown = false,
): boolean {
  const name = map["__typename"];
  if (typeof name !== "string") return whenUnknown;
  if (name === condition) return true;
  const type = schema.getType(name);
  const wanted = schema.getType(condition);
  return (
    isAbstractType(wanted) &&
    (isObjectType(type) || isInterfaceType(type)) &&
    schema.isSubType(wanted, type)
  );
}
