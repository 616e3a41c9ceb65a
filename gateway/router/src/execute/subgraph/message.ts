import { randomUUID } from "node:crypto";
import { REQUEST_ID_HEADER } from "@truc/contracts";
import {
  StaleConnection,
  type Receiver,
  type Sending,
  type Transport,
} from "../../http/transport.ts";
import { BatchAnswers, OneAnswer, type Answers } from "./answers.ts";
import type { AskedItem } from "./asked-item.ts";
import type { Passage } from "./circuit.ts";
import { RegisterUnavailable } from "./subgraph-fetch.ts";

/**
 * One HTTP message: an operation for itself, or several as a batch. Each item leaves it by itself; when none is left,
 * the message is given up.
 */
export class Message implements Receiver {
  readonly #items: readonly AskedItem[];
  readonly #transport: Transport;
  readonly #passage: Passage;
  readonly #returned: () => void;
  readonly #apart: (item: AskedItem) => void;
  readonly #id: string;
  readonly #body: string;
  #answers: Answers | undefined;
  #sending: Sending | undefined;
  #status = 0;
  #again = false;
  #over = false;

  /**
   * @param returned is told when it is over, however
   * @param apart sends an item for itself
   */
  constructor(
    items: readonly AskedItem[],
    parts: {
      transport: Transport;
      passage: Passage;
      returned: () => void;
      apart: (item: AskedItem) => void;
    },
  ) {
    this.#items = items;
    this.#transport = parts.transport;
    this.#passage = parts.passage;
    this.#returned = parts.returned;
    this.#apart = parts.apart;
    const [first] = items;
    // The id of a request where it is one request's; a batch of several has an id of its own, and each item its request's.
    const { requestId } = first!.fetch.request;
    const isOne = items.every(({ fetch }) => fetch.request.requestId === requestId);
    this.#id = isOne ? requestId : randomUUID();
    this.#body =
      items.length === 1
        ? first!.textAs(undefined)
        : `[${items.map((item, place) => item.textAs(place)).join(",")}]`;
  }

  send(): void {
    for (const item of this.#items) item.sent((late) => this.#leave(late));
    this.#sendOver(false);
  }

  head(status: number, itemBytes: string | undefined): void {
    this.#status = status;
    this.#answers!.begin(itemBytes);
  }

  body(bytes: Buffer, last: boolean): void {
    this.#answers!.take(bytes, last);
    if (this.#items.some(({ isSettled }) => !isSettled)) return;
    // It does answer, only too much.
    this.#finish("answered");
    this.#sending?.abort();
  }

  end(): void {
    this.#finish("answered");
    try {
      this.#answers!.deliver(this.#status);
    } catch (error) {
      if (this.#isRefused) this.#sendApart();
      else this.#refuse(error as Error);
    }
  }

  /** Whether a batch was refused for what it holds: nobody says which of its items that is. */
  get #isRefused(): boolean {
    return this.#items.length > 1 && this.#status >= 400 && this.#status < 500;
  }

  /** What one caller sends must not cost the others their answers: each item travels once more, for itself. */
  #sendApart(): void {
    for (const item of this.#items) {
      if (item.isSettled) continue;
      item.notTaken();
      this.#apart(item);
    }
  }

  fail(error: Error): void {
    const [first] = this.#items;
    if (error instanceof StaleConnection && !this.#again && !first!.fetch.mutation) {
      this.#again = true;
      for (const item of this.#items) item.sendAgain();
      this.#sendOver(true);
      return;
    }
    this.#finish("failed");
    this.#refuse(new RegisterUnavailable("it did not answer", { retry: true, cause: error }));
  }

  #sendOver(fresh: boolean): void {
    const items = this.#items;
    this.#answers = items.length === 1 ? new OneAnswer(items[0]!) : new BatchAnswers(items);
    const headers = { [REQUEST_ID_HEADER]: this.#id, ...this.#trace() };
    this.#sending = this.#transport.send({ body: this.#body, headers, fresh }, this);
  }

  /** A message is part of one trace: that of all its items, or none. */
  #trace(): Readonly<Record<string, string>> {
    const [first, ...others] = this.#items.map(({ fetch }) => fetch.request.trace);
    const isOne = others.every(
      (trace) =>
        trace === first ||
        (trace["traceparent"] === first!["traceparent"] &&
          trace["tracestate"] === first!["tracestate"]),
    );
    return isOne ? first! : {};
  }

  /** An item's caller has left, or its time is up. */
  #leave(late: boolean): void {
    if (this.#over || this.#items.some(({ isSettled }) => !isSettled)) return;
    this.#finish(late ? "failed" : "abandoned");
    this.#sending?.abort();
  }

  #refuse(error: Error): void {
    for (const item of this.#items) item.refuse(error);
  }

  #finish(how: keyof Passage): void {
    if (this.#over) return;
    this.#over = true;
    this.#passage[how]();
    this.#returned();
  }
}
