import { connect, type Socket } from "node:net";
import { readAnswer, type HttpAnswer } from "./http-answer.ts";

interface Asked {
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One connection with one request at a time, kept open between them and opened anew when it was closed. It does next to
 * nothing, because callers share the cores with what they measure: undici takes twice as long for a request.
 */
export class KeepAliveConnection {
  readonly #port: number;
  readonly #host: string;
  #socket: Socket | undefined;
  #asked: Asked | undefined;
  /** What has come of an answer that is not whole yet. */
  #pieces: Buffer[] = [];

  constructor({ hostname, port }: URL) {
    this.#host = hostname;
    this.#port = Number(port);
  }

  /**
   * @param request head and body; ASCII
   * @returns the answer; its body is the caller's until the next request
   * @throws Error when the connection ends before, or brings something else
   */
  async ask(request: string): Promise<HttpAnswer> {
    return await new Promise((resolve, reject) => {
      this.#asked = { resolve, reject };
      this.#socket ??= this.#open();
      this.#socket.write(request, "latin1");
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true });
    socket.on("data", (bytes: Buffer) => {
      try {
        this.#take(bytes);
      } catch (error) {
        this.#lose(socket, error as Error);
      }
    });
    socket.on("error", (error) => this.#lose(socket, error));
    socket.on("close", () => this.#lose(socket, new Error("the connection was closed")));
    return socket;
  }

  #take(bytes: Buffer): void {
    this.#pieces.push(bytes);
    const all = this.#pieces.length === 1 ? bytes : Buffer.concat(this.#pieces);
    const answer = readAnswer(all);
    if (answer === undefined) {
      this.#pieces = [all];
      return;
    }
    this.#pieces = [];
    const asked = this.#asked;
    if (asked === undefined || answer.length !== all.length)
      throw new Error("an answer that nobody asked for");
    this.#asked = undefined;
    if (answer.closes) this.#forget();
    asked.resolve(answer);
  }

  #lose(socket: Socket, error: Error): void {
    if (socket !== this.#socket) return;
    this.#forget();
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.reject(error);
  }

  #forget(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#pieces = [];
  }
}
