import type { Kysely } from "kysely";

/** Callers limited to provinces search for holders there only: the index by name alone would lead to those of the whole country. */
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .createIndex("right_holder_by_province_and_name")
    .on("right_holder")
    .columns(["province", "name_search", "parcel_id", "valid_from", "valid_to"])
    .execute();
}
