import { RateLimiterMemory } from "rate-limiter-flexible";
import {
  SharedStateLost,
  type Allowance,
  type BudgetKind,
  type OnceKind,
  type SharedState,
  type Taken,
} from "./shared-state.ts";

/** Ids remembered at once of each kind: an hour of a hundred proofs a second. */
const MAX_IDS = 360_000;

/** The state of a router that shares it with nobody. */
export class InProcessState implements SharedState {
  readonly #limiters = new Map<string, RateLimiterMemory>();
  /** Kind → id → the instant it is forgotten, in the order of their arrival. */
  readonly #used = new Map<OnceKind, Map<string, number>>();
  readonly #maxIds: number;

  constructor({ maxIds = MAX_IDS }: { maxIds?: number } = {}) {
    this.#maxIds = maxIds;
  }

  async take(
    kind: BudgetKind,
    id: string,
    points: number,
    { limit, seconds }: Allowance,
  ): Promise<Taken> {
    const limiter = this.#limiter(kind, seconds);
    const { consumedPoints, msBeforeNext } = await limiter.consume(id, points);
    if (consumedPoints <= limit) return { taken: true };
    await limiter.reward(id, points);
    return { taken: false, retryMs: msBeforeNext };
  }

  #limiter(kind: BudgetKind, seconds: number): RateLimiterMemory {
    const known = this.#limiters.get(`${kind} ${seconds}`);
    if (known !== undefined) return known;
    // The limit may change while a window lasts, so it is the caller's and not the limiter's.
    const points = Number.MAX_SAFE_INTEGER;
    const made = new RateLimiterMemory({ keyPrefix: kind, points, duration: seconds });
    this.#limiters.set(`${kind} ${seconds}`, made);
    return made;
  }

  /**
   * An id that is still good is never forgotten to make room: whoever could crowd it out could use it again.
   * @throws SharedStateLost when no more ids can be remembered
   */
  async firstUse(kind: OnceKind, id: string, seconds: number): Promise<boolean> {
    const now = performance.now();
    let used = this.#used.get(kind);
    if (used === undefined) this.#used.set(kind, (used = new Map()));
    // Ids of one kind live about equally long, so those that can be forgotten stand at the front.
    for (const [old, until] of used) {
      if (until > now) break;
      used.delete(old);
    }
    const until = used.get(id);
    if (until !== undefined && until > now) return await Promise.resolve(false);
    if (until === undefined && used.size >= this.#maxIds)
      throw new SharedStateLost(`more than ${this.#maxIds} ids of the kind ${kind} are in use`);
    used.delete(id);
    used.set(id, now + seconds * 1000);
    return true;
  }

  lost(): boolean {
    return false;
  }

  async close(): Promise<void> {
    this.#used.clear();
    await Promise.resolve();
  }
}
