import type { Kysely } from "kysely";

/** Callers limited to a province read an employer's contributions there only, and a large one has them in all. */
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .createIndex("contribution_by_employer_and_province")
    .on("contribution")
    .columns(["employer", "province", "from_date", "id"])
    .execute();
}
