import { AuditContext, AuditRecord, contextDigest } from "@truc/contracts";
import * as z from "zod";
import type { JournalFile } from "./journal-files.ts";
import { type RecordedRead, recordedRead, type UnreadableRead } from "./read.ts";
import { LATEST_MS, type RecordSource, type Stretch } from "./record-source.ts";
import { linesOf, parsed } from "./json-lines.ts";

/** A batch as a router that keeps its records in a journal writes it. */
const Batch = z.object({
  router: z.string(),
  first: z.int().min(1),
  written: z.iso.datetime(),
  contexts: z.array(z.string()),
  records: z.array(z.string()),
});

const DAY_MS = 24 * 3_600_000;

/** Records of routers that keep them in journals instead of a database. */
export class RouterJournalSource implements RecordSource {
  readonly isLive = true;
  readonly #files: readonly JournalFile[];

  /** @param files of journals called `router`, by day */
  constructor(files: readonly JournalFile[]) {
    this.#files = files;
  }

  async extent(): Promise<Stretch | undefined> {
    const [first] = this.#files;
    if (first === undefined) return undefined;
    return { from: Date.parse(first.day) - LATEST_MS, to: Date.now() };
  }

  async *reads(
    { from, to }: Stretch,
    onUnreadable: (what: UnreadableRead) => void,
  ): AsyncGenerator<RecordedRead> {
    const days = [from - DAY_MS, to + DAY_MS].map((time) =>
      new Date(time).toISOString().slice(0, 10),
    );
    const files = this.#files.filter(({ day }) => day >= days[0]! && day <= days[1]!);
    // A disk that was full may have left a batch twice.
    const seen = new Set<string>();
    for (const { path } of files) {
      const contexts = new Map<string, AuditContext>();
      let number = 0;
      for await (const text of linesOf(path)) {
        number += 1;
        const value = parsed(text);
        if (typeof value === "object" && value !== null && "refusals" in value) continue;
        const { data: batch } = Batch.safeParse(value);
        if (batch === undefined) {
          onUnreadable({ where: `line ${number} of ${path}`, reason: "the line is no batch" });
          continue;
        }
        for (const context of batch.contexts) {
          const { data } = AuditContext.safeParse(parsed(context));
          if (data !== undefined) contexts.set(contextDigest(context), data);
        }
        const key = `${batch.router} ${batch.first}`;
        if (seen.has(key)) continue;
        seen.add(key);
        for (const [index, line] of batch.records.entries()) {
          const { data: record } = AuditRecord.safeParse(parsed(line));
          if (record === undefined) {
            const where = `record ${batch.first + index} of router ${batch.router}`;
            onUnreadable({ where, reason: "the line is no record" });
            continue;
          }
          const read = recordedRead(record, contexts.get(record.context));
          if (read !== undefined && read.arrived >= from && read.arrived < to) yield read;
        }
      }
    }
  }
}
