import type { GraphQLError, GraphQLSchema } from "graphql";
import type { FetchNode, PlanNode } from "./supergraph/planner.ts";
import { catalogueError, Refusal } from "@truc/contracts";
import type { Budget } from "./admit.ts";
import { applyRewrites, renamedPath } from "./execute/rewrites.ts";
import { answeredKeys } from "./execute/answered-keys.ts";
import { distanceOf } from "./execute/distance.ts";
import { FieldErrors, publicError, unavailable } from "./execute/field-errors.ts";
import { adopt, emptyMap, isMap, mergeInto, type ResultMap } from "./execute/merge.ts";
import { claimsOf } from "./execute/permits.ts";
import { placesAt, type Path, type Place } from "./execute/places.ts";
import { representationOf } from "./execute/representations.ts";
import {
  AnswerTooLarge,
  RegisterUnavailable,
  type FetchCounts,
  type SubgraphClients,
} from "./execute/subgraph-clients.ts";
import type { Plan } from "./plan.ts";

/** What a plan's fetches brought together, before it is shaped to what was asked. */
export interface Execution extends FetchCounts {
  readonly plan: Plan;
  readonly data: ResultMap;
  readonly errors: FieldErrors;
  /** Response keys of objects that a register said it has not got: nobody left them out. */
  readonly notHad: WeakMap<ResultMap, Set<string>>;
}

interface Run extends Execution {
  readonly budget: Budget;
  readonly schema: GraphQLSchema;
  readonly clients: SubgraphClients;
  readonly signal: AbortSignal;
  /** How much subgraphs may still answer to this request. */
  bytesLeft: number;
}

/** What one request may bring together from all subgraphs, in bytes of their answers. */
const MAX_BYTES = 32 * 1024 * 1024;
/** How many entities one fetch asks for. */
const MAX_ENTITIES = 20_000;

/**
 * Carries out a plan: fetches in the order and parallelism it states, each under the caller's permit for that
 * subgraph at that distance. Fetches are never shared between requests, nor between places of one: what a subgraph
 * answers depends on the permit it was asked under. A subgraph that fails costs its own fields only.
 * @param trail is told of the execution when it begins: what was fetched was read, whatever becomes of it
 * @throws Refusal REQUEST_DEADLINE
 */
export async function execute(
  plan: Plan,
  budget: Budget,
  { clients, deadlineMs }: { clients: SubgraphClients; deadlineMs: number },
  trail: { execution?: Execution },
): Promise<Execution> {
  const data = emptyMap();
  const signal = AbortSignal.timeout(deadlineMs);
  const schema = plan.operation.supergraph.planner.schema;
  const run: Run = {
    plan,
    budget,
    data,
    errors: new FieldErrors(plan),
    asked: new Map(),
    failed: new Map(),
    notHad: new WeakMap(),
    schema,
    clients,
    signal,
    bytesLeft: MAX_BYTES,
  };
  trail.execution = run;
  if (plan.root !== undefined) await runNode(run, plan.root, [{ path: [], map: data }], []);
  if (signal.aborted) throw new Refusal("REQUEST_DEADLINE");
  return run;
}

/** @param at the plan's path to the places */
async function runNode(
  run: Run,
  node: PlanNode,
  places: readonly Place[],
  at: Path,
): Promise<void> {
  switch (node.kind) {
    case "Sequence":
      for (const child of node.nodes) await runNode(run, child, places, at);
      return;
    case "Parallel":
      await Promise.all(node.nodes.map(async (child) => await runNode(run, child, places, at)));
      return;
    case "Flatten":
      await runNode(run, node.node, placesAt(places, node.path), [...at, ...node.path]);
      return;
    case "Condition": {
      const branch =
        run.plan.operation.values[node.condition] === true ? node.ifClause : node.elseClause;
      if (branch !== undefined) await runNode(run, branch, places, at);
      return;
    }
    case "Fetch":
      if (places.length > 0) await runFetch(run, node, places, at);
      return;
    case "Defer":
      throw new Error("the planner was not asked to defer anything");
  }
}

async function runFetch(
  run: Run,
  fetch: FetchNode,
  places: readonly Place[],
  at: Path,
): Promise<void> {
  const entities =
    fetch.requires === undefined ? undefined : representationsFor(run, fetch, places);
  if (entities?.length === 0) return;
  const asked = entities?.map(({ place }) => place) ?? places;
  try {
    if (asked.length > MAX_ENTITIES)
      throw new AnswerTooLarge("more entities than are asked for at once");
    const { data, errors, bytes } = await run.clients.fetch(fetch.serviceName, {
      url: run.plan.operation.supergraph.subgraphs.get(fetch.serviceName)?.url ?? "",
      query: fetch.operation,
      mutation: fetch.operationKind === "mutation",
      operationName: fetch.operationName,
      variables: variablesOf(run, fetch, entities),
      request: run.plan.operation.request,
      permit: claimsOf(run.budget.permit, distanceFor(run, fetch, at)),
      actor: run.budget.permit.rights.actor,
      caseReference: run.budget.permit.rights.caseReference,
      digest: run.plan.operation.digest,
      signal: run.signal,
      maxBytes: run.bytesLeft,
      counts: run,
    });
    run.bytesLeft -= bytes;
    placeErrors(run, fetch, asked, errors ?? []);
    if (isMap(data)) place(run, fetch, asked, data, (errors ?? []).length > 0);
    else if (errors !== undefined) silence(run, fetch, asked);
  } catch (error) {
    placeEverywhere(run, fetch, asked, failureOf(error, fetch.serviceName));
  }
}

