import { ITEM_BYTES_HEADER } from "@truc/contracts";
import { Agent, type Dispatcher } from "undici";
import {
  CONNECT_TIMEOUT_MS,
  KEEP_MS,
  MAX_CONNECTIONS,
  StaleConnection,
  type Headers,
  type OutgoingMessage,
  type Receiver,
  type Sending,
  type Transport,
} from "./transport.ts";

const LIMITS = {
  connections: MAX_CONNECTIONS,
  connect: { timeout: CONNECT_TIMEOUT_MS },
  // Who sends knows its deadline.
  headersTimeout: 0,
  bodyTimeout: 0,
} as const;
/** What undici says of a connection that the other side has closed. */
const CLOSED = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/** The way to an `https:` address: undici's, which knows TLS. */
export class HttpsTransport implements Transport {
  readonly #agent = new Agent({ ...LIMITS, pipelining: 1, keepAliveTimeout: KEEP_MS });
  /** For messages that must not travel over a connection that has been used: without pipelining none is kept. */
  readonly #fresh = new Agent({ ...LIMITS, pipelining: 0 });
  readonly #target: { origin: string; path: string; method: "POST" };
  readonly #headers: Headers;
  #underWay = 0;

  /** @param headers of every message */
  constructor(url: URL, headers: Headers) {
    this.#headers = headers;
    this.#target = { origin: url.origin, path: url.pathname + url.search, method: "POST" };
  }

  send({ body, headers, fresh }: OutgoingMessage, receiver: Receiver): Sending {
    let controller: Dispatcher.DispatchController | undefined;
    let begun = false;
    let over = false;
    this.#underWay += 1;
    const finish = (): boolean => {
      if (over) return false;
      over = true;
      this.#underWay -= 1;
      return true;
    };
    (fresh ? this.#fresh : this.#agent).dispatch(
      { ...this.#target, headers: { ...this.#headers, ...headers }, body },
      {
        onRequestStart: (own) => {
          controller = own;
          if (over) own.abort(new Error("nobody waits for it"));
        },
        onResponseStart: (_own, status, sent) => {
          begun = true;
          const sizes = sent[ITEM_BYTES_HEADER];
          if (!over && status >= 200)
            receiver.head(status, typeof sizes === "string" ? sizes : undefined);
        },
        onResponseData: (_own, chunk) => {
          if (!over) receiver.body(chunk, false);
        },
        onResponseEnd: () => {
          if (finish()) receiver.end();
        },
        onResponseError: (_own, error) => {
          if (!finish()) return;
          // Whether the connection had been used before, undici does not say.
          const isStale =
            !fresh && !begun && CLOSED.has(String((error as { code?: unknown }).code));
          receiver.fail(isStale ? new StaleConnection(error.message, { cause: error }) : error);
        },
      },
    );
    return {
      abort: () => {
        if (finish()) controller?.abort(new Error("nobody waits for it"));
      },
    };
  }

  get isIdle(): boolean {
    return this.#underWay === 0;
  }

  /** undici does it by itself. */
  sweep(): void {}

  close(): void {
    void this.#agent.destroy();
    void this.#fresh.destroy();
  }
}
