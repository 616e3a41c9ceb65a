import { bytesOf } from "./checkpoint.ts";
import { HASH_BYTES } from "./tree.ts";

/** A line of order.jsonl: records that a router process wrote at one time, and where they stand in the log. */
export interface Batch {
  readonly position: number;
  readonly router: string;
  /** Sequence of its first record. */
  readonly first: number;
  readonly count: number;
  /** Milliseconds since the epoch, by the router's clock. */
  readonly written: number;
  /** The router's chain after the last of its records. */
  readonly chain: Buffer;
}

/** What no router writes at one time. */
const MAX_COUNT = 10_000;

/** Undefined where the line is none. */
export function parseBatch(line: string): Batch | undefined {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { position, router, first, count, written, chain } = value;
  if (!Number.isSafeInteger(position) || !Number.isSafeInteger(first)) return undefined;
  if (!Number.isSafeInteger(count) || (count as number) < 1 || (count as number) > MAX_COUNT)
    return undefined;
  if (typeof router !== "string" || typeof written !== "string" || typeof chain !== "string")
    return undefined;
  const time = Date.parse(written);
  const bytes = bytesOf(chain);
  if (Number.isNaN(time) || bytes?.length !== HASH_BYTES) return undefined;
  return {
    position: position as number,
    router,
    first: first as number,
    count: count as number,
    written: time,
    chain: bytes,
  };
}
