import { ArrayItems } from "./array-items.ts";
import type { AskedItem } from "./asked-item.ts";
import { AnswerTooLarge, RegisterUnavailable, type SubgraphAnswer } from "./subgraph-fetch.ts";

/** Makes the answers of one HTTP message's body. */
export interface Answers {
  /** @param bytes are the caller's again when this returns */
  take(bytes: Buffer, last: boolean): void;
  /** The whole body has come. @throws RegisterUnavailable where it is none that any item can be told */
  deliver(status: number): void;
}

/** The answer to one operation that travelled for itself. */
export class OneAnswer implements Answers {
  readonly #item: AskedItem;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;
  #text: string | undefined;

  constructor(item: AskedItem) {
    this.#item = item;
  }

  take(bytes: Buffer, last: boolean): void {
    this.#bytes += bytes.length;
    if (this.#bytes > this.#item.fetch.maxBytes) this.#item.refuse(tooLarge());
    else if (last && this.#pieces.length === 0) this.#text = bytes.toString("utf8");
    else this.#pieces.push(Buffer.from(bytes));
  }

  deliver(status: number): void {
    const text = this.#text ?? Buffer.concat(this.#pieces).toString("utf8");
    this.#item.give({ ...resultOf(parsed(text, status), status), bytes: this.#bytes });
  }
}

/** What may come of a batch's items that are too large already, before it is not read any further. */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;

/** The answers to a batch: an array of as many, in the same order, or none at all. */
export class BatchAnswers implements Answers {
  readonly #items: readonly AskedItem[];
  readonly #array: ArrayItems;
  #bytes = 0;
  readonly #maxBytes: number;

  constructor(items: readonly AskedItem[]) {
    this.#items = items;
    const limits = items.map(({ fetch }) => fetch.maxBytes);
    this.#array = new ArrayItems(limits);
    this.#maxBytes = limits.reduce((sum, limit) => sum + limit, MAX_DISCARDED_BYTES);
  }

  take(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (!this.#array.isBroken) this.#array.push(bytes);
    if (this.#bytes > this.#maxBytes) for (const item of this.#items) item.refuse(noBatch(200));
  }

  deliver(status: number): void {
    const { items: found, isComplete } = this.#array;
    if (!isComplete || found.length !== this.#items.length) throw noBatch(status);
    // All are read before any is given out: an answer that is wrong somewhere is nobody's.
    const results = found.map(({ pieces }, place) => {
      if (pieces === undefined) return undefined;
      const result = parsed(textOf(pieces), status);
      refuseOtherPlace(result, place);
      return result;
    });
    this.#items.forEach((item, place) => {
      const { bytes, pieces } = found[place]!;
      try {
        if (pieces === undefined) throw tooLarge();
        item.give({ ...resultOf(results[place], status), bytes });
      } catch (error) {
        item.refuse(error as Error);
      }
    });
  }
}

function textOf(pieces: readonly Buffer[]): string {
  return (pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)).toString("utf8");
}

/** An answer that names its place must stand there. @throws RegisterUnavailable */
function refuseOtherPlace(result: unknown, place: number): void {
  const { extensions } = (result ?? {}) as { extensions?: { item?: unknown } | null };
  const named = extensions?.item;
  if (named !== undefined && named !== place)
    throw new RegisterUnavailable("it answered a batch in another order", { retry: false });
}

function noBatch(status: number): RegisterUnavailable {
  return new RegisterUnavailable(`it answered a batch by ${status} without as many answers`, {
    retry: status >= 500,
  });
}

function tooLarge(): AnswerTooLarge {
  return new AnswerTooLarge("more bytes than may be read");
}

function parsed(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RegisterUnavailable(`it answered ${status} without JSON`, {
      retry: status >= 500,
      cause,
    });
  }
}

function resultOf(answer: unknown, status: number): SubgraphAnswer {
  if (typeof answer !== "object" || answer === null || !("data" in answer || "errors" in answer)) {
    throw new RegisterUnavailable(`it answered ${status} without a GraphQL result`, {
      retry: status >= 500,
    });
  }
  const { data, errors } = answer as SubgraphAnswer;
  return { data, ...(Array.isArray(errors) ? { errors } : {}) };
}
