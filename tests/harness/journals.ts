import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A line of a subgraph's journal: one operation that the router asked it. */
export interface JournalLine {
  requestId: string;
  system: string;
  purpose: string;
  rows: number;
  statements: number;
  code: string | null;
}

/** The journals and logs under a platform's data folder. A line stands there before its request's answer leaves. */
export class Journals {
  readonly #data: string;

  constructor(data: string) {
    this.#data = data;
  }

  /** What subgraphs did for one request, by subgraph; those that were not asked are left out. */
  linesOf(requestId: string): Record<string, JournalLine[]> {
    const subgraphs = readdirSync(join(this.#data, "journal"));
    const found = subgraphs.toSorted().map((subgraph): [string, JournalLine[]] => {
      const lines = this.#lines(subgraph).map((line) => JSON.parse(line) as JournalLine);
      return [subgraph, lines.filter((line) => line.requestId === requestId)];
    });
    return Object.fromEntries(found.filter(([, lines]) => lines.length > 0));
  }

  /** Every SQL statement run for one request, counted by subgraph. */
  statementsOf(requestId: string): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.linesOf(requestId)).map(([subgraph, lines]) => [
        subgraph,
        lines.reduce((sum, { statements }) => sum + statements, 0),
      ]),
    );
  }

  /** All that router, authority and subgraphs have written, journals and logs, by file. */
  texts(): Record<string, string> {
    const files = ["journal", "log"].flatMap((folder) =>
      readdirSync(join(this.#data, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name)),
    );
    return Object.fromEntries(
      files.map((file) => [file.slice(this.#data.length + 1), readFileSync(file, "utf8")]),
    );
  }

  #lines(name: string): string[] {
    const folder = join(this.#data, "journal", name);
    return readdirSync(folder)
      .filter((file) => file.endsWith(".jsonl"))
      .toSorted()
      .flatMap((file) => readFileSync(join(folder, file), "utf8").split("\n"))
      .filter((line) => line !== "");
  }
}
