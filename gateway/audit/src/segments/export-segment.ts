import { type Database } from "@truc/service";
import { type Kysely, sql } from "kysely";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { StoredTree } from "../log/tree/stored-tree.ts";
import { perfectSubtrees } from "../log/tree/subtrees.ts";
import { RouterBook, type RouterStates, routerStatesAt } from "./router-states.ts";
import { type DigestedFile, type FileDigest, makeFolder, withFiles } from "./segment-folder.ts";
import { SegmentRefused } from "./segment-refused.ts";
import { storedBatches } from "./stored-batches.ts";

/** Positions that could not be read, both included, and why. */
export interface UnreadableStretch {
  from: number;
  to: number;
  reason: string;
}

/** `segment.json`: which part of the log the folder holds, and how the log stood where it begins. */
export interface SegmentDescription {
  readonly format: 1;
  /** The log's name. */
  readonly origin: string;
  /** First position, and the one after the last. */
  readonly from: number;
  readonly to: number;
  /** Hashes of the perfect subtrees that the tree of the first `from` leaves consists of, largest first, base64. */
  readonly left: readonly string[];
  /** How far routers were at `from`. */
  readonly routers: RouterStates;
  /** The folder's other files. */
  readonly files: Readonly<Record<string, FileDigest>>;
  /** What could not be read: its lines are empty, or not what was written; what the tree has is in leaves.jsonl. */
  readonly unreadable: readonly UnreadableStretch[];
}

/** What an export made. */
export interface ExportedSegment {
  readonly directory: string;
  readonly description: SegmentDescription;
  /** SHA-256 of segment.json, which has the digests of the other files: 32 bytes. */
  readonly digest: Buffer;
}

export interface ExportOptions {
  readonly db: Database;
  /** First position: 0, or the size of an earlier checkpoint. */
  readonly from: number;
  /** The position after the last, for which there is a checkpoint; that of the newest when left out. */
  readonly to?: number | undefined;
  /** The folder to make; nothing may be there. */
  readonly directory: string;
  /** Whose export it is, `yyyy-mm`, where it is a month's. */
  readonly month?: string | undefined;
  readonly now?: (() => Date) | undefined;
}

const FILES = [
  "records.jsonl",
  "order.jsonl",
  "contexts.jsonl",
  "checkpoints.jsonl",
  "leaves.jsonl",
] as const;
type Files = Record<(typeof FILES)[number], DigestedFile>;

const LINE_FEED = Buffer.from("\n");
const CONTEXT = /"context":"([A-Za-z0-9_-]{43})"/g;
const CONTEXTS_AT_ONCE = 500;
const CHECKPOINTS_AT_ONCE = 1_000;

/**
 * Writes a stretch of the log into a folder that can be verified by itself, and notes that it was. Reads the database
 * only, so it does not matter whether the audit process runs. Memory does not grow with the stretch, except by the
 * digests of the contexts in it. The folder is there whole or not at all.
 * @throws SegmentRefused where the stretch does not begin and end with a checkpoint, or the folder is there
 */
export async function exportSegment(options: ExportOptions): Promise<ExportedSegment> {
  const { db, from, directory, month } = options;
  const { kysely } = db;
  const last = await checkpointAt(kysely, options.to);
  const to = last.size;
  await checkBeginning(kysely, from, to);
  const routers = await routerStatesAt(kysely, from);
  const tree = new StoredTree(kysely);
  const left = await tree.hashes(perfectSubtrees({ start: 0, end: from }));
  const book = new RouterBook(routers);
  const { description, digest } = await makeFolder(directory, async (folder) => {
    const written = await withFiles(folder, FILES, async (files) => {
      const unreadable = await writeRecords(files, { db: kysely, tree, from, to, book });
      await writeCheckpoints(files, kysely, { from, last });
      return { unreadable, files: await finished(files) };
    });
    const description: SegmentDescription = {
      format: 1,
      origin: last.note.slice(0, last.note.indexOf("\n")),
      from,
      to,
      left: left.map((hash) => hash.toString("base64")),
      routers,
      ...written,
    };
    await withFiles(folder, ["segment.json"], async (files) => {
      await files["segment.json"].write(`${JSON.stringify(description, null, 2)}\n`);
      await files["segment.json"].finish();
    });
    return { description, digest: await digestOfSegment(folder) };
  });
  const lost = description.unreadable.reduce((sum, each) => sum + each.to + 1 - each.from, 0);
  await note(kysely, {
    start: from,
    stop: to,
    month: month === undefined ? null : `${month}-01`,
    note: last.note,
    routers: JSON.stringify(book.states),
    digest,
    unreadable: lost,
    exported: (options.now ?? (() => new Date()))(),
  });
  return { directory, description, digest };
}

interface NotedSegment {
  readonly start: number;
  readonly stop: number;
  readonly month: string | null;
  readonly note: string;
  readonly routers: string;
  readonly digest: Buffer;
  readonly unreadable: number;
  readonly exported: Date;
}

/** An export in which more is missing than in an earlier one does not take its place. */
async function note(db: Kysely<any>, segment: NotedSegment): Promise<void> {
  await sql`
    insert into audit_segment as noted
      (start, stop, month, note, routers, digest, unreadable, exported)
    values (${segment.start}, ${segment.stop}, ${segment.month}::date, ${segment.note},
      ${segment.routers}::jsonb, ${segment.digest}, ${segment.unreadable}, ${segment.exported})
    on conflict (start, stop) do update set
      month = coalesce(excluded.month, noted.month),
      digest = excluded.digest,
      unreadable = excluded.unreadable,
      exported = excluded.exported
    where excluded.unreadable <= noted.unreadable`.execute(db);
}

