import {
  getNamedType,
  isObjectType,
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type SelectionSetNode,
} from "graphql";
import { operationIn } from "../cost/operation-in.ts";
import { isMap, type ResultMap } from "../execute/merge.ts";
import type { Path } from "../execute/places.ts";
import type { Plan } from "../plan.ts";
import { conditionsOf } from "../plan/conditions.ts";
import { innerKey } from "../plan/keep-apart.ts";
import { collectFields } from "./collect-fields.ts";

/**
 * Tells whether the caller asked for a place: a plan asks for more, and of objects of other types than the caller did,
 * because what a fetch selects depends on less than what an answer does. True where an object's type is not known.
 * @param data what the fetches brought
 */
export function askedPlaces(
  { operation, filtered, apart }: Plan,
  data: ResultMap,
): (path: Path) => boolean {
  const { supergraph, name, values } = operation;
  const { api: schema } = supergraph;
  const { asked } = filtered;
  const definition = operationIn(asked, name);
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of asked.definitions)
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  const conditions = conditionsOf(asked, values);
  const collecting = { schema, fragments, conditions };
  return (path) => {
    let type: GraphQLNamedType | undefined = schema.getRootType(definition.operation) ?? undefined;
    let sets: readonly SelectionSetNode[] = [definition.selectionSet];
    let value: unknown = data;
    for (const key of path) {
      if (typeof key === "number") {
        value = Array.isArray(value) ? value[key] : undefined;
        continue;
      }
      const named = isMap(value) ? value["__typename"] : undefined;
      const actual: GraphQLNamedType | undefined =
        isObjectType(type) || typeof named !== "string" ? type : schema.getType(named);
      if (!isObjectType(actual)) return true;
      const nodes: readonly FieldNode[] | undefined = collectFields(sets, actual, collecting).get(
        key,
      );
      if (nodes === undefined) return false;
      const field: string = nodes[0]!.name.value;
      type = getNamedType(actual.getFields()[field]?.type);
      sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
      value = isMap(value) ? value[innerKey(apart, field, key)] : undefined;
    }
    return true;
  };
}
