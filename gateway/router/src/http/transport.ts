/** How one HTTP message fares; called in this order, and nothing more after `end` or `fail`. */
export interface Receiver {
  /** @param itemBytes what the header ITEM_BYTES_HEADER says, where it is there */
  head(status: number, itemBytes: string | undefined): void;
  /**
   * A piece of the answer's body, which is the receiver's only while this call lasts.
   * @param last whether `end` follows at once
   */
  body(bytes: Buffer, last: boolean): void;
  end(): void;
  /** No answer, or half of one. */
  fail(error: Error): void;
}

/** A message under way. */
export interface Sending {
  /** Nobody waits for the answer any more: the connection it would have come over is closed, the receiver told nothing. */
  abort(): void;
}

/** What one message says beside what all messages to its address say. */
export interface OutgoingMessage {
  /** JSON. */
  readonly body: string;
  /** Those of this message alone. */
  readonly headers: Headers;
  /** Whether it must not travel over a connection that has been used before. */
  readonly fresh: boolean;
}

/** The way to one address. All messages are POSTs. */
export interface Transport {
  send(message: OutgoingMessage, receiver: Receiver): Sending;
  /** Whether no message is under way. */
  readonly isIdle: boolean;
  /** Closes connections that have been idle for too long. */
  sweep(): void;
  /** Closes every connection; nothing is under way any more. */
  close(): void;
}

/** Names in small letters. */
export type Headers = Readonly<Record<string, string>>;

/** Connections to one address at most. */
export const MAX_CONNECTIONS = 64;
export const CONNECT_TIMEOUT_MS = 2_000;
/** How long a connection is kept that nobody uses, unless the server says that it keeps it for less. */
export const KEEP_MS = 60_000;

/**
 * The connection was lost before a byte of the answer came, and had been used before: most likely the server closed it
 * because it was idle, while the message was on its way.
 */
export class StaleConnection extends Error {
  override readonly name = "StaleConnection";
}
