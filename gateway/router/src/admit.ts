import type { ExecutionResult } from "graphql";
import type { Branded } from "./brand.ts";
import type { Budgets } from "./admit/budgets.ts";
import type { Room } from "./admit/room.ts";
import type { Permit } from "./authorize.ts";
import type { Costs } from "./cost/costs.ts";

/** That there is room for this request now, and that its grant can pay for it. */
export type Budget = Branded<{ readonly permit: Permit }, "Budget">;

/**
 * Lets a permitted request in while there is room and its grant has requests and cost left, runs it, and says what it
 * cost. The estimate is charged before anything is planned; what was refused for its cost has paid none.
 * @throws Refusal OVERLOADED, ADMIT_…, or whatever `run` throws
 */
export async function admit(
  permit: Permit,
  { room, budgets, costs }: { room: Room; budgets: Budgets; costs: Costs },
  run: (budget: Budget) => Promise<ExecutionResult>,
): Promise<ExecutionResult> {
  const { rights, filtered, operation } = permit;
  room.enter();
  try {
    const paying =
      rights.grant !== undefined && rights.budget !== undefined
        ? { grant: rights.grant, budget: rights.budget }
        : undefined;
    if (paying !== undefined) await budgets.takeRequest(paying.grant, paying.budget);
    const cost =
      filtered.document && costs.of(operation.supergraph, filtered.document, operation.name);
    const estimated = cost?.estimated(operation.values) ?? 0;
    if (paying !== undefined) await budgets.takeCost(paying.grant, paying.budget, estimated);
    const result = await run({ permit } as unknown as Budget);
    const actual = cost?.actual(result.data, operation.values) ?? 0;
    return { ...result, extensions: { ...result.extensions, cost: { estimated, actual } } };
  } finally {
    room.leave();
  }
}
