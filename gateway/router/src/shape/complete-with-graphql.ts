import {
  execute as complete,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  type GraphQLResolveInfo,
} from "graphql";
import type { Filtered } from "../authorize/filtered.ts";
import type { Execution } from "../execute.ts";
import { isMap, type ResultMap } from "../execute/merge.ts";
import type { Path } from "../execute/places.ts";
import { innerKey } from "../plan/keep-apart.ts";
import type { Completed } from "./completed.ts";
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
}: Pick<Execution, "plan" | "data" | "errors">): Promise<Completed> {
  const { operation, filtered } = plan;
  const schema = operation.supergraph.api;
  const hiding: Hiding = { hidden: filtered.hidden, schema, at: [] };
  const withheld = errors.withheld(data);
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
      const value = withheld.size === 0 ? fetched : without(withheld, fetched);
      if (value !== null && value !== undefined)
        return mayHide(hiding, info.returnType)
          ? withoutHidden(value, info.returnType, pathOf(info.path), hiding)
          : value;
      const error = errors.take(pathOf(info.path));
      if (error !== undefined) throw error;
      return null;
    },
    typeResolver: (value: ResultMap, _context, _info, type) => {
      const name = value["__typename"];
      const known = typeof name === "string" ? schema.getType(name) : undefined;
      if (isObjectType(known)) return known.name;
      // The plan fetches an object's type wherever the answer depends on it. Where it did not (fields of an interface
      // alone, or of an interface object), every possible type gives the same answer. A type that is named but not
      // known is one callers must not see.
      return name === undefined || isInterfaceType(known)
        ? schema.getPossibleTypes(type)[0]?.name
        : undefined;
    },
  });
  const failures = (result.errors ?? []).filter((error) => error.originalError !== REFUSED);
  return { data: result.data ?? null, failures, hiddenAt: hiding.at };
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
