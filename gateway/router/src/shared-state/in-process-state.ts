import {
  SharedStateLost,
  type Allowance,
  type BudgetKind,
  type OnceKind,
  type SharedState,
  type Taken,
} from "./shared-state.ts";

/** Ids remembered at once of each kind: three thousand proofs a second. */
const MAX_IDS = 360_000;
/** Of them one system's: five hundred proofs a second, or nearly two hundred actor tokens. */
const MAX_IDS_OF_SYSTEM = 60_000;

/** What was used of one kind. */
interface Used {
  /** In the order of their arrival, each with the instant it is forgotten. */
  readonly ids: Map<string, { readonly until: number; readonly system: string }>;
  /** How many of them are each system's. */
  readonly counts: Map<string, number>;
}

/** What was taken of one budget since its first point, until the window ends. */
interface Window {
  /** By the monotonic clock, milliseconds. */
  readonly until: number;
  taken: number;
}

/** The state of a router that shares it with nobody. */
export class InProcessState implements SharedState {
  readonly #windows: Readonly<Record<BudgetKind, Map<string, Window>>> = {
    rate: new Map(),
    cost: new Map(),
  };
  readonly #used = new Map<OnceKind, Used>();
  readonly #maxIds: number;
  readonly #maxIdsOfSystem: number;

  constructor({
    maxIds = MAX_IDS,
    maxIdsOfSystem = MAX_IDS_OF_SYSTEM,
  }: { maxIds?: number; maxIdsOfSystem?: number } = {}) {
    this.#maxIds = maxIds;
    this.#maxIdsOfSystem = maxIdsOfSystem;
  }

  take(kind: BudgetKind, id: string, points: number, { limit, seconds }: Allowance): Taken {
    const now = performance.now();
    const windows = this.#windows[kind];
    let window = windows.get(id);
    if (window === undefined || window.until <= now) {
      forgetEnded(windows, now);
      windows.delete(id);
      windows.set(id, (window = { until: now + seconds * 1_000, taken: 0 }));
    }
    if (window.taken + points > limit)
      return { taken: false, retryMs: Math.ceil(window.until - now) };
    window.taken += points;
    return { taken: true };
  }

  /**
   * An id that is still good is never forgotten to make room: whoever could crowd it out could use it again.
   * @throws SharedStateLost when no more ids can be remembered, of this system or at all
   */
  async firstUse(kind: OnceKind, id: string, seconds: number, system: string): Promise<boolean> {
    await Promise.resolve();
    const now = performance.now();
    let used = this.#used.get(kind);
    if (used === undefined) this.#used.set(kind, (used = { ids: new Map(), counts: new Map() }));
    // Ids of one kind live about equally long, so those that can be forgotten stand at the front.
    for (const [old, { until }] of used.ids) {
      if (until > now) break;
      forget(used, old);
    }
    if ((used.ids.get(id)?.until ?? 0) > now) return false;
    forget(used, id);
    const own = used.counts.get(system) ?? 0;
    if (used.ids.size >= this.#maxIds || own >= this.#maxIdsOfSystem)
      throw new SharedStateLost(`no more ids of the kind ${kind} can be remembered`);
    used.ids.set(id, { until: now + seconds * 1000, system });
    used.counts.set(system, own + 1);
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

/** Windows of one kind are equally long, so those that have ended stand at the front. */
function forgetEnded(windows: Map<string, Window>, now: number): void {
  for (const [id, { until }] of windows) {
    if (until > now) return;
    windows.delete(id);
  }
}

function forget({ ids, counts }: Used, id: string): void {
  const system = ids.get(id)?.system;
  if (system === undefined) return;
  ids.delete(id);
  const left = (counts.get(system) ?? 0) - 1;
  if (left > 0) counts.set(system, left);
  else counts.delete(system);
}
