import type { Logger } from "pino";
import type { PermitClaims } from "./permits.ts";
import { Subgraph } from "./subgraph/subgraph.ts";
import {
  AnswerTooLarge,
  RegisterUnavailable,
  type Capabilities,
  type MeasuredAnswer,
  type SubgraphFetch,
} from "./subgraph/subgraph-fetch.ts";

export {
  AnswerTooLarge,
  RegisterUnavailable,
  type AnswerReader,
  type Capabilities,
  type FetchCounts,
  type MeasuredAnswer,
  type Representations,
  type SubgraphFetch,
} from "./subgraph/subgraph-fetch.ts";

const SWEEP_EVERY_MS = 10_000;

/**
 * The way to every subgraph: persistent connections, batches where a subgraph takes them, one deadline for every fetch,
 * and a pause for those that do not answer. What is in `subgraph/` in one line each:
 *
 * - `subgraph.ts`: one subgraph at one address; what travels alone, what in company
 * - `asked-item.ts`: one operation: its text, its deadline, its outcome, its counts
 * - `lane.ts`: gathers operations into batches
 * - `circuit.ts`: leaves a subgraph alone that does not answer
 * - `message.ts`, `answers.ts`, `array-items.ts`: one HTTP message, and what its items are told
 * - `../http/transport.ts`: what it goes over
 */
export class SubgraphClients {
  readonly #log: Logger;
  readonly #deadlineMs: number;
  readonly #capabilities: (name: string) => Capabilities;
  readonly #permitFor: (permit: PermitClaims, subgraph: string) => string;
  /** By name and address: a changed supergraph may have a subgraph elsewhere. */
  readonly #subgraphs = new Map<string, Map<string, Subgraph>>();
  readonly #sweeping: NodeJS.Timeout;
  #underWay = 0;
  #idle: (() => void) | undefined;

  constructor(options: {
    log: Logger;
    deadlineMs: number;
    capabilities: (name: string) => Capabilities;
    permitFor: (permit: PermitClaims, subgraph: string) => string;
  }) {
    this.#log = options.log;
    this.#deadlineMs = options.deadlineMs;
    this.#capabilities = options.capabilities;
    this.#permitFor = options.permitFor;
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_EVERY_MS).unref();
  }

  /** @throws RegisterUnavailable or AnswerTooLarge */
  async fetch(name: string, fetch: SubgraphFetch): Promise<MeasuredAnswer> {
    this.#underWay += 1;
    try {
      const permit = this.#capabilities(name).permit ? this.#permit(name, fetch) : undefined;
      return await this.#subgraph(name, fetch.url).ask(fetch, permit);
    } catch (error) {
      const { requestId } = fetch.request;
      if (error instanceof AnswerTooLarge)
        this.#log.warn({ requestId, subgraph: name }, "subgraph's answer too large");
      if (error instanceof RegisterUnavailable) {
        const cause = error.cause instanceof Error ? error.cause.message : undefined;
        const reason = error.message;
        this.#log.warn({ requestId, subgraph: name, reason, cause }, "subgraph unavailable");
      }
      throw error;
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#idle?.();
    }
  }

  /** Once what is under way is answered or late. */
  async close(): Promise<void> {
    if (this.#underWay > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#idle = resolve;
      await promise;
    }
    clearInterval(this.#sweeping);
    for (const addresses of this.#subgraphs.values())
      for (const subgraph of addresses.values()) subgraph.close();
  }

  /** A subgraph that joined while the router runs may have no secret yet: it costs its own fields only. */
  #permit(name: string, { permit }: SubgraphFetch): string {
    try {
      return this.#permitFor(permit, name);
    } catch (cause) {
      throw new RegisterUnavailable("it cannot be given a permit", { retry: false, cause });
    }
  }

  #subgraph(name: string, url: string): Subgraph {
    let addresses = this.#subgraphs.get(name);
    if (addresses === undefined) this.#subgraphs.set(name, (addresses = new Map()));
    let subgraph = addresses.get(url);
    if (subgraph === undefined) {
      for (const [old, other] of addresses) {
        if (!other.isIdle) continue;
        other.close();
        addresses.delete(old);
      }
      subgraph = open(name, url, {
        capabilities: this.#capabilities(name),
        deadlineMs: this.#deadlineMs,
        log: this.#log,
      });
      addresses.set(url, subgraph);
    }
    return subgraph;
  }

  #sweep(): void {
    for (const addresses of this.#subgraphs.values())
      for (const subgraph of addresses.values()) subgraph.sweep();
  }
}

function open(
  name: string,
  url: string,
  parts: ConstructorParameters<typeof Subgraph>[2],
): Subgraph {
  try {
    return new Subgraph(name, url, parts);
  } catch (cause) {
    throw new RegisterUnavailable("its address is none", { retry: false, cause });
  }
}
