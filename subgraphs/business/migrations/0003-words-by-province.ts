import type { Kysely } from "kysely";

/** Callers limited to a province search for names there only: the index by word alone would lead to those of the whole country. */
// oxlint-disable-next-line typescript/no-explicit-any -- a migration describes tables the code's types do not know
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .createIndex("company_name_word_province")
    .on("company_name_word")
    .columns(["province", "word", "name_sort", "company"])
    .execute();
}