/** What tells a segment's folder from any other: SHA-256 of its segment.json. */
export async function digestOfSegment(folder: string): Promise<Buffer> {
  return createHash("sha256")
    .update(await readFile(join(folder, "segment.json")))
    .digest();
}

interface Checkpoint {
  readonly size: number;
  readonly note: string;
}

/** The checkpoint of a size, or the newest; one that an export ended with is kept with it. */
async function checkpointAt(db: Kysely<any>, size: number | undefined): Promise<Checkpoint> {
  const { rows } = await sql<Checkpoint>`
    select size, note from audit_checkpoint
    where ${size === undefined ? sql`true` : sql`size = ${size}`}
    order by size desc limit 1`.execute(db);
  if (rows[0] !== undefined) return rows[0];
  if (size === undefined) throw new SegmentRefused("The log has no checkpoint yet.");
  const kept = await sql<Checkpoint>`
    select stop as size, note from audit_segment where stop = ${size} limit 1`.execute(db);
  if (kept.rows[0] === undefined)
    throw new SegmentRefused(`There is no checkpoint of size ${size}: a segment ends with one.`);
  return kept.rows[0];
}

async function checkBeginning(db: Kysely<any>, from: number, to: number): Promise<void> {
  if (!Number.isSafeInteger(from) || from < 0)
    throw new SegmentRefused("A segment begins at position 0 or behind it.");
  if (from >= to)
    throw new SegmentRefused(
      `There is nothing to export from position ${from} on: the checkpoint that would end the segment is of ${counted(to)}.`,
    );
  const { rows } = await sql`select from audit_span where position = ${from}`.execute(db);
  if (rows.length === 0)
    throw new SegmentRefused(`Records were written together across ${from}: begin where they do.`);
}

function counted(records: number): string {
  return records === 1 ? "1 record" : `${records} records`;
}

async function writeRecords(
  files: Files,
  stretch: { db: Kysely<any>; tree: StoredTree; from: number; to: number; book: RouterBook },
): Promise<UnreadableStretch[]> {
  const { db, tree, from, to, book } = stretch;
  const unreadable: UnreadableStretch[] = [];
  const digests = new Set<string>();
  const mark = async (position: number, reason: string): Promise<void> => {
    const last = unreadable.at(-1);
    if (last?.to === position - 1 && last.reason === reason) last.to = position;
    else unreadable.push({ from: position, to: position, reason });
    const leaf = (await tree.leaves([position])).get(position);
    if (leaf !== undefined)
      await files["leaves.jsonl"].write(
        `${JSON.stringify({ position, leaf: leaf.toString("base64") })}\n`,
      );
  };
  for await (const batch of storedBatches(db, tree, from, to)) {
    const { position, router } = batch;
    if (!("lines" in batch)) {
      await files["records.jsonl"].write("\n".repeat(batch.count));
      for (let index = 0; index < batch.count; index++) await mark(position + index, batch.reason);
      continue;
    }
    const { first, lines, chain, broken } = batch;
    const text = Buffer.concat(
      lines.flatMap((line) => (line === undefined ? [LINE_FEED] : [line, LINE_FEED])),
    );
    await files["records.jsonl"].write(text);
    for (const [, digest] of text.toString("latin1").matchAll(CONTEXT)) digests.add(digest!);
    const place = { position, router, first, count: lines.length };
    const when = { written: batch.written.toISOString(), chain: chain.toString("base64") };
    await files["order.jsonl"].write(`${JSON.stringify({ ...place, ...when })}\n`);
    book.follow({ router, first, count: lines.length, chain });
    for (const [index, reason] of broken) await mark(position + index, reason);
  }
  await writeContexts(files["contexts.jsonl"], db, digests);
  return unreadable;
}

/** A text that takes several lines has no place here: whoever verifies is told that it is missing. */
async function writeContexts(
  file: DigestedFile,
  db: Kysely<any>,
  digests: ReadonlySet<string>,
): Promise<void> {
  const sorted = [...digests].toSorted();
  for (let at = 0; at < sorted.length; at += CONTEXTS_AT_ONCE) {
    const some = sorted.slice(at, at + CONTEXTS_AT_ONCE);
    const { rows } = await sql<{ text: string }>`
      select text from unnest(${some.map((digest) => Buffer.from(digest, "base64url"))}::bytea[])
        with ordinality as wanted(digest, place)
      join audit_context using (digest)
      order by place`.execute(db);
    for (const { text } of rows) if (!text.includes("\n")) await file.write(`${text}\n`);
  }
}

async function writeCheckpoints(
  files: Files,
  db: Kysely<any>,
  { from, last }: { from: number; last: Checkpoint },
): Promise<void> {
  const write = async ({ size, note }: Checkpoint): Promise<void> =>
    await files["checkpoints.jsonl"].write(`${JSON.stringify({ size, note })}\n`);
  for (let next = from; ;) {
    const { rows } = await sql<Checkpoint>`
      select size, note from audit_checkpoint where size >= ${next} and size < ${last.size}
      order by size limit ${CHECKPOINTS_AT_ONCE}`.execute(db);
    for (const row of rows) await write(row);
    if (rows.length < CHECKPOINTS_AT_ONCE) break;
    next = rows.at(-1)!.size + 1;
  }
  await write(last);
}

async function finished(files: Files): Promise<Record<string, FileDigest>> {
  const digests: Record<string, FileDigest> = {};
  for (const name of FILES) digests[name] = await files[name].finish();
  return digests;
}
