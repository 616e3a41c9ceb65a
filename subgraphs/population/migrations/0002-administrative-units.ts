import type { Kysely } from "kysely";
import { ascii, text } from "./text.ts";

/** Administrative units of every era, and which units of today took a former one over. */
export async function up(db: Kysely<any>, dialect: "postgres" | "mariadb"): Promise<void> {
  await db.schema
    .createTable("administrative_unit")
    .addColumn("code", ascii(dialect, 5), (column) => column.notNull())
    // 1000-01-01 where the beginning lies before the register's records: a key column cannot be null.
    .addColumn("valid_from", "date", (column) => column.notNull())
    .addColumn("valid_to", "date")
    .addColumn("level", ascii(dialect, 8), (column) => column.notNull())
    .addColumn("name", text(dialect, 100), (column) => column.notNull())
    .addColumn("name_search", text(dialect, 100), (column) => column.notNull())
    .addColumn("name_sort", ascii(dialect, 800), (column) => column.notNull())
    .addColumn("parent", ascii(dialect, 5))
    .addPrimaryKeyConstraint("administrative_unit_key", ["code", "valid_from"])
    .execute();
  const index = (name: string, columns: string[]) =>
    db.schema.createIndex(name).on("administrative_unit").columns(columns).execute();
  await index("administrative_unit_name", ["name_search"]);
  await index("administrative_unit_sort", ["name_sort", "code"]);
  await index("administrative_unit_level", ["level", "name_sort", "code"]);
  await index("administrative_unit_parent", ["parent", "name_sort", "code"]);

  await db.schema
    .createTable("administrative_unit_successor")
    .addColumn("code", ascii(dialect, 5), (column) => column.notNull())
    .addColumn("valid_from", "date", (column) => column.notNull())
    .addColumn("successor", ascii(dialect, 5), (column) => column.notNull())
    .addPrimaryKeyConstraint("administrative_unit_successor_key", [
      "code",
      "valid_from",
      "successor",
    ])
    .execute();
  await db.schema
    .createIndex("administrative_unit_successor_successor")
    .on("administrative_unit_successor")
    .columns(["successor"])
    .execute();
}
