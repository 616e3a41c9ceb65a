import type { CreateTableBuilder, Kysely } from "kysely";
import { addLandUseList } from "./add-land-use-list.ts";
import { landUseList2014 } from "./land-use-list-2014.ts";

/** The register's tables, with an index for every way in, and the land-use types of the law of 2013. */
export async function up(db: Kysely<any>): Promise<void> {
  await createReferenceTables(db);
  await createParcel(db);
  await createParcelUse(db);
  await createRightHolder(db);
  await createEncumbrance(db);
  await addLandUseList(db, landUseList2014);
}

/** Small tables: read whole or by key, never a person's data. */
async function createReferenceTables(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable("land_use_type")
    .addColumn("edition", "smallint", required)
    .addColumn("code", "varchar(3)", required)
    .addColumn("name", "varchar(150)", required)
    .addColumn("description", "varchar(150)", required)
    .addColumn("land_use_group", "varchar(20)", required)
    .addColumn("in_force_from", "date", required)
    .addColumn("in_force_to", "date")
    .addPrimaryKeyConstraint("land_use_type_key", ["edition", "code"])
    .execute();
  // Which communes of today lie where a code pointed to in its time; a commune of today succeeds itself.
  await db.schema
    .createTable("commune_succession")
    .addColumn("code", "varchar(5)", required)
    .addColumn("valid_from", "date", required)
    .addColumn("valid_to", "date")
    .addColumn("successor", "varchar(5)", required)
    .addPrimaryKeyConstraint("commune_succession_key", ["code", "valid_from", "successor"])
    .execute();
}

async function createParcel(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable("parcel")
    .addColumn("id", "varchar(20)", (column) => column.notNull().primaryKey())
    .addColumn("sheet", "integer", required)
    .addColumn("number", "integer", required)
    .addColumn("place_commune", "varchar(5)", required)
    .addColumn("place_as_of", "date", required)
    .addColumn("place_line", "varchar(250)", required)
    .addColumn("current_commune", "varchar(5)", required)
    .addColumn("province", "varchar(2)", required)
    .addColumn("area", "decimal(12, 1)", required)
    .addColumn("origin", "varchar(250)", required)
    .addColumn("geometry", "text", required)
    .addColumn("certificate_number", "varchar(10)")
    .addColumn("certificate_issued", "date")
    .execute();
  await index(db, "parcel", "current_commune", ["current_commune", "id"]);
  await index(db, "parcel", "current_sheet", ["current_commune", "sheet", "id"]);
  await index(db, "parcel", "recorded_commune", ["place_commune", "id"]);
  await index(db, "parcel", "recorded_sheet", ["place_commune", "sheet", "id"]);
  await db.schema
    .createIndex("parcel_by_certificate")
    .unique()
    .on("parcel")
    .column("certificate_number")
    .execute();
}

async function createParcelUse(db: Kysely<any>): Promise<void> {
  await ofParcel(db, "parcel_use")
    .addColumn("position", "smallint", required)
    .addColumn("edition", "smallint", required)
    .addColumn("code", "varchar(3)", required)
    .addColumn("area", "decimal(12, 1)", required)
    .addColumn("term", "varchar(10)", required)
    .addColumn("until", "date")
    .addPrimaryKeyConstraint("parcel_use_key", ["parcel_id", "position"])
    .addForeignKeyConstraint("parcel_use_type", ["edition", "code"], "land_use_type", [
      "edition",
      "code",
    ])
    .execute();
}

async function createRightHolder(db: Kysely<any>): Promise<void> {
  await ofParcel(db, "right_holder")
    .addColumn("id", "varchar(40)", (column) => column.notNull().primaryKey())
    .addColumn("citizen", "varchar(12)")
    .addColumn("company", "varchar(14)")
    .addColumn("name_on_certificate", "varchar(250)", required)
    // The name in its search form: no marks, lower case.
    .addColumn("name_search", "varchar(250)", required)
    .addColumn("share_numerator", "integer", required)
    .addColumn("share_denominator", "integer", required)
    .addColumn("valid_from", "date", required)
    .addColumn("valid_to", "date")
    .execute();
  await index(db, "right_holder", "parcel", ["parcel_id", "valid_from", "id"]);
  await index(db, "right_holder", "citizen", ["citizen", "valid_from", "id"]);
  await index(db, "right_holder", "company", ["company", "valid_from", "id"]);
  await index(db, "right_holder", "name", ["name_search", "parcel_id", "valid_from", "valid_to"]);
}

async function createEncumbrance(db: Kysely<any>): Promise<void> {
  await ofParcel(db, "encumbrance")
    .addColumn("id", "varchar(40)", (column) => column.notNull().primaryKey())
    .addColumn("kind", "varchar(20)", required)
    .addColumn("in_favour_of", "varchar(250)")
    .addColumn("company", "varchar(14)")
    .addColumn("amount", "bigint")
    .addColumn("note", "varchar(500)", required)
    .addColumn("valid_from", "date", required)
    .addColumn("valid_to", "date")
    .execute();
  await index(db, "encumbrance", "parcel", ["parcel_id", "valid_from", "id"]);
}

/** A table of facts about a parcel: each row repeats the parcel's current province, by which a caller may be limited. */
function ofParcel(
  db: Kysely<any>,
  table: string,
): CreateTableBuilder<string, "parcel_id" | "province"> {
  return db.schema
    .createTable(table)
    .addColumn("parcel_id", "varchar(20)", required)
    .addColumn("province", "varchar(2)", required)
    .addForeignKeyConstraint(`${table}_parcel`, ["parcel_id"], "parcel", ["id"]);
}

async function index(
  db: Kysely<any>,
  table: string,
  name: string,
  columns: string[],
): Promise<void> {
  await db.schema.createIndex(`${table}_by_${name}`).on(table).columns(columns).execute();
}

function required<B extends { notNull(): B }>(column: B): B {
  return column.notNull();
}
