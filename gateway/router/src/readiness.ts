import type { KeySet } from "./authenticate/key-set.ts";
import type { Capabilities } from "./execute/subgraph-clients.ts";
import type { Federation } from "./supergraph/federation.ts";

const TIMEOUT_MS = 1_500;

/**
 * Whether this router can answer. Without the authority's keys it cannot; without one of its registers it can, and
 * says which one is missing.
 */
export class Readiness {
  readonly #keys: KeySet;
  readonly #federation: Federation;
  readonly #capabilities: ReadonlyMap<string, Capabilities>;

  constructor(options: {
    keys: KeySet;
    federation: Federation;
    capabilities: ReadonlyMap<string, Capabilities>;
  }) {
    this.#keys = options.keys;
    this.#federation = options.federation;
    this.#capabilities = options.capabilities;
  }

  async notReady(): Promise<string[]> {
    return (await this.#keys.ready()) ? [] : ["authority"];
  }

  /** Names of the platform's own subgraphs that are down or cannot reach their database; foreign ones are not asked. */
  async degraded(): Promise<string[]> {
    const own = [...this.#federation.present.subgraphs.values()].filter(
      ({ name }) => this.#capabilities.get(name)?.permit,
    );
    const ready = await Promise.all(own.map(async ({ url }) => await isReady(url)));
    return own.filter((_, index) => ready[index] !== true).map(({ name }) => name);
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
