import { setTimeout as wait } from "node:timers/promises";
import {
  FEED_PATH,
  FEED_SILENCE_MAX_MS,
  Refusal,
  signFeedToken,
  type FeedLine,
  type PermitSecrets,
} from "@truc/contracts";
import type { Logger } from "pino";
import { request } from "undici";
import { feedLines } from "./feed-lines.ts";
import { Registry } from "./registry.ts";

const CONNECT_MS = 3_000;
/** The authority speaks every second; a connection that is silent for longer is given up for a new one. */
const DEAF_AFTER_MS = 5_000;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1_000;

export interface RegistryFeedOptions {
  /** The authority's origin. */
  authority: string;
  /** Whom the authority's tokens name as issuer: what a router's own token at the feed is for. */
  issuer: string;
  secrets: PermitSecrets;
  /** Without word for longer every request is refused, milliseconds; never more than FEED_SILENCE_MAX_MS. */
  silenceMs?: number;
  log: Logger;
}

/**
 * What the authority knows of agencies, systems, purposes and grants, kept in memory and kept up with: one connection
 * that is opened again whenever it breaks or falls silent. A router that has had no word for too long does not know
 * who has been suspended since, and says so instead of answering.
 */
export class RegistryFeed {
  readonly #options: RegistryFeedOptions;
  readonly #silenceMs: number;
  readonly #stopped = new AbortController();
  readonly #listeners = new Set<(registry: Registry) => void>();
  readonly #running: Promise<void>;
  #registry: Registry | undefined;
  #heard: Instant | undefined;

  constructor(options: RegistryFeedOptions) {
    this.#options = options;
    this.#silenceMs = Math.min(options.silenceMs ?? FEED_SILENCE_MAX_MS, FEED_SILENCE_MAX_MS);
    this.#running = this.#run();
  }

  /** The registry as of the last word. @throws Refusal REGISTRY_STALE */
  get present(): Registry {
    if (this.#registry === undefined || this.isStale)
      throw new Refusal("REGISTRY_STALE", { headers: { "retry-after": "1" } });
    return this.#registry;
  }

  /** Whether there has been no registry yet, or no word for too long. */
  get isStale(): boolean {
    return this.#heard === undefined || since(this.#heard) > this.#silenceMs;
  }

  /** Calls `listener` with every new revision, and with the present one at once. @returns stops that */
  follow(listener: (registry: Registry) => void): () => void {
    this.#listeners.add(listener);
    if (this.#registry !== undefined) listener(this.#registry);
    return () => void this.#listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { log } = this.#options;
    let retryMs = FIRST_RETRY_MS;
    let told: string | undefined;
    while (!this.#stopped.signal.aborted) {
      const before = this.#heard;
      const reason = await this.#listen().then(
        () => "it was closed",
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      if (this.#stopped.signal.aborted) return;
      const hadWord = this.#heard !== before;
      retryMs = hadWord ? FIRST_RETRY_MS : Math.min(retryMs * 2, LAST_RETRY_MS);
      // One line for one outage and reason, not one for every attempt.
      if (hadWord || reason !== told) log.warn({ reason }, "the authority's feed broke off");
      told = reason;
      // Many routers lose one authority at the same instant; they must not all come back at the same instant too.
      await wait(retryMs * (0.5 + Math.random()), undefined, {
        signal: this.#stopped.signal,
      }).catch(() => {});
    }
  }

  /** One connection, for as long as it speaks. @throws why it no longer does */
  async #listen(): Promise<void> {
    const { authority, issuer, secrets } = this.#options;
    const deaf = new AbortController();
    const giveUp = (): void => deaf.abort(new Error("it fell silent"));
    const timer = setTimeout(giveUp, Math.min(DEAF_AFTER_MS, this.#silenceMs));
    try {
      const { statusCode, body } = await request(new URL(FEED_PATH, authority), {
        headers: {
          accept: "application/x-ndjson",
          authorization: `Bearer ${signFeedToken(issuer, secrets)}`,
        },
        signal: AbortSignal.any([this.#stopped.signal, deaf.signal]),
        headersTimeout: CONNECT_MS,
        // Silence is judged here, by lines and not by bytes.
        bodyTimeout: 0,
      });
      if (statusCode !== 200) {
        await body.dump();
        throw new Error(`it answered ${statusCode}`);
      }
      for await (const line of feedLines(body)) if (this.#take(line)) timer.refresh();
    } catch (error) {
      throw deaf.signal.aborted ? deaf.signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @returns whether the line is word of what is in force: a sign of life of a revision not known here is none */
  #take(line: FeedLine): boolean {
    if (line.kind === "alive") {
      if (line.revision !== this.#registry?.revision) return false;
      this.#heard = now();
      return true;
    }
    const { revision } = line.snapshot;
    const registry = new Registry(line.snapshot);
    this.#registry = registry;
    this.#heard = now();
    this.#options.log.info({ revision }, "registry received");
    for (const listener of this.#listeners) listener(registry);
    return true;
  }
}

interface Instant {
  readonly monotonic: number;
  readonly wall: number;
}

function now(): Instant {
  return { monotonic: performance.now(), wall: Date.now() };
}

/**
 * Milliseconds since, by whichever clock saw more pass: the monotonic one stands still while a machine is suspended,
 * the other one can be set back.
 */
function since({ monotonic, wall }: Instant): number {
  return Math.max(performance.now() - monotonic, Date.now() - wall);
}
