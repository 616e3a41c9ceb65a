import type { AuditContext, AuditRecord } from "@truc/contracts";

/** What both sides say of a fetch: for whom, and why. */
export interface Circumstances {
  readonly system: string | null;
  readonly purpose: string | null;
  readonly actor: string | null;
  readonly case: string | null;
  /** Keyed digest of the caller's operation. */
  readonly operation: string | null;
}

/** A request that subgraphs were asked for, as the record has it. */
export interface RecordedRead {
  readonly id: string;
  /** When it arrived, and when its record was made: milliseconds since the epoch. */
  readonly arrived: number;
  readonly recorded: number;
  /** Undefined where the record points to no context that is there. */
  readonly circumstances: Circumstances | undefined;
  /** Fetches by subgraph, and those of them that gave no answer. */
  readonly asked: Readonly<Record<string, number>>;
  readonly failed: Readonly<Record<string, number>>;
}

/** An operation that a subgraph carried out, as its journal has it. */
export interface JournalledRead {
  readonly subgraph: string;
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly circumstances: Circumstances;
  readonly rows: number;
}

/** Something that cannot be read on one of the sides, and where it stands. */
export interface UnreadableRead {
  readonly where: string;
  readonly reason: string;
}

/** Undefined where the request had nothing fetched: it was refused, or the record is a further part of a request. */
export function recordedRead(
  record: AuditRecord,
  context: AuditContext | undefined,
): RecordedRead | undefined {
  if (record.asked === undefined) return undefined;
  return {
    id: record.id,
    arrived: record.time,
    recorded: record.time + record.ms,
    circumstances: context && {
      system: context.system,
      purpose: context.purpose,
      actor: record.actor ?? null,
      case: record.case ?? null,
      operation: record.operation ?? null,
    },
    asked: record.asked,
    failed: record.failed ?? {},
  };
}
