import type { RecordedRead, UnreadableRead } from "./read.ts";

/** Milliseconds since the epoch; without `to`. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Where records come from: the database, exported segments, or a router's journal. */
export interface RecordSource {
  /** Between which moments requests can be expected to have their records here; undefined where there are none. */
  extent(): Promise<Stretch | undefined>;
  /** Whether what is missing now may still come. */
  readonly isLive: boolean;
  /** Requests that arrived in a stretch; stretches asked for ascend, the last one may be asked for again. */
  reads(
    stretch: Stretch,
    onUnreadable: (what: UnreadableRead) => void,
  ): AsyncIterable<RecordedRead>;
}

/** How long after its arrival a request may be put on record, and how far clocks may be apart. */
export const LATEST_MS = 10 * 60_000;
