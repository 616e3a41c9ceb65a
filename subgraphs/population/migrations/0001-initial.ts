import type { CreateTableBuilder, Kysely } from "kysely";
import { ascii, text } from "./text.ts";

type Dialect = "postgres" | "mariadb";
type AnyDatabase = Kysely<any>;

/** People, their residences, relatives, marriages and households. */
export async function up(db: AnyDatabase, dialect: Dialect): Promise<void> {
  await createCitizen(db, dialect);
  await createResidence(db, dialect);
  await createRelations(db, dialect);
  await createHouseholds(db, dialect);
}

/** Starts a table whose columns are not followed by their types. */
function startTable(db: AnyDatabase, name: string): CreateTableBuilder<string, string> {
  return db.schema.createTable(name) as CreateTableBuilder<string, string>;
}

/** Adds a place's four columns: commune code, the day on which it was meant, province of today, address line. */
function withPlace(
  table: CreateTableBuilder<string, string>,
  prefix: string,
  dialect: Dialect,
): CreateTableBuilder<string, string> {
  return table
    .addColumn(`${prefix}_commune`, ascii(dialect, 5))
    .addColumn(`${prefix}_as_of`, "date")
    .addColumn(`${prefix}_province`, ascii(dialect, 2))
    .addColumn(`${prefix}_line`, text(dialect, 300));
}

async function createCitizen(db: AnyDatabase, dialect: Dialect): Promise<void> {
  const identity = startTable(db, "citizen")
    .addColumn("pin", ascii(dialect, 12), (column) => column.primaryKey())
    // What a cursor holds: it tells nothing of the person, where the number or a name would.
    .addColumn("record_number", "bigint", (column) =>
      dialect === "postgres"
        ? column.notNull().generatedByDefaultAsIdentity()
        : column.notNull().autoIncrement(),
    )
    .addColumn("synthetic", "boolean", (column) => column.notNull())
    .addColumn("full_name", text(dialect, 200), (column) => column.notNull())
    .addColumn("family_name", text(dialect, 60), (column) => column.notNull())
    .addColumn("middle_name", text(dialect, 100), (column) => column.notNull())
    .addColumn("given_name", text(dialect, 60), (column) => column.notNull())
    .addColumn("other_name", text(dialect, 200))
    .addColumn("full_name_search", text(dialect, 200), (column) => column.notNull())
    .addColumn("short_name_search", text(dialect, 120), (column) => column.notNull())
    .addColumn("given_name_search", text(dialect, 60), (column) => column.notNull())
    .addColumn("given_name_sort", ascii(dialect, 500), (column) => column.notNull())
    .addColumn("middle_name_sort", ascii(dialect, 800), (column) => column.notNull())
    .addColumn("family_name_sort", ascii(dialect, 500), (column) => column.notNull())
    .addColumn("sex", ascii(dialect, 6), (column) => column.notNull())
    .addColumn("birth_date", "date", (column) => column.notNull())
    .addColumn("ethnicity", text(dialect, 60))
    .addColumn("religion", text(dialect, 60))
    .addColumn("nationality", text(dialect, 60))
    .addColumn("blood_group", text(dialect, 8))
    .addColumn("card_number", ascii(dialect, 20))
    .addColumn("card_issued", "date")
    .addColumn("card_expires", "date")
    .addColumn("marital_status", ascii(dialect, 10))
    .addColumn("death_date", "date")
    .addColumn("missing_since", "date")
    .addColumn("phone", ascii(dialect, 20))
    .addColumn("email", text(dialect, 254))
    // The residence that limits by province and searches by commune go by.
    .addColumn("residence_commune", ascii(dialect, 5))
    .addColumn("residence_as_of", "date")
    .addColumn("residence_province", ascii(dialect, 2))
    .addUniqueConstraint("citizen_record_number", ["record_number"]);
  const places = ["birth_place", "birth_registration", "native_place"];
  await places.reduce((table, prefix) => withPlace(table, prefix, dialect), identity).execute();
  await db.schema
    .createIndex("citizen_full_name")
    .on("citizen")
    .columns(["full_name_search", "birth_date"])
    .execute();
  await db.schema
    .createIndex("citizen_short_name")
    .on("citizen")
    .columns(["short_name_search", "birth_date"])
    .execute();
  await db.schema
    .createIndex("citizen_birth_date")
    .on("citizen")
    .columns(["birth_date", "residence_province"])
    .execute();
  await db.schema
    .createIndex("citizen_commune")
    .on("citizen")
    .columns(["residence_commune", "birth_date"])
    .execute();
}

async function createResidence(db: AnyDatabase, dialect: Dialect): Promise<void> {
  await withPlace(
    startTable(db, "residence")
      .addColumn("pin", ascii(dialect, 12), (column) => column.notNull())
      .addColumn("kind", ascii(dialect, 10), (column) => column.notNull())
      .addColumn("valid_from", "date", (column) => column.notNull())
      .addColumn("valid_to", "date"),
    "place",
    dialect,
  )
    .addPrimaryKeyConstraint("residence_key", ["pin", "kind", "valid_from"])
    .execute();
}

async function createRelations(db: AnyDatabase, dialect: Dialect): Promise<void> {
  await db.schema
    .createTable("family_relation")
    .addColumn("pin", ascii(dialect, 12), (column) => column.notNull())
    .addColumn("relation", ascii(dialect, 20), (column) => column.notNull())
    .addColumn("relative", ascii(dialect, 12), (column) => column.notNull())
    .addPrimaryKeyConstraint("family_relation_key", ["pin", "relation"])
    .execute();
  await db.schema
    .createIndex("family_relation_relative")
    .on("family_relation")
    .columns(["relative", "relation"])
    .execute();
  await db.schema
    .createTable("marriage")
    .addColumn("pin", ascii(dialect, 12), (column) => column.notNull())
    .addColumn("valid_from", "date", (column) => column.notNull())
    .addColumn("valid_to", "date")
    .addColumn("spouse", ascii(dialect, 12), (column) => column.notNull())
    .addPrimaryKeyConstraint("marriage_key", ["pin", "valid_from"])
    .execute();
}

async function createHouseholds(db: AnyDatabase, dialect: Dialect): Promise<void> {
  await withPlace(
    startTable(db, "household")
      .addColumn("number", ascii(dialect, 20), (column) => column.primaryKey())
      .addColumn("synthetic", "boolean", (column) => column.notNull())
      .addColumn("head", ascii(dialect, 12), (column) => column.notNull()),
    "place",
    dialect,
  ).execute();
  await db.schema
    .createTable("household_member")
    .addColumn("household", ascii(dialect, 20), (column) => column.notNull())
    .addColumn("pin", ascii(dialect, 12), (column) => column.notNull())
    .addColumn("relation", ascii(dialect, 12), (column) => column.notNull())
    .addColumn("valid_from", "date", (column) => column.notNull())
    .addColumn("valid_to", "date")
    .addPrimaryKeyConstraint("household_member_key", ["household", "pin", "valid_from"])
    .execute();
  await db.schema
    .createIndex("household_member_pin")
    .on("household_member")
    .columns(["pin", "household"])
    .execute();
}
