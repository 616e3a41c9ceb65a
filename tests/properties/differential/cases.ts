import fc from "fast-check";
import { parse, validate } from "graphql";
import { Tape } from "../tape.ts";
import { difference, type ReadAnswer } from "./compare.ts";
import type { Faults } from "./facts.ts";
import { randomRequest, type RandomRequest } from "./random-request.ts";
import { SplitRouter, type Variant } from "./split-federation.ts";

/** Which cases are run. */
export interface Cases {
  readonly seed: number;
  readonly splits: number;
  readonly cases: number;
  readonly variant: Variant;
}

/** What was run. */
export interface Tally {
  splits: number;
  cases: number;
  /** Answers with errors. */
  failing: number;
  /** Those with a null that bubbled. */
  bubbled: number;
  /** Not compared, because a null took away what a field is computed of. */
  takenAway: number;
  /** Refused before anything was fetched, because no plan is found, or only wrong ones. */
  unplanned: number;
  /** Refused before anything was fetched, because planning them would take too long. */
  tooComplex: number;
  /** Messages to subgraphs that carried several operations. */
  batches: number;
}

/** Requests under way at once, so that they travel together where subgraphs take batches. */
const STREAMS = 6;
/** Two worlds in three have faults. */
const FAULTS: readonly Faults[] = [
  { fail: 0, nulls: 0 },
  { fail: 60, nulls: 20 },
  { fail: 200, nulls: 80 },
];

/** How many smaller requests are tried once one differs. */
const SHRINKINGS = 150;

const tapes = fc.array(fc.nat(1_000_000), { minLength: 20, maxLength: 200, size: "max" });

/** The faults of a split's world. */
export function faultsOf(seed: number): Faults {
  return FAULTS[seed % FAULTS.length]!;
}

/**
 * Holds random requests over random splits against the monolith.
 * @throws Error with the smallest request that was found to differ, its split's seed and what differs
 */
export async function runCases({ seed, splits, cases, variant }: Cases): Promise<Tally> {
  const tally: Tally = {
    splits: 0,
    cases: 0,
    failing: 0,
    bubbled: 0,
    takenAway: 0,
    unplanned: 0,
    tooComplex: 0,
    batches: 0,
  };
  const perStream = Math.ceil(cases / splits / STREAMS);
  for (let index = 0; index < splits; index++) {
    const split = seed + index;
    const router = await SplitRouter.start(split, faultsOf(split), variant);
    try {
      await Promise.all(
        Array.from({ length: STREAMS }, async (_, stream) => {
          let left = SHRINKINGS;
          let smallest: Difference | undefined;
          const property = fc.asyncProperty(tapes, async (numbers) => {
            // Smaller ones are looked for for a while only.
            if (smallest !== undefined && left-- <= 0) return;
            const found = await runCase(router, numbers, tally);
            if (found === undefined) return;
            if (smallest === undefined || found.size < smallest.size) smallest = found;
            throw new Error("it differs");
          });
          const options = { numRuns: perStream, seed: split * STREAMS + stream };
          await fc.check(property, { ...options, maxSkipsPerRun: 1_000 });
          if (smallest !== undefined) throw new Error(smallest.what);
        }),
      );
      tally.splits += 1;
      tally.batches += router.federation.batches;
    } finally {
      await router.stop();
    }
  }
  return tally;
}

interface Difference {
  readonly what: string;
  /** How long the request is. */
  readonly size: number;
}

async function runCase(
  router: SplitRouter,
  numbers: readonly number[],
  tally: Tally,
): Promise<Difference | undefined> {
  const { api, monolith, split } = router.federation;
  const request = randomRequest(api, new Tape(numbers));
  const document = parse(request.query);
  fc.pre(validate(api, document).length === 0);
  const judged = monolith.judge(document, request.operationName, request.variables);
  if (judged.takenAway) {
    tally.takenAway += 1;
    return undefined;
  }
  const { status, text, id } = await answered(router, request);
  if (status === 400 && text.includes('"code":"PLAN_TOO_COMPLEX"')) {
    tally.tooComplex += 1;
    return undefined;
  }
  if (status === 500 && text.includes('"code":"PLAN_FAILED"')) {
    tally.unplanned += 1;
    return undefined;
  }
  const found = router.federation.isMisplanned(id)
    ? "a subgraph was asked for what it cannot tell"
    : status === 200
      ? difference(JSON.parse(text) as ReadAnswer, judged)
      : `it was answered ${status}: ${text}`;
  if (found !== undefined) {
    const { query, variables } = request;
    const size = query.length + JSON.stringify(variables).length;
    const what = `split ${split.seed}: ${found}\n${query}\n${JSON.stringify(variables)}\n${text}`;
    return { what, size };
  }
  tally.cases += 1;
  if (judged.errors.length > 0) tally.failing += 1;
  if (judged.failing.size > 0 && judged.errors.some((path) => isGone(judged.data, path)))
    tally.bubbled += 1;
  return undefined;
}

/** What is told to try again shortly is: the disk may be slow to take a record. */
async function answered(
  router: SplitRouter,
  request: RandomRequest,
): ReturnType<SplitRouter["ask"]> {
  for (let left = 20; ; left--) {
    const answer = await router.ask(request);
    if (answer.status !== 503 || left === 0) return answer;
  }
}

/** Whether a null bubbled from this place further up. */
function isGone(data: unknown, path: readonly (string | number)[]): boolean {
  let value: unknown = data;
  for (const key of path.slice(0, -1))
    value = value === null ? null : (value as Record<string | number, unknown>)[key];
  return value === null;
}
