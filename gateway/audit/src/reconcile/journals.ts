import * as z from "zod";
import type { JournalFile } from "./journal-files.ts";
import type { JournalledRead, UnreadableRead } from "./read.ts";
import { linesOf, parsed } from "./json-lines.ts";

/** What the router keeps in a journal of its own is no subgraph's. */
export const ROUTER = "router";

/** A line of a subgraph's journal (shared/service); more may stand in it. */
const Line = z.object({
  time: z.iso.datetime(),
  requestId: z.string(),
  operationDigest: z.string().nullable(),
  system: z.string().nullable(),
  purpose: z.string().nullable(),
  actor: z.string().nullable(),
  caseReference: z.string().nullable(),
  rows: z.number(),
});

/** The subgraphs' journals, read day by day. */
export class Journals {
  /** The subgraphs that have one. */
  readonly subgraphs: ReadonlySet<string>;
  readonly #files: readonly JournalFile[];

  /** @param files by day; those of routers, and of journals that are no subgraph's, are passed over */
  constructor(files: readonly JournalFile[]) {
    this.#files = files.filter(({ name }) => name !== ROUTER);
    this.subgraphs = new Set(this.#files.map(({ name }) => name));
  }

  /** `yyyy-mm-dd`; undefined where there is no file. */
  get firstDay(): string | undefined {
    return this.#files[0]?.day;
  }

  /** What the files of one day say. @param day `yyyy-mm-dd` */
  async *reads(
    day: string,
    onUnreadable: (what: UnreadableRead) => void,
  ): AsyncGenerator<JournalledRead> {
    for (const { path, name } of this.#files.filter((file) => file.day === day)) {
      let number = 0;
      for await (const text of linesOf(path)) {
        number += 1;
        const value = parsed(text);
        if (isOfAnotherKind(value)) continue;
        const { data: line } = Line.safeParse(value);
        if (line === undefined) {
          onUnreadable({ where: `line ${number} of ${path}`, reason: "the line is no journal's" });
          continue;
        }
        yield {
          subgraph: name,
          id: line.requestId,
          time: Date.parse(line.time),
          circumstances: {
            system: line.system,
            purpose: line.purpose,
            actor: line.actor,
            case: line.caseReference,
            operation: line.operationDigest,
          },
          rows: line.rows,
        };
      }
    }
  }
}

/** An authority's journal of orders lies beside its subgraph's. */
function isOfAnotherKind(value: unknown): boolean {
  return typeof value === "object" && value !== null && !("requestId" in value);
}
