/** Records of one router that are kept together, all of them or none. */
export interface RecordBatch {
  /** The router process (UUID), and when it began. */
  readonly router: string;
  readonly started: Date;
  /** Sequence of its first record; a router's records count from 1 without a gap. */
  readonly first: number;
  /** First day of the month (UTC) in which it was first tried to write, `yyyy-mm-01`. */
  readonly month: string;
  /** When it was first tried to write. */
  readonly written: Date;
  /** The router's chain after the last of its records, 32 bytes. */
  readonly chain: Buffer;
  /** How many records, at least one. */
  readonly count: number;
  /** Their lines, each closed by a line feed, UTF-8. */
  readonly lines: Buffer;
  /** The contexts they point to: text by digest (base64url). */
  readonly contexts: ReadonlyMap<string, string>;
}

/** Requests that were counted instead of recorded. */
export interface RefusalCount {
  readonly router: string;
  /** The minute they came in, its first moment. */
  readonly minute: Date;
  /** `system:ID`, `address:PSEUDONYM` or `others`. */
  readonly source: string;
  readonly code: string;
  readonly count: number;
}

/** What was appended is certainly not kept, and never would be: not the store is at fault, but what it was given. */
export class NeverKept extends Error {
  override readonly name = "NeverKept";
}

/** Where records go. */
export interface RecordStore {
  /**
   * Resolves when the batch would survive the machine. Where it rejects, nobody may know whether it was kept: the caller
   * appends the same object again, before any other, until it resolves, and it is then there once.
   * @throws NeverKept where that would be in vain: the next batch may begin with the same number
   */
  append(batch: RecordBatch): Promise<void>;
  /**
   * Keeps counts. Where it rejects they may be kept all the same.
   * @param refusals at most a few hundred
   * @throws NeverKept where one of them cannot be kept; then none is
   */
  appendRefusals(refusals: readonly RefusalCount[]): Promise<void>;
  /** Whether records can be kept at the moment, as far as can be told without writing one. */
  ready(): Promise<boolean>;
  close(): Promise<void>;
}
