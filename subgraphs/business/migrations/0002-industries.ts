import type { Kysely } from "kysely";
import { ascii, text } from "./column-types.ts";
import { VSIC_2025 } from "./vsic-2025.ts";

/** The industry classification by edition: a code of one edition may mean something else in another. */
// oxlint-disable-next-line typescript/no-explicit-any -- a migration describes tables the code's types do not know
export async function up(db: Kysely<any>, dialect: "postgres" | "mariadb"): Promise<void> {
  await db.schema
    .createTable("industry")
    .addColumn("edition", "integer", (column) => column.notNull())
    .addColumn("code", ascii(dialect, 4), (column) => column.notNull())
    .addColumn("title", text(dialect, 300), (column) => column.notNull())
    .addPrimaryKeyConstraint("industry_key", ["edition", "code"])
    .execute();
  const classes = Object.entries(VSIC_2025).map(([code, title]) => ({
    edition: 2025,
    code,
    title,
  }));
  await db.insertInto("industry").values(classes).execute();
}
