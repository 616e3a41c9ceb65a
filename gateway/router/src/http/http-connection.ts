import { connect, type Socket } from "node:net";
import { HttpAnswer } from "./http-answer.ts";
import { CONNECT_TIMEOUT_MS, KEEP_MS, StaleConnection, type Receiver } from "./transport.ts";

/** Read at once; what is larger comes in pieces. */
const READ_BYTES = 32 * 1024;
/** A connection is left alone this long before its server would close it. */
const MARGIN_MS = 1_000;

/** What a connection tells the pool it belongs to. */
export interface ConnectionOwner {
  /** The answer has come; another message may be sent over it. */
  free(connection: HttpConnection): void;
  /** It is no more. */
  gone(connection: HttpConnection): void;
}

/** One connection, one message at a time. */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  #receiver: Receiver | undefined;
  #answer: HttpAnswer | undefined;
  #used = false;
  #gone = false;
  #error: Error | undefined;
  #keptUntil = 0;

  constructor(address: { host: string; port: number }, owner: ConnectionOwner) {
    this.#owner = owner;
    const onread = {
      buffer: Buffer.allocUnsafeSlow(READ_BYTES),
      callback: (length: number, buffer: Uint8Array): boolean => {
        this.#read(buffer as Buffer, length);
        return true;
      },
    };
    const socket = connect({ ...address, noDelay: true, keepAlive: true, onread });
    this.#socket = socket;
    const timer = setTimeout(
      () => socket.destroy(new Error("the connection was not made in time")),
      CONNECT_TIMEOUT_MS,
    );
    socket.once("connect", () => clearTimeout(timer));
    socket.on("error", (error) => (this.#error = error));
    socket.on("end", () => this.#ended());
    socket.on("close", () => {
      clearTimeout(timer);
      this.#lost(new Error("the connection was closed before the answer was complete"));
    });
  }

  /** Whether the server may be expected to keep it for the next message. */
  isKept(now: number): boolean {
    return now < this.#keptUntil;
  }

  send(text: string, receiver: Receiver): void {
    this.#receiver = receiver;
    this.#answer = new HttpAnswer(receiver);
    this.#socket.write(text, "utf8");
  }

  /** Closes it if it is this receiver's turn, who is told nothing. */
  abort(receiver: Receiver): void {
    if (this.#receiver === receiver) this.destroy();
  }

  /** Closes it; whoever waits for an answer is told nothing. */
  destroy(): void {
    this.#receiver = undefined;
    this.#leave();
  }

  #read(buffer: Buffer, length: number): void {
    const receiver = this.#receiver;
    const answer = this.#answer;
    // What nobody asked for is nobody's answer, and never the next one's.
    if (receiver === undefined || answer === undefined) return this.destroy();
    let complete: number | undefined;
    try {
      complete = answer.push(buffer.subarray(0, length));
    } catch (error) {
      this.#lost(error as Error);
      return;
    }
    // While it was told of the body the receiver may have given up.
    if (complete === undefined || this.#receiver !== receiver) return;
    this.#complete(receiver, answer, complete === length);
  }

  /** @param exactly whether nothing came after the answer */
  #complete(receiver: Receiver, answer: HttpAnswer, exactly: boolean): void {
    this.#receiver = undefined;
    this.#answer = undefined;
    this.#used = true;
    // A message that was answered before it had all been sent would run into the next one.
    if (exactly && answer.persistent && this.#socket.writableLength === 0) {
      const { keepSeconds } = answer;
      const keptMs = keepSeconds === undefined ? KEEP_MS : keepSeconds * 1_000 - MARGIN_MS;
      this.#keptUntil = performance.now() + Math.min(keptMs, KEEP_MS);
      this.#owner.free(this);
    } else this.#leave();
    receiver.end();
  }

  #ended(): void {
    const receiver = this.#receiver;
    const answer = this.#answer;
    if (receiver !== undefined && answer?.endsHere() === true)
      this.#complete(receiver, answer, false);
    else this.#lost(new Error("the connection ended before the answer was complete"));
  }

  #lost(error: Error): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    const unanswered = this.#used && this.#answer?.begun === false;
    const cause = this.#error ?? error;
    this.#leave();
    receiver?.fail(unanswered ? new StaleConnection(cause.message, { cause }) : cause);
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#socket.destroy();
    this.#owner.gone(this);
  }
}
