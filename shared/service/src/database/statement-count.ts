import { AsyncLocalStorage } from "node:async_hooks";

/** What one operation made the database do. */
export interface DatabaseUse {
  statements: number;
  /** Entity rows that statements outside of loaders brought; loaders count their own (see operation-reader.ts). */
  rows: number;
}

/** Who is told of the statements that run for it, and may refuse them. */
export interface StatementObserver {
  /** A statement is made ready. @throws what its caller gets instead of an answer */
  prepared?(): void;
  /** A statement that may have waited long for a connection is about to be sent. @throws as above */
  sending?(): void;
  /** Whether its statements come again and again with other parameters, so that preparing them pays. */
  readonly repeats?: boolean;
  answered(): void;
  rows(count: number): void;
}

const storage = new AsyncLocalStorage<StatementObserver>();

/** Runs a function whose statements, however deep and late, are told to an observer. */
export function observing<T>(observer: StatementObserver, run: () => T): T {
  return storage.run(observer, run);
}

/**
 * Runs a function on nobody's behalf. What lives longer than an operation is made so, connections above all: a socket
 * keeps the asynchronous context it was opened in, and with it all that the operation has read.
 */
export function unobserved<T>(run: () => T): T {
  return storage.exit(run);
}

/** Whose statements are being made: of the asynchronous context that asks. */
export function observer(): StatementObserver | undefined {
  return storage.getStore();
}

/** Whether a statement only reads, and may be left out; a transaction must be ended whatever happens. */
export function isReading(sql: string): boolean {
  return /^\s*(select|with)\b/i.test(sql);
}
