import {
  execute as complete,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  type GraphQLResolveInfo,
  type SelectionNode,
} from "graphql";
import type { Filtered } from "../authorize/filtered.ts";
import { MAX_ERRORS } from "../execute/field-errors.ts";
import { isMap, type ResultMap } from "../execute/merge.ts";
import type { Path } from "../execute/places.ts";
import { conditionsOf } from "../plan/conditions.ts";
import { innerKey } from "../plan/keep-apart.ts";
import { isIncluded } from "./collect-fields.ts";
import type { Completed, Completing } from "./completed.ts";
import { dependsOnType } from "./depends-on-type.ts";
import { mayHide, REFUSED, without, withoutHidden, type Hiding } from "./not-shown.ts";

/**
 * Completes an answer with graphql-js, which reads each field from the merged data by its response key; an error a
 * subgraph reported for a field is thrown where that field is completed, so that it bubbles as if one server had
 * answered. Introspection is answered by it too. What is compiled (compile-answer.ts) is held against this.
 */
export async function completeWithGraphql({
  plan,
  data,
  errors,
  withheld,
}: Completing): Promise<Completed> {
  const { operation, filtered } = plan;
  const schema = operation.supergraph.api;
  const conditions = conditionsOf(filtered.asked, operation.values);
  const hiding: Hiding = { hidden: filtered.hidden, schema, at: [] };
  const result = await complete({
    schema,
    document: filtered.asked,
    operationName: operation.name,
    variableValues: operation.variables,
    rootValue: data,
    fieldResolver: (source: unknown, _arguments, _context, info) => {
      if (isRefused(filtered, info)) {
        if (isNonNullType(info.returnType)) throw REFUSED;
        return null;
      }
      const key = innerKey(plan.apart, info.fieldName, info.path.key);
      // What is no object has no fields, whatever JavaScript thinks of a text's length.
      const fetched = isMap(source) ? source[key] : undefined;
      if (fetched !== null && fetched !== undefined) {
        const known = mayHide(hiding, info.returnType)
          ? withoutHidden(fetched, info.returnType, pathOf(info.path), hiding)
          : fetched;
        const value = withheld.size === 0 ? known : without(withheld, known);
        if (value !== null || known === null) return value;
      }
      const error = errors.take(pathOf(info.path));
      if (error !== undefined) throw error;
      return null;
    },
    typeResolver: (value: ResultMap, _context, { fieldNodes, fragments }, type) => {
      const name = value["__typename"];
      const known = typeof name === "string" ? schema.getType(name) : undefined;
      if (isObjectType(known)) return known.name;
      // The plan fetches an object's type wherever the answer depends on it. Where it does not (fields of an interface
      // alone, or of an interface object), every possible type gives the same answer. A type that is named but not
      // known is one callers must not see.
      const isOpen = name === undefined || isInterfaceType(known);
      const sets = fieldNodes.flatMap(({ selectionSet }) => selectionSet ?? []);
      const isMeant = (each: SelectionNode): boolean => isIncluded(each, conditions);
      return isOpen && !dependsOnType(sets, type, (spread) => fragments[spread], isMeant)
        ? schema.getPossibleTypes(type)[0]?.name
        : undefined;
    },
  });
  const failures = (result.errors ?? []).filter((error) => error.originalError !== REFUSED);
  return {
    data: result.data ?? null,
    failures: failures.slice(0, MAX_ERRORS),
    hiddenAt: hiding.at,
  };
}

/** A field is refused where every selection of it that applies to this very object is. */
function isRefused({ refused }: Filtered, { fieldNodes }: GraphQLResolveInfo): boolean {
  return refused.size > 0 && fieldNodes.every((node) => refused.has(node));
}

type ResponsePath = GraphQLResolveInfo["path"];

function pathOf(path: ResponsePath): Path {
  const keys: (string | number)[] = [];
  for (let at: ResponsePath | undefined = path; at !== undefined; at = at.prev)
    keys.unshift(at.key);
  return keys;
}
