import type { Kysely } from "kysely";

/** Invented parcels are marked; what was there before stands for a real one unless it is loaded again. */
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .alterTable("parcel")
    .addColumn("synthetic", "boolean", (column) => column.notNull().defaultTo(false))
    .execute();
}
