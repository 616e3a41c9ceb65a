import { KeptBytes } from "../../http/kept-bytes.ts";
import { MAX_LEVELS, nestsBeyond } from "../../splice/json-text.ts";
import { octetsIn, textOf } from "../../splice/octets.ts";
import { ArrayItems } from "./array-items.ts";
import type { AskedItem } from "./asked-item.ts";
import { readItemSizes, SizedItems } from "./sized-items.ts";
import { AnswerTooLarge, RegisterUnavailable, type SubgraphAnswer } from "./subgraph-fetch.ts";

/** Makes the answers of one HTTP message's body. */
export interface Answers {
  /** Before the first bytes. @param itemBytes what the answer's header says of its items' sizes */
  begin(itemBytes: string | undefined): void;
  /** @param bytes are the caller's again when this returns */
  take(bytes: Buffer, last: boolean): void;
  /** The whole body has come. @throws RegisterUnavailable where it is none that any item can be told */
  deliver(status: number): void;
}

/** The answer to one operation that travelled for itself. */
export class OneAnswer implements Answers {
  readonly #item: AskedItem;
  readonly #kept = new KeptBytes();
  #bytes = 0;
  #octets: string | undefined;

  constructor(item: AskedItem) {
    this.#item = item;
  }

  begin(): void {}

  take(bytes: Buffer, last: boolean): void {
    this.#bytes += bytes.length;
    if (!this.#item.hold(bytes.length)) this.#item.refuse(tooLarge());
    else if (last && this.#kept.length === 0) this.#octets = octetsIn(bytes);
    else this.#kept.add(bytes);
  }

  deliver(status: number): void {
    const octets = this.#octets ?? octetsIn(this.#kept.whole());
    const { answer } = readBy(this.#item, octets, status);
    if (answer === undefined) throw noResult(status);
    this.#item.give({ ...answer, bytes: this.#bytes });
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
  /** Undefined where the sizes are not said, or are not right. */
  #sized: SizedItems | undefined;

  constructor(items: readonly AskedItem[]) {
    this.#items = items;
    this.#array = new ArrayItems(items.length, (place, bytes) => {
      const item = items[place]!;
      const mayKeep = item.hold(bytes);
      if (!mayKeep) item.release();
      return mayKeep;
    });
    const allowances = new Set(items.map(({ fetch }) => fetch.allowance));
    this.#maxBytes = [...allowances].reduce((sum, { left }) => sum + left, MAX_DISCARDED_BYTES);
  }

  begin(itemBytes: string | undefined): void {
    const sizes = readItemSizes(itemBytes, this.#items.length);
    if (sizes === undefined) return;
    // What has no room is not kept, so that all is looked through.
    if (sizes.every((size, place) => this.#items[place]!.hold(size)))
      this.#sized = new SizedItems(sizes);
    else this.#release();
  }

  take(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#sized?.push(bytes) === true) return;
    if (this.#sized !== undefined) this.#lookThrough(this.#sized);
    if (!this.#array.isBroken) this.#array.push(bytes);
    if (this.#bytes > this.#maxBytes) for (const item of this.#items) item.refuse(noBatch(200));
  }

  deliver(status: number): void {
    const found = this.#found();
    if (found === undefined) throw noBatch(status);
    // All are read before any is given out: an answer that is wrong somewhere is nobody's.
    const results = found.map(({ octets }, place) => {
      if (octets === undefined) return undefined;
      const read = readBy(this.#items[place]!, octets, status);
      refuseOtherPlace(read.item, place);
      return read;
    });
    this.#items.forEach((item, place) => {
      const { bytes } = found[place]!;
      const read = results[place];
      if (read === undefined) item.refuse(tooLarge());
      else if (read.answer === undefined) item.refuse(noResult(status));
      else item.give({ ...read.answer, bytes });
    });
  }

  /** Each item's, in order; undefined where they are not as many as were asked for. */
  #found(): readonly { bytes: number; octets: string | undefined }[] | undefined {
    if (this.#sized !== undefined) {
      const { octets, sizes } = this.#sized;
      if (octets !== undefined)
        return octets.map((each, place) => ({ octets: each, bytes: sizes[place]! }));
      this.#lookThrough(this.#sized);
    }
    const { items, isComplete } = this.#array;
    if (!isComplete || items.length !== this.#items.length) return undefined;
    return items.map(({ bytes, kept }) => ({ bytes, octets: kept && octetsIn(kept.whole()) }));
  }

  /** The sizes do not fit: what has come is looked through byte by byte. */
  #lookThrough({ taken }: SizedItems): void {
    this.#sized = undefined;
    this.#release();
    this.#array.push(taken);
  }

  #release(): void {
    for (const item of this.#items) item.release();
  }
}

/** An answer that names its place must stand there. @throws RegisterUnavailable */
function refuseOtherPlace(named: unknown, place: number): void {
  if (named !== undefined && named !== place)
    throw new RegisterUnavailable("it answered a batch in another order", { retry: false });
}

function noBatch(status: number): RegisterUnavailable {
  return new RegisterUnavailable(`it answered a batch by ${status} without as many answers`, {
    retry: status >= 500,
  });
}

function noResult(status: number): RegisterUnavailable {
  return new RegisterUnavailable(`it answered ${status} without a GraphQL result`, {
    retry: status >= 500,
  });
}

function tooLarge(): AnswerTooLarge {
  return new AnswerTooLarge("more bytes than may be read");
}

/** One answer, with the place that it names; undefined where it is JSON, but no GraphQL result. */
interface ReadText {
  readonly answer: SubgraphAnswer | undefined;
  readonly item: unknown;
}

/** By what the fetch brought to read it with, or parsed. @throws RegisterUnavailable where it is no JSON, or too deep */
function readBy({ reader }: AskedItem, octets: string, status: number): ReadText {
  const read = reader?.(octets);
  if (read !== undefined) return { answer: { data: read.data }, item: read.item };
  if (nestsBeyond(octets, MAX_LEVELS))
    throw new RegisterUnavailable(`its answer nests deeper than ${MAX_LEVELS} levels`, {
      retry: false,
    });
  let result: unknown;
  try {
    result = JSON.parse(textOf(octets));
  } catch (cause) {
    throw new RegisterUnavailable(`it answered ${status} without JSON`, {
      retry: status >= 500,
      cause,
    });
  }
  const { extensions } = (result ?? {}) as { extensions?: { item?: unknown } | null };
  return { answer: resultOf(result), item: extensions?.item };
}

function resultOf(answer: unknown): SubgraphAnswer | undefined {
  if (typeof answer !== "object" || answer === null || !("data" in answer || "errors" in answer))
    return undefined;
  const { data, errors } = answer as SubgraphAnswer;
  return { data, ...(Array.isArray(errors) ? { errors } : {}) };
}
