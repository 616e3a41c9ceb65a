import type { Kysely } from "kysely";

/** The index that the search for a clinic's cards runs along. */
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .createIndex("health_card_by_clinic")
    .on("health_card")
    .columns(["province", "clinic_code", "number", "from_date"])
    .execute();
}
