import {
  execute as complete,
  GraphQLError,
  isInterfaceType,
  isObjectType,
  type ExecutionResult,
} from "graphql";
import type { Execution } from "./execute.ts";
import type { ResultMap } from "./execute/merge.ts";
import { innerKey } from "./plan/keep-apart.ts";
import type { Path } from "./execute/places.ts";

/**
 * Shapes what the fetches brought to what was asked: the selected fields only, in their order, with GraphQL's own
 * rules for nulls and their bubbling. graphql-js completes the values, reading each from the merged answer by its
 * response key; an error a subgraph reported for a field is thrown where that field is completed, so that it bubbles
 * as if one server had answered. Introspection is answered here too.
 */
export async function shape({ plan, data, errors }: Execution): Promise<ExecutionResult> {
  const { operation } = plan;
  const result = await complete({
    schema: operation.supergraph.api,
    document: operation.document,
    operationName: operation.name,
    variableValues: operation.variables,
    rootValue: data,
    fieldResolver: (source: ResultMap, _arguments, _context, info) => {
      const value = source[innerKey(plan.apart, info.fieldName, info.path.key)];
      if (value !== null && value !== undefined) return value;
      const error = errors.take(pathOf(info.path));
      if (error !== undefined) throw error;
      return null;
    },
    typeResolver: (value: ResultMap, _context, { schema }, type) => {
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
  const rest = errors.rest();
  const completion = (result.errors ?? []).filter(
    (error) =>
      isFromSubgraph(error) || !(errors.isSilenced(error.path ?? []) || explained(error, rest)),
  );
  const all = [...completion.map(withoutLocation), ...rest];
  return all.length === 0
    ? { data: result.data ?? null }
    : { errors: all, data: result.data ?? null };
}

function pathOf(path: ResponsePath): Path {
  const keys: (string | number)[] = [];
  for (let at: ResponsePath | undefined = path; at !== undefined; at = at.prev)
    keys.unshift(at.key);
  return keys;
}

type ResponsePath = { readonly prev: ResponsePath | undefined; readonly key: string | number };

function isFromSubgraph({ extensions }: GraphQLError): boolean {
  return extensions["code"] !== undefined;
}

/** A null that a subgraph's error at or below the same place explains needs no error of its own. */
function explained({ path }: GraphQLError, rest: readonly GraphQLError[]): boolean {
  return rest.some((error) => path?.every((key, index) => error.path?.[index] === key));
}

/** Where in the document a field stands is of no use for an error that happened in a register. */
function withoutLocation(error: GraphQLError): GraphQLError {
  const extensions = isFromSubgraph(error) ? error.extensions : { code: "SUBGRAPH_ERROR" };
  return new GraphQLError(error.message, { path: error.path, extensions });
}
