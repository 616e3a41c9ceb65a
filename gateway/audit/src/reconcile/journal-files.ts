import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";

/** A journal's file of one day (UTC). */
export interface JournalFile {
  readonly path: string;
  /** The journal's name: the subgraph's, or `router`. */
  readonly name: string;
  /** `yyyy-mm-dd`. */
  readonly day: string;
}

const FILE = /^(.+)-(\d{4}-\d{2}-\d{2})\.jsonl$/;

/** Every journal's file in folders and the folders in them, by day. */
export async function journalFilesIn(folders: readonly string[]): Promise<JournalFile[]> {
  const found: JournalFile[] = [];
  for (const folder of folders) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      const [, name, day] = FILE.exec(basename(entry.name)) ?? [];
      if (name === undefined || !entry.isFile()) continue;
      found.push({ path: join(entry.parentPath, entry.name), name, day: day! });
    }
  }
  return found.toSorted((one, other) => (one.day < other.day ? -1 : one.day > other.day ? 1 : 0));
}
