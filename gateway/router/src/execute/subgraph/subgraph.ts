import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { openTransport } from "../../http/open-transport.ts";
import type { Headers, Transport } from "../../http/transport.ts";
import { AskedItem } from "./asked-item.ts";
import { Circuit } from "./circuit.ts";
import { Lane } from "./lane.ts";
import { Message } from "./message.ts";
import {
  RegisterUnavailable,
  type Capabilities,
  type MeasuredAnswer,
  type SubgraphFetch,
} from "./subgraph-fetch.ts";

/** Who asks for more entities travels apart, so that small operations do not wait for it. */
const SMALL_ENTITIES = 10;
/** What one entity is taken to be of an answer, where its size says more than how many keys were given. */
const BYTES_PER_ENTITY = 1_024;
const MAX_TEXTS = 1_000;
/** Of every message: GraphQL over HTTP. */
const HEADERS: Headers = {
  "content-type": "application/json",
  accept: "application/graphql-response+json, application/json",
};

/** What is known of an operation's text, which is the same for every request of a plan. */
interface KnownText {
  readonly json: string;
  /** How large its answers have been lately for each key it was given; nothing else of them is remembered. */
  bytesPerKey: number;
}

/** One subgraph at one address. */
export class Subgraph {
  readonly #name: string;
  readonly #batching: boolean;
  readonly #splicing: boolean;
  readonly #deadlineMs: number;
  readonly #transport: Transport;
  readonly #circuit: Circuit;
  readonly #texts = new LRUCache<string, KnownText>({ max: MAX_TEXTS });
  readonly #small = this.#lane();
  readonly #large = this.#lane();

  constructor(
    name: string,
    address: string,
    parts: { capabilities: Capabilities; deadlineMs: number; log: Logger },
  ) {
    this.#name = name;
    this.#batching = parts.capabilities.batching;
    this.#splicing = parts.capabilities.splicing;
    this.#deadlineMs = parts.deadlineMs;
    this.#transport = openTransport(new URL(address), HEADERS);
    this.#circuit = new Circuit((open) => {
      if (open) parts.log.warn({ subgraph: name }, "subgraph does not answer: it is left alone");
      else parts.log.info({ subgraph: name }, "subgraph answers again");
    });
  }

  /** @throws RegisterUnavailable or AnswerTooLarge */
  async ask(fetch: SubgraphFetch, permit: string | undefined): Promise<MeasuredAnswer> {
    const text = this.#textOf(fetch.query);
    const keys = keysIn(fetch);
    const item = new AskedItem(this.#name, fetch, {
      query: text.json,
      permit,
      deadlineMs: this.#deadlineMs,
      splicing: this.#splicing,
    });
    if (item.isSettled) return await item.answer;
    if (!this.#batching || fetch.mutation) this.#send([item], () => {});
    else {
      const entities = Math.max(keys, Math.ceil((text.bytesPerKey * keys) / BYTES_PER_ENTITY));
      (entities > SMALL_ENTITIES ? this.#large : this.#small).add(item, entities);
    }
    const answer = await item.answer;
    text.bytesPerKey += (answer.bytes / keys - text.bytesPerKey) / 4;
    return answer;
  }

  get isIdle(): boolean {
    return this.#transport.isIdle && this.#small.isIdle && this.#large.isIdle;
  }

  sweep(): void {
    this.#transport.sweep();
  }

  close(): void {
    this.#transport.close();
  }

  #textOf(query: string): KnownText {
    let known = this.#texts.get(query);
    if (known === undefined) {
      known = { json: JSON.stringify(query), bytesPerKey: 0 };
      this.#texts.set(query, known);
    }
    return known;
  }

  #lane(): Lane {
    return new Lane((items, returned) => this.#send(items, returned));
  }

  #send(items: readonly AskedItem[], returned: () => void): void {
    const passage = this.#circuit.enter();
    if (passage !== undefined) {
      const apart = (item: AskedItem): void => this.#send([item], () => {});
      new Message(items, { transport: this.#transport, passage, returned, apart }).send();
      return;
    }
    for (const item of items)
      item.refuse(new RegisterUnavailable("it is left alone for a while", { retry: true }));
    returned();
  }
}

/** How many keys an operation is given: its representations, or as many as its longest list of variables has, or one. */
function keysIn({ variables, representations }: SubgraphFetch): number {
  let most = representations?.count ?? 1;
  for (const value of Object.values(variables))
    if (Array.isArray(value) && value.length > most) most = value.length;
  return most;
}
