import { catalogueError } from "@truc/contracts";
import {
  execute as complete,
  getNamedType,
  GraphQLError,
  isAbstractType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type ExecutionResult,
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type SelectionSetNode,
} from "graphql";
import type { Filtered } from "./authorize/filtered.ts";
import type { RightsSource } from "./authorize/rights.ts";
import type { Execution } from "./execute.ts";
import { isMap, type ResultMap } from "./execute/merge.ts";
import { MAX_ERRORS } from "./execute/field-errors.ts";
import { innerKey } from "./plan/keep-apart.ts";
import type { Path } from "./execute/places.ts";
import { subjectsOf } from "./record/subjects.ts";

/** What stands where a caller may not look: completed to a null that bubbles, and explained elsewhere or not at all. */
const REFUSED = Object.freeze(new Error("refused"));

/**
 * Shapes what the fetches brought to what was asked: the selected fields only, in their order, with GraphQL's own
 * rules for nulls and their bubbling. graphql-js completes the values, reading each from the merged answer by its
 * response key; an error a subgraph reported for a field is thrown where that field is completed, so that it bubbles
 * as if one server had answered. Introspection is answered here too.
 *
 * Refused fields are null, and each path has one error, known before anything was fetched. An object of a type the
 * caller may not see is null like one that does not exist, and nothing tells of it. An object of which it could not be
 * found out whose data it holds is null too, with an error.
 */
export async function shape(
  execution: Execution,
  { rights }: { rights: Pick<RightsSource, "ownerOf"> },
): Promise<ExecutionResult> {
  const { plan, data, errors } = execution;
  const { operation, filtered } = plan;
  const refusals = refusalErrors(filtered, rights);
  if (filtered.document === undefined) return { errors: refusals, data: null };
  const hiding = { hidden: filtered.hidden, schema: operation.supergraph.api, at: [] };
  const withheld = errors.withheld(data, subjectsOf(execution).untold);
  const result = await complete({
    schema: operation.supergraph.api,
    document: filtered.asked,
    operationName: operation.name,
    variableValues: operation.variables,
    rootValue: data,
    fieldResolver: (source: ResultMap, _arguments, _context, info) => {
      if (isRefused(filtered, info)) {
        if (isNonNullType(info.returnType)) throw REFUSED;
        return null;
      }
      const fetched = source[innerKey(plan.apart, info.fieldName, info.path.key)];
      if (fetched !== null && fetched !== undefined) {
        const known = mayHide(filtered, info)
          ? withoutHidden(fetched, info.returnType, pathOf(info.path), hiding)
          : fetched;
        const value = withheld.size === 0 ? known : without(withheld, known);
        if (value !== null || known === null) return value;
      }
      const error = errors.take(pathOf(info.path));
      if (error !== undefined) throw error;
      return null;
    },
    typeResolver: (value: ResultMap, _context, { schema, fieldNodes, fragments }, type) => {
      const name = value["__typename"];
      const known = typeof name === "string" ? schema.getType(name) : undefined;
      if (isObjectType(known)) return known.name;
      // The plan fetches an object's type wherever the answer depends on it. Where it does not (fields of an interface
      // alone, or of an interface object), every possible type gives the same answer. A type that is named but not
      // known is one callers must not see.
      const isOpen = name === undefined || isInterfaceType(known);
      return isOpen && !dependsOnType(fieldNodes, type, fragments)
        ? schema.getPossibleTypes(type)[0]?.name
        : undefined;
    },
  });
  const unsaid = new Set(filtered.refusals.map(({ path }) => JSON.stringify(path)));
  const rest = errors
    .rest()
    .filter(({ path }) => !isBelow(path, hiding.at) && !unsaid.has(JSON.stringify(keysOf(path))));
  const completion = (result.errors ?? []).filter(
    (error) =>
      error.originalError !== REFUSED &&
      (isFromSubgraph(error) || !(errors.isSilenced(error.path ?? []) || explained(error, rest))),
  );
  const all = [...refusals, ...completion.map(withoutLocation), ...rest];
  const shaped = result.data ?? null;
  // An answer without data has an error, as GraphQL has it; this one says no more than the null does.
  if (shaped === null && all.length === 0) all.push(catalogueError("SUBGRAPH_ERROR"));
  return all.length === 0 ? { data: shaped } : { errors: all, data: shaped };
}

/** Whether what is selected of an interface or union is for some of its types only, or the type's name itself. */
function dependsOnType(
  fields: readonly FieldNode[],
  { name }: GraphQLAbstractType,
  fragments: GraphQLResolveInfo["fragments"],
): boolean {
  const depends = ({ selections }: SelectionSetNode): boolean =>
    selections.some((each) => {
      if (each.kind === Kind.FIELD) return each.name.value === "__typename";
      const fragment = each.kind === Kind.FRAGMENT_SPREAD ? fragments[each.name.value] : each;
      const condition = fragment?.typeCondition?.name.value ?? name;
      return fragment === undefined || condition !== name || depends(fragment.selectionSet);
    });
  return fields.some(({ selectionSet }) => selectionSet !== undefined && depends(selectionSet));
}

/** The errors of what was taken out: where, what would open it, and whose it is. */
function refusalErrors(
  { refusals }: Filtered,
  rights: Pick<RightsSource, "ownerOf">,
): GraphQLError[] {
  return refusals.slice(0, MAX_ERRORS).map(({ path, coordinate, code, needs }) => {
    if (code === "SEARCH_NOT_GRANTED")
      return catalogueError(code, { path, extensions: { coordinate } });
    const owners = new Set(needs.flat().flatMap((scope) => rights.ownerOf(scope) ?? []));
    return catalogueError(code, {
      path,
      extensions: { coordinate, needs, owners: [...owners].toSorted() },
    });
  });
}

/** A field is refused where every selection of it that applies to this very object is. */
function isRefused({ refused }: Filtered, { fieldNodes }: GraphQLResolveInfo): boolean {
  return refused.size > 0 && fieldNodes.every((node) => refused.has(node));
}

function mayHide({ hidden }: Filtered, { returnType, schema }: GraphQLResolveInfo): boolean {
  if (hidden.size === 0) return false;
  const type = getNamedType(returnType);
  return isAbstractType(type) && schema.getPossibleTypes(type).some(({ name }) => hidden.has(name));
}

interface Hiding {
  readonly hidden: ReadonlySet<string>;
  readonly schema: GraphQLSchema;
  /** The places of the answer where something was not shown. */
  readonly at: Path[];
}

/** A value of an interface or union with nothing in the place of objects whose type must not show. */
function withoutHidden(
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
function without(objects: ReadonlySet<unknown>, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => without(objects, item));
  return objects.has(value) ? null : value;
}

/** A path without list indices: where a refusal would be told. */
function keysOf(path: Path | undefined): readonly string[] {
  return (path ?? []).filter((key) => typeof key === "string");
}

/** Whether a path leads to one of these places, or further down. */
function isBelow(path: Path | undefined, places: readonly Path[]): boolean {
  return places.some((place) => place.every((key, index) => path?.[index] === key));
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