const distances = new WeakMap<FetchNode, number>();

/** How far a fetch is from the caller's own look-up: the same for everybody who shares the plan. */
function distanceFor({ plan, schema }: Run, fetch: FetchNode, at: Path): number {
  // What is not asked by representations is a look-up of the caller's own, wherever in the answer it stands.
  if (fetch.requires === undefined) return 0;
  const known = distances.get(fetch);
  if (known !== undefined) return known;
  const { name, supergraph } = plan.operation;
  const { document } = plan.subjects!;
  const counted = { schema, entities: supergraph.entities, document, name };
  const distance = distanceOf(counted, at, fetch.requires);
  distances.set(fetch, distance);
  return distance;
}

/** The error of every field a failed fetch would have given. @throws what is no failure of the subgraph's */
function failureOf(error: unknown, register: string): GraphQLError {
  if (error instanceof RegisterUnavailable) return unavailable(register, error.retry);
  if (!(error instanceof AnswerTooLarge)) throw error;
  return catalogueError("ANSWER_TOO_LARGE", { extensions: { register } });
}

interface AskedEntity {
  readonly place: Place;
  readonly representation: ResultMap;
}

function representationsFor(run: Run, fetch: FetchNode, places: readonly Place[]): AskedEntity[] {
  return places.flatMap((place) => {
    const found = representationOf(run.schema, place.map, fetch.requires!);
    if (found.kind === "other-type") return [];
    if (found.kind === "incomplete") {
      // Another register failed to give what this one needs to know; the field says so, its neighbours are kept.
      placeEverywhere(run, fetch, [place], missingInput(fetch.serviceName));
      return [];
    }
    applyRewrites(run.schema, fetch.inputRewrites, found.representation);
    return [{ place, representation: found.representation }];
  });
}

function missingInput(register: string) {
  return catalogueError("REGISTER_UNAVAILABLE", {
    sentence: `The register ${JSON.stringify(register)} could not be asked, because another register did not give what it needs to know.`,
    extensions: { register, retry: true },
  });
}

function variablesOf(run: Run, fetch: FetchNode, entities: AskedEntity[] | undefined): ResultMap {
  const variables = emptyMap();
  const given = run.plan.operation.variables;
  for (const name of fetch.variableUsages ?? [])
    if (Object.hasOwn(given, name)) variables[name] = given[name];
  if (entities !== undefined)
    variables["representations"] = entities.map(({ representation }) => representation);
  return variables;
}

/** @param failed whether the answer came with errors */
function place(
  run: Run,
  fetch: FetchNode,
  asked: readonly Place[],
  data: ResultMap,
  failed: boolean,
): void {
  if (fetch.requires === undefined) {
    const adopted = adopt(data) as ResultMap;
    applyRewrites(run.schema, fetch.outputRewrites, adopted);
    for (const { map } of asked) mergeInto(map, adopted);
    return;
  }
  const entities = data["_entities"];
  if (!Array.isArray(entities) || entities.length !== asked.length) {
    placeEverywhere(run, fetch, asked, publicError({}, fetch.serviceName));
    return;
  }
  asked.forEach(({ map }, index) => {
    const entity = adopt(entities[index]);
    if (!isMap(entity)) {
      if (failed) silence(run, fetch, [asked[index]!]);
      else if (entity === null) leaveOut(run, fetch, map);
      return;
    }
    // The type is known here already; rewrites are judged by it.
    entity["__typename"] ??= map["__typename"];
    applyRewrites(run.schema, fetch.outputRewrites, entity);
    mergeInto(map, entity);
  });
}

/** What a subgraph that has not got an entity would have told of it. */
function leaveOut({ notHad, schema }: Run, fetch: FetchNode, map: ResultMap): void {
  const keys = answeredKeys(fetch, schema, map);
  notHad.set(map, new Set([...(notHad.get(map) ?? []), ...keys]));
}

/** Where a subgraph's error belongs in the answer: its path begins at `_entities`, or at the fetch's own place. */
function placeErrors(
  run: Run,
  fetch: FetchNode,
  asked: readonly Place[],
  errors: readonly unknown[],
): void {
  for (const raw of errors) {
    const error = publicError(raw, fetch.serviceName);
    const given =
      isMap(raw) && Array.isArray(raw["path"]) ? (raw["path"] as (string | number)[]) : [];
    const [entity, inner] =
      fetch.requires === undefined ? [asked[0], given] : [asked[Number(given[1])], given.slice(2)];
    const rest = renamedPath(fetch.outputRewrites, inner);
    if (rest.length > 0 && entity !== undefined) run.errors.add([...entity.path, ...rest], error);
    else
      placeEverywhere(
        run,
        fetch,
        entity === undefined || given.length === 0 ? asked : [entity],
        error,
      );
  }
}

/** The fields beside one that failed: a subgraph nulls them with it, and no error of their own explains them. */
function silence(run: Run, fetch: FetchNode, places: readonly Place[]): void {
  for (const { path, map } of places) {
    for (const key of answeredKeys(fetch, run.schema, map))
      run.errors.silence([...path, ...renamedPath(fetch.outputRewrites, [key])]);
  }
}

/** An error without a field of its own belongs to every field the fetch was to give. */
function placeEverywhere(
  run: Run,
  fetch: FetchNode,
  places: readonly Place[],
  error: GraphQLError,
): void {
  for (const { path, map } of places) {
    for (const key of answeredKeys(fetch, run.schema, map))
      run.errors.add([...path, ...renamedPath(fetch.outputRewrites, [key])], error);
  }
}
