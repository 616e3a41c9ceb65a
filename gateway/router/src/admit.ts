import { Refusal, type GrantBudget } from "@truc/contracts";
import type { ExecutionResult } from "graphql";
import type { Branded } from "./brand.ts";
import type { Budgets } from "./admit/budgets.ts";
import type { Room } from "./admit/room.ts";
import type { Caller } from "./authenticate.ts";
import type { Permit } from "./authorize.ts";
import type { Rights } from "./authorize/rights.ts";
import type { Costs } from "./cost/costs.ts";
import type { RegistryFeed } from "./registry/registry-feed.ts";
import type { Trail } from "./trail.ts";

/** That there is room for this request now, and that its grant can pay for it. */
export type Budget = Branded<{ readonly permit: Permit }, "Budget">;

/**
 * Lets a permitted request in while there is room and its grant has requests and cost left, runs it, and says what it
 * cost. The estimate is charged before anything is planned; what was refused for its cost has paid none. What serves
 * once is used up last, so that who is told to come back later can come back with it.
 * @param trail forgets a permit that was made out on what was used before
 * @throws Refusal OVERLOADED, ADMIT_…, AUTHORIZE_ACTOR_…, or whatever `run` throws
 */
export async function admit(
  permit: Permit,
  { room, budgets, costs }: { room: Room; budgets: Budgets; costs: Costs },
  trail: Pick<Trail, "rights" | "filtered" | "permit">,
  run: (budget: Budget) => Promise<ExecutionResult>,
): Promise<ExecutionResult> {
  const { rights, filtered, operation } = permit;
  const { grant, budget } = rights;
  const paying = grant !== undefined && budget !== undefined ? { grant, budget } : undefined;
  return await letIn(paying, { room, budgets }, async () => {
    const tooMany = costs.tooManyValues(operation, filtered);
    if (tooMany !== undefined)
      throw new Refusal("ADMIT_ANSWER_TOO_LARGE", { extensions: { ...tooMany } });
    const cost =
      filtered.document && costs.of(operation.supergraph, filtered.document, operation.name);
    const estimated = cost?.estimated(operation.values) ?? 0;
    if (paying !== undefined) await budgets.takeCost(paying.grant, paying.budget, estimated);
    if (rights.useActorToken !== undefined) await useOnce(rights.useActorToken, trail);
    const result = await run({ permit } as unknown as Budget);
    const actual = cost?.actual(result.data, operation.values) ?? 0;
    return { ...result, extensions: { ...result.extensions, cost: { estimated, actual } } };
  });
}

/** @throws Refusal AUTHORIZE_ACTOR_INVALID or AUTHORIZE_ACTOR_UNAVAILABLE */
async function useOnce(
  useActorToken: NonNullable<Rights["useActorToken"]>,
  trail: Pick<Trail, "rights" | "filtered" | "permit">,
): Promise<void> {
  try {
    await useActorToken();
  } catch (error) {
    // It turns out that nobody was permitted anything, and the officer may not even know of it.
    delete trail.rights;
    delete trail.filtered;
    delete trail.permit;
    throw error;
  }
}

/**
 * Lets a question in that fetches nothing: it takes room and one of the requests of the grant its caller acts under,
 * where there is one, and costs nothing.
 * @throws Refusal OVERLOADED, ADMIT_RATE_EXCEEDED, REGISTRY_STALE, or whatever `run` throws
 */
export async function admitQuestion<T>(
  { system, purpose }: Caller,
  house: { room: Room; budgets: Budgets; registry: RegistryFeed | undefined },
  run: () => Promise<T>,
): Promise<T> {
  const grant =
    purpose === undefined
      ? undefined
      : house.registry?.present.liveGrant(system, purpose, new Date());
  return await letIn(grant && { grant: grant.id, budget: grant.budget }, house, run);
}

interface Paying {
  readonly grant: string;
  readonly budget: GrantBudget;
}

async function letIn<T>(
  paying: Paying | undefined,
  { room, budgets }: { room: Room; budgets: Budgets },
  run: () => Promise<T>,
): Promise<T> {
  room.enter();
  try {
    if (paying !== undefined) await budgets.takeRequest(paying.grant, paying.budget);
    return await run();
  } finally {
    room.leave();
  }
}
