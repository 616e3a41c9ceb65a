import type { Kysely } from "kysely";

/**
 * The register's four tables. Every row carries the current province of the insurance office that manages its person:
 * what limits by province apply to. Each index serves one access path and holds that path's order.
 */
export async function up(db: Kysely<any>): Promise<void> {
  await createProfile(db);
  await createContribution(db);
  await createBenefit(db);
  await createHealthCard(db);
}

async function createProfile(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable("profile")
    .addColumn("pin", "varchar(12)", (column) => column.notNull().primaryKey())
    // The number in use until the PIN replaced it on 2025-08-01, and its first and last day.
    .addColumn("social_insurance_number", "varchar(10)")
    .addColumn("number_from", "date")
    .addColumn("number_to", "date")
    // First day of the PIN as social insurance number.
    .addColumn("pin_from", "date")
    .addColumn("province", "varchar(2)", (column) => column.notNull())
    // The day on which the province's code was meant.
    .addColumn("province_as_of", "date", (column) => column.notNull())
    // Whether the record is invented; what hangs on a profile is invented with it.
    .addColumn("synthetic", "boolean", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("profile_by_number")
    .unique()
    .on("profile")
    .column("social_insurance_number")
    .execute();
}

async function createContribution(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable("contribution")
    .addColumn("id", "varchar(40)", (column) => column.notNull().primaryKey())
    .addColumn("pin", "varchar(12)", (column) => column.notNull())
    // Null where a person pays for himself or herself.
    .addColumn("employer", "varchar(14)")
    .addColumn("from_date", "date", (column) => column.notNull())
    .addColumn("to_date", "date")
    .addColumn("salary_base", "bigint", (column) => column.notNull())
    .addColumn("kind", "varchar(12)", (column) => column.notNull())
    .addColumn("province", "varchar(2)", (column) => column.notNull())
    .addForeignKeyConstraint("contribution_of_profile", ["pin"], "profile", ["pin"])
    .execute();
  await db.schema
    .createIndex("contribution_by_citizen")
    .on("contribution")
    .columns(["pin", "from_date", "id"])
    .execute();
  await db.schema
    .createIndex("contribution_by_employer")
    .on("contribution")
    .columns(["employer", "from_date", "id"])
    .execute();
}

async function createBenefit(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable("benefit")
    .addColumn("id", "varchar(40)", (column) => column.notNull().primaryKey())
    .addColumn("pin", "varchar(12)", (column) => column.notNull())
    .addColumn("kind", "varchar(12)", (column) => column.notNull())
    .addColumn("monthly_amount", "bigint", (column) => column.notNull())
    .addColumn("from_date", "date", (column) => column.notNull())
    .addColumn("to_date", "date")
    .addColumn("province", "varchar(2)", (column) => column.notNull())
    .addForeignKeyConstraint("benefit_of_profile", ["pin"], "profile", ["pin"])
    .execute();
  await db.schema
    .createIndex("benefit_by_citizen")
    .on("benefit")
    .columns(["pin", "from_date", "id"])
    .execute();
}

async function createHealthCard(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable("health_card")
    // Type and benefit level are the number's first three characters and stored nowhere else.
    .addColumn("number", "varchar(15)", (column) => column.notNull())
    .addColumn("from_date", "date", (column) => column.notNull())
    .addColumn("to_date", "date")
    .addColumn("pin", "varchar(12)", (column) => column.notNull())
    .addColumn("clinic_code", "varchar(5)", (column) => column.notNull())
    .addColumn("clinic_name", "varchar(200)", (column) => column.notNull())
    .addColumn("five_years_from", "date")
    .addColumn("province", "varchar(2)", (column) => column.notNull())
    // A number can be issued again, for a later period.
    .addPrimaryKeyConstraint("health_card_key", ["number", "from_date"])
    .addForeignKeyConstraint("health_card_of_profile", ["pin"], "profile", ["pin"])
    .execute();
  await db.schema
    .createIndex("health_card_by_citizen")
    .on("health_card")
    .columns(["pin", "from_date"])
    .execute();
}
