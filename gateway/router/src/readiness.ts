import type { KeySet } from "./authenticate/key-set.ts";
import type { Capabilities } from "./execute/subgraph-clients.ts";
import type { RegistryFeed } from "./registry/registry-feed.ts";
import type { PlanAhead } from "./read/plan-ahead.ts";
import type { SharedState } from "./shared-state/shared-state.ts";
import type { Federation } from "./supergraph/federation.ts";

const TIMEOUT_MS = 1_500;

/**
 * Whether this router can answer. Without the authority's keys, word of the registry, or where to put requests on record it
 * cannot; without one of its registers it can, and says which one is missing.
 */
export class Readiness {
  readonly #keys: KeySet;
  readonly #registry: RegistryFeed | undefined;
  readonly #ahead: Pick<PlanAhead, "finished"> | undefined;
  readonly #federation: Federation;
  readonly #capabilities: ReadonlyMap<string, Capabilities>;
  readonly #shared: SharedState;
  readonly #records: { ready(): Promise<boolean> };
  readonly #sharePercent: number;

  constructor(options: {
    keys: KeySet;
    /** Undefined where tokens are the grants. */
    registry: RegistryFeed | undefined;
    /** Undefined where nothing is registered. */
    ahead: Pick<PlanAhead, "finished"> | undefined;
    federation: Federation;
    capabilities: ReadonlyMap<string, Capabilities>;
    shared: SharedState;
    records: { ready(): Promise<boolean> };
    /** What this router gives out of each budget while it shares none. */
    sharePercent: number;
  }) {
    this.#keys = options.keys;
    this.#registry = options.registry;
    this.#ahead = options.ahead;
    this.#federation = options.federation;
    this.#capabilities = options.capabilities;
    this.#shared = options.shared;
    this.#records = options.records;
    this.#sharePercent = options.sharePercent;
  }

  async notReady(): Promise<string[]> {
    const [hasKeys, hasRecords] = await Promise.all([this.#keys.ready(), this.#records.ready()]);
    const missing = hasKeys ? [] : ["authority"];
    if (this.#registry?.isStale === true) missing.push("registry");
    if (this.#ahead?.finished === false) missing.push("operations");
    if (!hasRecords) missing.push("audit");
    return missing;
  }

  /**
   * Names of the platform's own subgraphs that are down or cannot reach their database; while what routers share is
   * lost, `redis` and what that means. Foreign subgraphs are not asked.
   */
  async degraded(): Promise<string[]> {
    const own = [...this.#federation.present.subgraphs.values()].filter(
      ({ name }) => this.#capabilities.get(name)?.permit,
    );
    const ready = await Promise.all(own.map(async ({ url }) => await isReady(url)));
    const down = own.filter((_, index) => ready[index] !== true).map(({ name }) => name);
    if (!this.#shared.lost()) return down;
    const share = `budgets: ${this.#sharePercent} % here`;
    return [...down, "redis", share, "proofs of possession: refused", "actor tokens: refused"];
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(new URL("/health/ready", url), {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
