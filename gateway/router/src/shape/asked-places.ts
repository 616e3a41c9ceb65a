import {
  getNamedType,
  isAbstractType,
  isObjectType,
  type FieldNode,
  type GraphQLNamedType,
  type SelectionSetNode,
} from "graphql";
import { fragmentsIn } from "../fragments-in.ts";
import { operationIn } from "../operation-in.ts";
import type { AskedPlace, PlaceOf } from "../execute/field-errors.ts";
import { isMap, type ResultMap } from "../execute/merge.ts";
import type { Path } from "../execute/places.ts";
import type { Plan } from "../plan.ts";
import { conditionsOf } from "../plan/conditions.ts";
import { innerKey } from "../plan/keep-apart.ts";
import { collectFields } from "./collect-fields.ts";

/**
 * Tells where the fetches hold what the caller knows by a path; undefined where she did not ask for it: a plan asks for
 * more, and of objects of other types than the caller did, because what a fetch selects depends on less than what an
 * answer does. Below an object whose type is not known, every path is taken for one that she asked for.
 * @param data what the fetches brought
 */
export function askedPlaces({ operation, filtered, apart }: Plan, data: ResultMap): PlaceOf {
  const { supergraph, name, values } = operation;
  const { api: schema } = supergraph;
  const { asked } = filtered;
  const definition = operationIn(asked, name);
  const fragments = fragmentsIn(asked);
  const conditions = conditionsOf(asked, values);
  const collecting = { schema, fragments, conditions };
  const below = (place: Path, path: Path): AskedPlace => ({
    path: [...place, ...path.slice(place.length)],
    sure: place.length,
  });
  return (path) => {
    let type: GraphQLNamedType | undefined = schema.getRootType(definition.operation) ?? undefined;
    let sets: readonly SelectionSetNode[] = [definition.selectionSet];
    let value: unknown = data;
    const place: (string | number)[] = [];
    for (const key of path) {
      if (typeof key === "number") {
        value = Array.isArray(value) ? value[key] : undefined;
        place.push(key);
        continue;
      }
      const named = isMap(value) ? value["__typename"] : undefined;
      const known: GraphQLNamedType | undefined =
        isObjectType(type) || typeof named !== "string" ? type : schema.getType(named);
      // Where nothing depends on an object's type, it is not fetched: any possible one has the fields that were asked for.
      const actual: GraphQLNamedType | undefined = isAbstractType(known)
        ? schema.getPossibleTypes(known)[0]
        : known;
      if (!isObjectType(actual)) return below(place, path);
      const nodes: readonly FieldNode[] | undefined = collectFields(sets, actual, collecting).get(
        key,
      );
      if (nodes === undefined) return actual === known ? undefined : below(place, path);
      const field: string = nodes[0]!.name.value;
      type = getNamedType(actual.getFields()[field]?.type);
      sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
      const inner = innerKey(apart, field, key);
      value = isMap(value) ? value[inner] : undefined;
      place.push(inner);
    }
    return { path: place, sure: place.length };
  };
}
