import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bytesOf } from "./checkpoint.ts";
import { CompactRange, HASH_BYTES } from "./tree.ts";

/** How far a router process had come: the sequence of its next record, and its chain before that. */
export interface RouterState {
  readonly next: number;
  readonly chain: Buffer;
}

/** segment.json: which part of the log the folder holds, and how the log stood where it begins. */
export interface SegmentHead {
  readonly origin: string;
  /** First position, and the one after the last. */
  readonly from: number;
  readonly to: number;
  /** The tree of the first `from` records. */
  readonly left: CompactRange;
  readonly routers: ReadonlyMap<string, RouterState>;
}

/** Names of a segment's files. */
export const SEGMENT_FILES = {
  head: "segment.json",
  records: "records.jsonl",
  order: "order.jsonl",
  contexts: "contexts.jsonl",
  checkpoints: "checkpoints.jsonl",
  leaves: "leaves.jsonl",
} as const;

/** The folder is no segment that can be read; the message goes on behind a colon. */
export class NoSegment extends Error {}

/** @throws NoSegment */
export function readSegmentHead(folder: string): SegmentHead {
  const path = join(folder, SEGMENT_FILES.head);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new NoSegment((error as Error).message);
  }
  const head = parseHead(text);
  if (head === undefined)
    throw new NoSegment(`${SEGMENT_FILES.head} describes no segment of format 1`);
  return head;
}

function parseHead(text: string): SegmentHead | undefined {
  try {
    const { format, origin, from, to, left, routers } = JSON.parse(text) as Record<string, unknown>;
    if (format !== 1 || typeof origin !== "string") return undefined;
    if (!isPlace(from) || !isPlace(to) || to < from) return undefined;
    if (!Array.isArray(left) || !isObject(routers)) return undefined;
    return {
      origin,
      from,
      to,
      left: CompactRange.ofSize(from, left.map(hashOf)),
      routers: new Map(Object.entries(routers).map(([id, state]) => [id, stateOf(state)])),
    };
  } catch {
    return undefined;
  }
}

function stateOf(value: unknown): RouterState {
  const { next, chain } = value as Record<string, unknown>;
  if (!isPlace(next) || next < 1) throw new RangeError("no sequence");
  return { next, chain: hashOf(chain) };
}

/** @throws RangeError where it is no hash in base64 */
function hashOf(value: unknown): Buffer {
  const bytes = typeof value === "string" ? bytesOf(value) : undefined;
  if (bytes?.length !== HASH_BYTES) throw new RangeError("no hash");
  return bytes;
}

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
