import {
  getNamedType,
  isAbstractType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from "graphql";
import { isMap } from "../execute/merge.ts";
import type { Path } from "../execute/places.ts";

/** What stands where a caller may not look: completed to a null that bubbles, and explained elsewhere or not at all. */
export const REFUSED = Object.freeze(new Error("refused"));

/** Which objects of one answer do not show. */
export interface Hiding {
  /** Names of object types. */
  readonly hidden: ReadonlySet<string>;
  readonly schema: GraphQLSchema;
  /** The places of the answer where something was not shown. */
  readonly at: Path[];
}

/** Whether a field of this type may give an object that must not show. */
export function mayHide({ hidden, schema }: Hiding, fieldType: GraphQLOutputType): boolean {
  if (hidden.size === 0) return false;
  const type = getNamedType(fieldType);
  return isAbstractType(type) && schema.getPossibleTypes(type).some(({ name }) => hidden.has(name));
}

/** A value of an interface or union with nothing in the place of objects whose type must not show. */
export function withoutHidden(
  value: unknown,
  type: GraphQLOutputType,
  path: Path,
  hiding: Hiding,
): unknown {
  if (isNonNullType(type)) {
    const shown = withoutHidden(value, type.ofType, path, hiding);
    return shown === null && value !== null ? REFUSED : shown;
  }
  if (isListType(type) && Array.isArray(value))
    return value.map((item, index) => withoutHidden(item, type.ofType, [...path, index], hiding));
  if (!isMap(value)) return value;
  const name = value["__typename"];
  // The filter sees to it that the type is fetched; an object that does not name it is not shown.
  const shows = typeof name === "string" && !hiding.hidden.has(name);
  if (shows && isObjectType(hiding.schema.getType(name))) return value;
  hiding.at.push(path);
  return null;
}

/** A value with nothing in the place of some objects, whose errors say why. */
export function without(objects: ReadonlySet<unknown>, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => without(objects, item));
  return objects.has(value) ? null : value;
}
