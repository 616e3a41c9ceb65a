import type { Database } from "@truc/service";
import type { Kysely } from "kysely";

/** How far a register's database has been filled, kept in the database itself: one row in `seed_state`. */
export interface SeedState {
  seed: number;
  citizens: number;
  /** Blocks whose rows are all there; the state is written in the same transaction as the rows. */
  blocksDone: number;
  complete: boolean;
}

/** Makes the table where it is missing. */
export async function stateTable({ kysely }: Database): Promise<void> {
  await kysely.schema
    .createTable("seed_state")
    .ifNotExists()
    .addColumn("seed", "bigint", (column) => column.notNull())
    .addColumn("citizens", "integer", (column) => column.notNull())
    .addColumn("blocks_done", "integer", (column) => column.notNull())
    .addColumn("complete", "smallint", (column) => column.notNull())
    .execute();
}

/** @returns null when nothing was loaded yet */
export async function readState(kysely: Kysely<any>): Promise<SeedState | null> {
  const row = await kysely.selectFrom("seed_state").selectAll().executeTakeFirst();
  if (row === undefined) return null;
  return {
    seed: Number(row.seed),
    citizens: Number(row.citizens),
    blocksDone: Number(row.blocks_done),
    complete: Number(row.complete) === 1,
  };
}

export async function writeState(kysely: Kysely<any>, state: SeedState): Promise<void> {
  await kysely.deleteFrom("seed_state").execute();
  await kysely
    .insertInto("seed_state")
    .values({
      seed: state.seed,
      citizens: state.citizens,
      blocks_done: state.blocksDone,
      complete: state.complete ? 1 : 0,
    })
    .execute();
}
