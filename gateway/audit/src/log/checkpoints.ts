import { type Kysely, sql } from "kysely";
import type { CheckpointSigner } from "./checkpoint-signer.ts";
import { readHead } from "./tree/head.ts";

/** Checkpoints younger than this are all kept; of older ones the last of each stretch of {@link KEPT_STRETCH}. */
const ALL_KEPT = "1 day";
const KEPT_STRETCH = "10 minutes";

/** Listed with one statement. */
const PAGE = 1_000;

export interface Checkpoint {
  readonly size: number;
  readonly note: string;
}

/**
 * What is signed (c2sp.org/tlog-checkpoint): origin, size, root, and a line that says when.
 * @param time not before that of any earlier checkpoint
 */
export function checkpointText(origin: string, size: number, root: Buffer, time: Date): string {
  return `${origin}\n${size}\n${root.toString("base64")}\ntime ${time.toISOString()}\n`;
}

/** The log's checkpoints, as they are kept. */
export class Checkpoints {
  readonly #db: Kysely<any>;
  readonly #origin: string;
  readonly #signer: CheckpointSigner;
  readonly #now: () => Date;

  constructor(db: Kysely<any>, origin: string, signer: CheckpointSigner, now: () => Date) {
    this.#db = db;
    this.#origin = origin;
    this.#signer = signer;
    this.#now = now;
  }

  /**
   * Signs what is committed, unless there is a checkpoint of that size or the log is empty. Several processes may do
   * so: they sign the same tree, and the first one's note is kept.
   * @throws an error when the log ends before a checkpoint, or is another one: the database was set back
   */
  async issue(): Promise<void> {
    // In a transaction of its own: what it reads has been committed.
    const { size, root } = await readHead(this.#db);
    const newest = await this.#newest();
    if (newest !== undefined && newest.size > size)
      throw new Error(`the log ends at ${size}, before its newest checkpoint (${newest.size})`);
    if (newest?.size === size && newest.note.split("\n")[2] !== root.toString("base64"))
      throw new Error(`the log of ${size} is not what its checkpoint says`);
    if (size === 0 || newest?.size === size) return;
    // A clock that was set back does not make a larger tree look older.
    const at = new Date(Math.max(this.#now().getTime(), newest?.at.getTime() ?? 0));
    const note = this.#signer.sign(checkpointText(this.#origin, size, root, at));
    await this.#db
      .insertInto("audit_checkpoint")
      .values({ size, at, note })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  async newest(): Promise<Checkpoint | undefined> {
    return await this.#newest();
  }

  async ofSize(size: number): Promise<Checkpoint | undefined> {
    return await this.#db
      .selectFrom("audit_checkpoint")
      .select(["size", "note"])
      .where("size", "=", size)
      .executeTakeFirst();
  }

  /** Those kept of sizes from `from` to `to`, both included, smallest first. */
  async *list(from: number, to: number): AsyncIterable<Checkpoint> {
    for (let next = from; ;) {
      const page: Checkpoint[] = await this.#db
        .selectFrom("audit_checkpoint")
        .select(["size", "note"])
        .where("size", ">=", next)
        .where("size", "<=", to)
        .orderBy("size")
        .limit(PAGE)
        .execute();
      yield* page;
      if (page.length < PAGE) return;
      next = page.at(-1)!.size + 1;
    }
  }

  /** Removes what is old and lies close to a later one. */
  async thin(): Promise<void> {
    await sql`
      delete from audit_checkpoint where size in (
        select size from (
          select size, row_number() over (
            partition by date_bin(${KEPT_STRETCH}::interval, at, 'epoch'::timestamptz)
            order by size desc
          ) as place
          from audit_checkpoint
          where at < ${this.#now()}::timestamptz - ${ALL_KEPT}::interval
        ) old
        where place > 1
      )
      and size < (select max(size) from audit_checkpoint)`.execute(this.#db);
  }

  async #newest(): Promise<(Checkpoint & { at: Date }) | undefined> {
    return await this.#db
      .selectFrom("audit_checkpoint")
      .select(["size", "at", "note"])
      .orderBy("size", "desc")
      .limit(1)
      .executeTakeFirst();
  }
}
