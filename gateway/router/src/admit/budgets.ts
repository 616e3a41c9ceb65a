import { Refusal, type GrantBudget } from "@truc/contracts";
import { InProcessState } from "../shared-state/in-process-state.ts";
import {
  SharedStateLost,
  type BudgetKind,
  type SharedState,
  type Taken,
} from "../shared-state/shared-state.ts";

const RATE_SECONDS = 1;
const COST_SECONDS = 60;

/**
 * What grants have left of their requests a second and their cost a minute, over all routers. While what routers share
 * is lost, each gives out a stated share by itself: enough to go on, too little for many routers to add up to much.
 */
export class Budgets {
  readonly #shared: SharedState;
  readonly #sharePercent: number;
  readonly #own = new InProcessState();

  /** @param sharePercent of every budget, that this router gives out alone */
  constructor(shared: SharedState, sharePercent: number) {
    this.#shared = shared;
    this.#sharePercent = sharePercent;
  }

  /** One request of a grant. @throws Refusal ADMIT_RATE_EXCEEDED */
  async takeRequest(grant: string, { requestsPerSecond }: GrantBudget): Promise<void> {
    const taken = await this.#take("rate", grant, 1, requestsPerSecond, RATE_SECONDS);
    if (!taken.taken) throw exceeded("ADMIT_RATE_EXCEEDED", taken.retryMs);
  }

  /**
   * The cost of one operation, all of it or nothing.
   * @throws Refusal ADMIT_COST_EXCEEDED, or ADMIT_COST_TOO_HIGH when no minute has that much
   */
  async takeCost(grant: string, { costPerMinute }: GrantBudget, cost: number): Promise<void> {
    if (cost > costPerMinute)
      throw new Refusal("ADMIT_COST_TOO_HIGH", { extensions: { cost, costPerMinute } });
    if (cost === 0) return;
    const taken = await this.#take("cost", grant, cost, costPerMinute, COST_SECONDS);
    if (!taken.taken) throw exceeded("ADMIT_COST_EXCEEDED", taken.retryMs, { cost, costPerMinute });
  }

  #take(
    kind: BudgetKind,
    grant: string,
    points: number,
    limit: number,
    seconds: number,
  ): Taken | Promise<Taken> {
    const taken = this.#shared.take(kind, grant, points, { limit, seconds });
    return taken instanceof Promise
      ? taken.catch((error: unknown) => {
          if (!(error instanceof SharedStateLost)) throw error;
          const share = Math.max(1, Math.floor((limit * this.#sharePercent) / 100));
          return this.#own.take(kind, grant, points, { limit: share, seconds });
        })
      : taken;
  }
}

function exceeded(
  code: "ADMIT_RATE_EXCEEDED" | "ADMIT_COST_EXCEEDED",
  retryMs: number,
  extensions: Record<string, unknown> = {},
): Refusal {
  const seconds = Math.max(1, Math.ceil(retryMs / 1000));
  return new Refusal(code, {
    extensions: { ...extensions, retryAfterSeconds: seconds },
    headers: { "retry-after": String(seconds) },
  });
}
