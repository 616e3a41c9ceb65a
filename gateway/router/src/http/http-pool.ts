import { HttpConnection, type ConnectionOwner } from "./http-connection.ts";
import {
  MAX_CONNECTIONS,
  type Headers,
  type OutgoingMessage,
  type Receiver,
  type Sending,
  type Transport,
} from "./transport.ts";

interface Waiting {
  readonly message: OutgoingMessage;
  readonly receiver: Receiver;
  connection: HttpConnection | undefined;
}

/**
 * Persistent connections to one `http:` address, each with one message at a time (no pipelining): what undici does, at a
 * third of its price, because it does nothing else. The connection used last is used first, so that as few as possible stay open.
 */
export class HttpPool implements Transport, ConnectionOwner {
  readonly #address: { host: string; port: number };
  readonly #head: string;
  readonly #open = new Set<HttpConnection>();
  readonly #idle: HttpConnection[] = [];
  readonly #waiting: Waiting[] = [];

  /** @param headers of every message */
  constructor(url: URL, headers: Headers) {
    // An IPv6 address stands in brackets there.
    const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
    this.#address = { host, port: Number(url.port || 80) };
    const own = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#head = `POST ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\nconnection: keep-alive\r\n${own.join("")}`;
  }

  send(message: OutgoingMessage, receiver: Receiver): Sending {
    const waiting: Waiting = { message, receiver, connection: undefined };
    const connection = message.fresh ? undefined : this.#known();
    if (connection !== undefined || this.#open.size < MAX_CONNECTIONS)
      this.#over(connection ?? this.#connect(), waiting);
    else if (message.fresh && this.#idle.length > 0) {
      this.#idle.shift()!.destroy();
      this.#over(this.#connect(), waiting);
    } else this.#waiting.push(waiting);
    return {
      abort: () => {
        if (waiting.connection !== undefined) waiting.connection.abort(receiver);
        else {
          const index = this.#waiting.indexOf(waiting);
          if (index !== -1) this.#waiting.splice(index, 1);
        }
      },
    };
  }

  get isIdle(): boolean {
    return this.#open.size === this.#idle.length && this.#waiting.length === 0;
  }

  sweep(): void {
    const now = performance.now();
    for (const connection of this.#idle.filter((each) => !each.isKept(now))) connection.destroy();
  }

  close(): void {
    for (const { receiver } of this.#waiting.splice(0))
      receiver.fail(new Error("the router stops"));
    for (const connection of this.#open) connection.destroy();
  }

  free(connection: HttpConnection): void {
    if (!connection.isKept(performance.now())) {
      connection.destroy();
      return;
    }
    const next = this.#waiting.findIndex(({ message }) => !message.fresh);
    if (next !== -1) this.#over(connection, this.#waiting.splice(next, 1)[0]!);
    else if (this.#waiting.length === 0) this.#idle.push(connection);
    // Who waits wants a new one, for which it makes room.
    else connection.destroy();
  }

  gone(connection: HttpConnection): void {
    this.#open.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    const next = this.#waiting.shift();
    if (next !== undefined) this.#over(this.#connect(), next);
  }

  #known(): HttpConnection | undefined {
    const now = performance.now();
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined || connection.isKept(now)) return connection;
      connection.destroy();
    }
  }

  #connect(): HttpConnection {
    const connection = new HttpConnection(this.#address, this);
    this.#open.add(connection);
    return connection;
  }

  #over(connection: HttpConnection, waiting: Waiting): void {
    const { message, receiver } = waiting;
    waiting.connection = connection;
    let head = this.#head;
    for (const name in message.headers) head += `${name}: ${message.headers[name]}\r\n`;
    const length = Buffer.byteLength(message.body);
    connection.send(`${head}content-length: ${length}\r\n\r\n${message.body}`, receiver);
  }
}
