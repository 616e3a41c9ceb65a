import { KeptBytes } from "./kept-bytes.ts";
import {
  StaleConnection,
  type OutgoingMessage,
  type Receiver,
  type Sending,
  type Transport,
} from "./transport.ts";

/** An answer, read to its end. */
export interface Posted {
  readonly status: number;
  readonly text: string;
}

/** What an answer may take. */
export interface PostLimits {
  /** From now to its last byte, however often it is sent, milliseconds. */
  readonly deadlineMs: number;
  /** Of its body. */
  readonly maxBytes: number;
}

/**
 * Sends one message and reads its answer. It must be one that may arrive twice: it is sent once more over a new connection
 * where a used one was closed before a byte of the answer came.
 * @throws Error where no answer, half of one, or one that is too long came in time
 */
export async function post(
  transport: Transport,
  message: Omit<OutgoingMessage, "fresh">,
  limits: PostLimits,
): Promise<Posted> {
  return await new Posting(transport, message, limits).answer;
}

class Posting implements Receiver {
  readonly answer: Promise<Posted>;
  readonly #transport: Transport;
  readonly #message: Omit<OutgoingMessage, "fresh">;
  readonly #maxBytes: number;
  readonly #resolve: (posted: Posted) => void;
  readonly #reject: (error: Error) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #kept = new KeptBytes();
  #sending: Sending | undefined;
  #status = 0;
  #again = false;

  constructor(
    transport: Transport,
    message: Omit<OutgoingMessage, "fresh">,
    { deadlineMs, maxBytes }: PostLimits,
  ) {
    this.#transport = transport;
    this.#message = message;
    this.#maxBytes = maxBytes;
    const { promise, resolve, reject } = Promise.withResolvers<Posted>();
    this.answer = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(() => this.#giveUp("it did not answer in time"), deadlineMs);
    this.#send(false);
  }

  head(status: number): void {
    this.#status = status;
  }

  body(bytes: Buffer): void {
    if (this.#kept.length + bytes.length > this.#maxBytes) this.#giveUp("its answer is too long");
    else this.#kept.add(bytes);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#resolve({ status: this.#status, text: this.#kept.whole().toString() });
  }

  fail(error: Error): void {
    if (error instanceof StaleConnection && !this.#again) {
      this.#again = true;
      this.#send(true);
      return;
    }
    clearTimeout(this.#timer);
    this.#reject(error);
  }

  #send(fresh: boolean): void {
    this.#sending = this.#transport.send({ ...this.#message, fresh }, this);
  }

  #giveUp(why: string): void {
    clearTimeout(this.#timer);
    this.#sending?.abort();
    this.#reject(new Error(why));
  }
}
