import { catalogueError } from "@truc/contracts";
import { GraphQLError, type ExecutionResult } from "graphql";
import type { Filtered } from "./authorize/filtered.ts";
import type { RightsSource } from "./authorize/rights.ts";
import type { Costs } from "./cost/costs.ts";
import type { Execution } from "./execute.ts";
import { MAX_ERRORS, type FieldErrors, type PlaceOf } from "./execute/field-errors.ts";
import type { ResultMap } from "./execute/merge.ts";
import { PlaceTree } from "./execute/place-tree.ts";
import type { Path } from "./execute/places.ts";
import { openPieces, openPiecesAt } from "./splice/open-pieces.ts";
import { subjectsOf } from "./record/subjects.ts";
import { askedPlaces } from "./shape/asked-places.ts";
import { completeWithGraphql } from "./shape/complete-with-graphql.ts";
import type { Completed } from "./shape/completed.ts";
import { writerFor } from "./shape/writers.ts";

/**
 * Shapes what the fetches brought to what was asked: the selected fields only, in their order, with GraphQL's own
 * rules for nulls and their bubbling. What the operation comes to is compiled once, and writes the data as text; an
 * error a subgraph reported for a field fails that field, so that it bubbles as if one server had answered. graphql-js
 * completes what is not compiled, introspection above all.
 *
 * Refused fields are null, and each path has one error, known before anything was fetched. An object of a type the
 * caller may not see is null like one that does not exist, and nothing tells of it. An object of which it could not be
 * found out whose data it holds is null too, with an error.
 */
export async function shape(
  execution: Execution,
  { rights, costs }: { rights: Pick<RightsSource, "ownerOf">; costs: Costs },
): Promise<ExecutionResult> {
  const { plan, data: merged, errors } = execution;
  const { filtered } = plan;
  const refusals = refusalErrors(filtered, rights);
  if (filtered.document === undefined) return { errors: refusals, data: null };
  const write = writerFor(plan, costs);
  if (write === undefined) openPieces(merged);
  else openPiecesAt(merged, errors.places(), plan.apart);
  const withheld = errors.withheld(merged, subjectsOf(execution).untold);
  let asked: PlaceOf | undefined;
  const placeOf: PlaceOf = (path) => (asked ??= askedPlaces(plan, merged))(path);
  if (plan.apart !== undefined) errors.knownBy(placeOf);
  const completing = { plan, data: merged, errors, withheld };
  const { data, failures, hiddenAt }: Completed =
    write === undefined ? await completeWithGraphql(completing) : write(completing);
  const untaken = errors.rest();
  // Text or values: what the answer is sent as knows both.
  const shaped = data as ResultMap | null;
  if (data !== null && refusals.length + failures.length + untaken.length === 0)
    return { data: shaped };
  const unsaid = new Set(filtered.refusals.map(({ path }) => JSON.stringify(path)));
  const hidden = new PlaceTree(hiddenAt);
  const rest = untaken.filter(
    ({ path = [] }) =>
      !hidden.hasAround(path) &&
      !unsaid.has(JSON.stringify(keysOf(path))) &&
      // What has gone wrong with a field is of no use where it is said of one that nobody asked for.
      placeOf(path) !== undefined,
  );
  const told = new PlaceTree(rest.map(({ path = [] }) => path));
  const completion = failures.filter(
    (error) => isFromSubgraph(error) || !isExplained(error.path ?? [], errors, told),
  );
  const all = [...refusals, ...completion.map(withoutLocation), ...rest];
  // An answer without data has an error, as GraphQL has it; this one says no more than the null does.
  if (data === null && all.length === 0) all.push(catalogueError("SUBGRAPH_ERROR"));
  return all.length === 0 ? { data: shaped } : { errors: all, data: shaped };
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

/** A path without list indices: where a refusal would be told. */
function keysOf(path: Path): readonly string[] {
  return path.filter((key) => typeof key === "string");
}

function isFromSubgraph({ extensions }: GraphQLError): boolean {
  return extensions["code"] !== undefined;
}

/**
 * A null needs no error of its own where a subgraph's error at or below the same place explains it. Nor does it where a
 * fetch that would have given more had to answer null for all that is around it, and the error of that is told.
 * @param told where errors are told
 */
function isExplained(path: Path, errors: FieldErrors, told: PlaceTree): boolean {
  return (
    errors.isSilenced(path) ||
    [path, ...errors.fallenAround(path)].some((place) => told.hasBelow(place))
  );
}

/** Where in the document a field stands is of no use for an error that happened in a register. */
function withoutLocation(error: GraphQLError): GraphQLError {
  const extensions = isFromSubgraph(error) ? error.extensions : { code: "SUBGRAPH_ERROR" };
  return new GraphQLError(error.message, { path: error.path, extensions });
}
