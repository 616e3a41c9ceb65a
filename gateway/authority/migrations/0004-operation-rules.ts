import type { Kysely } from "kysely";

/**
 * The rules that guard what a registered operation reads, as JSON. Null, as in all there were before, means that this is
 * not known: then every owner of a grant must have approved it.
 */
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable("registered_operation").addColumn("rules", "text").execute();
}
