import { type Kysely, sql } from "kysely";
import { CompactRange } from "./compact-range.ts";
import { HASH_BYTES, splitHashes } from "./node-hash.ts";

/** The log's end, as kept in the one row that whoever appends has locked. */
export interface Head {
  readonly size: number;
  readonly root: Buffer;
  readonly range: CompactRange;
  /** Leaf hashes that fill no tile yet. */
  readonly tail: readonly Buffer[];
}

interface HeadRow {
  size: number;
  root: Buffer;
  range: Buffer;
  tail: Buffer;
}

/** Reads the head; with `lock`, whoever else wants to append waits until this transaction ends. */
export async function readHead(db: Kysely<any>, options: { lock?: boolean } = {}): Promise<Head> {
  const { rows } = await sql<HeadRow>`
    select size, root, range, tail from audit_head where id = 1
    ${options.lock === true ? sql`for update` : sql``}`.execute(db);
  const { size, root, range, tail } = rows[0]!;
  const head = {
    size,
    root,
    range: new CompactRange(size, splitHashes(range)),
    tail: splitHashes(tail),
  };
  if (!root.equals(head.range.root()) || range.length !== HASH_BYTES * bits(size))
    throw new Error(
      `the head of the log is damaged: its parts do not give its root (size ${size})`,
    );
  return head;
}

export async function writeHead(
  db: Kysely<any>,
  range: CompactRange,
  tail: readonly Buffer[],
): Promise<void> {
  await db
    .updateTable("audit_head")
    .set({
      size: range.size,
      root: range.root(),
      range: Buffer.concat(range.hashes),
      tail: Buffer.concat(tail),
    })
    .where("id", "=", 1)
    .execute();
}

function bits(size: number): number {
  return size.toString(2).replaceAll("0", "").length;
}
