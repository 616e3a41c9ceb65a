import { Refusal } from "@truc/contracts";
import type { Budget } from "./admit.ts";
import { ByteAllowance } from "./execute/byte-allowance.ts";
import { RequestEnding } from "./execute/ending.ts";
import { FieldErrors } from "./execute/field-errors.ts";
import { emptyMap, type ResultMap } from "./execute/merge.ts";
import type { Run } from "./execute/run.ts";
import type { FetchCounts, SubgraphClients } from "./execute/subgraph-clients.ts";
import type { Plan } from "./plan.ts";

/** What a plan's fetches brought together, before it is shaped to what was asked. */
export interface Execution extends FetchCounts {
  readonly plan: Plan;
  readonly data: ResultMap;
  readonly errors: FieldErrors;
  /** Response keys of objects that a register said it has not got: nobody left them out. */
  readonly notHad: Map<ResultMap, Set<string>>;
  /** Roots like `data` of what was fetched and then not wanted: nobody is answered it, but it was read. */
  readonly discarded: ResultMap[];
}

/** What plans are carried out with. */
interface ExecuteHouse {
  readonly clients: SubgraphClients;
  readonly deadlineMs: number;
  /** The entity type of the people whom permits name, where it is known. */
  readonly people?: string | undefined;
}

/** What one request may bring together from all subgraphs, in bytes of their answers. */
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Carries out a plan: fetches in the order and parallelism it states, each under the caller's permit for that
 * subgraph at that distance. What of it is the same for every request was compiled with the plan: `execute/` has, in
 * one line each,
 *
 * - `plan-steps.ts`: the plan's nodes as functions; `look-up.ts`, `entity-fetch.ts`: its fetches
 * - `asked-fetch.ts`: one question to a subgraph; `representation-texts.ts`: which entities it is about
 * - `selected-keys.ts`, `merge.ts`, `places.ts`: what its answer gives, and where that goes
 * - `answer-errors.ts`, `field-errors.ts`: what went wrong, and where that belongs
 * - `early-key.ts`, `early-fetch.ts`: what may be asked before it is known whether it is needed
 * - `permits.ts`, `distance.ts`: under which permit it is asked
 * - `ending.ts`, `deadlines.ts`: until when it is waited for; `byte-allowance.ts`: how much may come
 * - `subgraph-clients.ts`: the way to the subgraphs
 *
 * Fetches are never shared between requests, nor between places of one: what a subgraph answers depends on the permit it
 * was asked under. A subgraph that fails costs its own fields only.
 * @param trail is told of the execution when it begins: what was fetched was read, whatever becomes of it
 * @throws Refusal REQUEST_DEADLINE; REQUEST_ABANDONED when the caller has left, so that reading was given up
 */
export async function execute(
  plan: Plan,
  budget: Budget,
  { clients, deadlineMs, people }: ExecuteHouse,
  trail: { execution?: Execution },
): Promise<Execution> {
  const ending = new RequestEnding(deadlineMs, plan.operation.request.onLeft);
  const run: Run = {
    plan,
    budget,
    data: emptyMap(),
    errors: new FieldErrors(plan),
    asked: new Map(),
    failed: new Map(),
    notHad: new Map(),
    discarded: [],
    early: new Map(),
    afterwards: [],
    clients,
    people,
    ending,
    allowance: new ByteAllowance(MAX_BYTES),
    givenUp: false,
  };
  trail.execution = run;
  try {
    await plan.steps?.(run);
  } finally {
    ending.close();
  }
  if (ending.late) throw new Refusal("REQUEST_DEADLINE");
  if (run.givenUp) throw new Refusal("REQUEST_ABANDONED");
  for (const tell of run.afterwards) tell();
  return run;
}
