import { deadlineIn, type Deadline } from "../deadlines.ts";
import {
  RegisterUnavailable,
  type AnswerReader,
  type MeasuredAnswer,
  type SubgraphFetch,
  type FetchCounts,
} from "./subgraph-fetch.ts";

/**
 * One operation on its way to a subgraph: whether alone or among others, it has a deadline, a caller who may leave, and
 * an outcome of its own. The first outcome counts.
 */
export class AskedItem {
  readonly answer: Promise<MeasuredAnswer>;
  readonly fetch: SubgraphFetch;
  /** What may read its answer; undefined where it is parsed. */
  readonly reader: AnswerReader | undefined;
  /** Its JSON text without the end, which {@link textAs} adds. */
  readonly #text: string;
  readonly #permitted: boolean;
  readonly #subgraph: string;
  readonly #resolve: (answer: MeasuredAnswer) => void;
  readonly #reject: (error: Error) => void;
  readonly #deadline: Deadline;
  readonly #left = (): void => this.#leave(false);
  #settled = false;
  /** Bytes of its answer that count as its request's. */
  #held = 0;
  #sent = false;
  #onLeft: ((late: boolean) => void) | undefined;

  constructor(
    subgraph: string,
    fetch: SubgraphFetch,
    {
      query,
      permit,
      deadlineMs,
      splicing,
    }: { query: string; permit: string | undefined; deadlineMs: number; splicing: boolean },
  ) {
    this.#subgraph = subgraph;
    this.fetch = fetch;
    this.reader = splicing ? fetch.reader : undefined;
    this.#permitted = permit !== undefined;
    this.#text = openText(fetch, query, permit);
    const { promise, resolve, reject } = Promise.withResolvers<MeasuredAnswer>();
    this.answer = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#deadline = deadlineIn(deadlineMs, () => this.#leave(true));
    fetch.ending.onEnd(this.#left);
    if (fetch.ending.ended) this.#leave(false);
  }

  /** Whether it has an outcome. */
  get isSettled(): boolean {
    return this.#settled;
  }

  /** About how large it is on the wire. */
  get size(): number {
    return this.#text.length;
  }

  /**
   * As it goes on the wire: an operation for itself, or an item of a batch.
   * @param place in the batch, which a subgraph that takes permits repeats in its answer; undefined: for itself
   */
  textAs(place: number | undefined): string {
    if (!this.#permitted) return `${this.#text}}`;
    if (place === undefined) return `${this.#text}}}`;
    // A message has one trace in its headers, and the items of a batch may have one each.
    const own = JSON.stringify({ item: place, ...this.fetch.request.trace });
    return `${this.#text},${own.slice(1)}}`;
  }

  /** It is on its way. @param onLeft is told when nobody waits for its answer any more, and whether because it is late */
  sent(onLeft: (late: boolean) => void): void {
    this.#sent = true;
    this.#onLeft = onLeft;
    this.#count("asked");
  }

  /** It got no answer, and is sent once more. */
  sendAgain(): void {
    if (this.#settled) return;
    this.#count("failed");
    this.#count("asked");
  }

  /** The message that it was in was refused as a whole. */
  notTaken(): void {
    this.release();
    this.#count("failed");
  }

  /**
   * So many more bytes of its answer are to be kept.
   * @returns whether they may be: not where its request has not as many left, nor where nobody waits for it any more
   */
  hold(bytes: number): boolean {
    if (this.#settled || !this.fetch.allowance.take(bytes)) return false;
    this.#held += bytes;
    return true;
  }

  /** What was kept of its answer is not any more. */
  release(): void {
    this.fetch.allowance.giveBack(this.#held);
    this.#held = 0;
  }

  give(answer: MeasuredAnswer): void {
    if (this.#settle()) this.#resolve(answer);
  }

  refuse(error: Error): void {
    if (!this.#settle()) return;
    this.release();
    if (this.#sent && error instanceof RegisterUnavailable) this.#count("failed");
    this.#reject(error);
  }

  #leave(late: boolean): void {
    if (this.#settled) return;
    const reason = late ? "it did not answer in time" : "nobody waits for it any more";
    this.refuse(new RegisterUnavailable(reason, { retry: true }));
    this.#onLeft?.(late);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#deadline.cancel();
    this.fetch.ending.offEnd(this.#left);
    return true;
  }

  #count(what: keyof FetchCounts): void {
    const counts = this.fetch.counts[what];
    counts.set(this.#subgraph, (counts.get(this.#subgraph) ?? 0) + 1);
  }
}

/** @param query the operation's text as JSON */
function openText(fetch: SubgraphFetch, query: string, permit: string | undefined): string {
  const { operationName, request, digest, actor, caseReference } = fetch;
  const name =
    operationName === undefined ? "" : `,"operationName":${JSON.stringify(operationName)}`;
  const text = `{"query":${query}${name},"variables":${variablesText(fetch)}`;
  if (permit === undefined) return text;
  const { requestId } = request;
  const extensions = { permit, requestId, operationDigest: digest, actor, caseReference };
  return `${text},"extensions":${JSON.stringify(extensions).slice(0, -1)}`;
}

function variablesText({ variables, representations }: SubgraphFetch): string {
  const own = JSON.stringify(variables);
  if (representations === undefined) return own;
  return `${own.slice(0, -1)}${own === "{}" ? "" : ","}"representations":${representations.text}}`;
}
