import type { Kysely } from "kysely";
import { ascii, text } from "./column-types.ts";

type Dialect = "postgres" | "mariadb";
// A migration describes tables that its own version of the code knows nothing about.
// oxlint-disable-next-line typescript/no-explicit-any
type AnyDatabase = Kysely<any>;

/**
 * Companies and what hangs on them. Every table carries `province`, today's code of the head office's province, which
 * limits by province go by; the tables that a search reads in order also carry the company's `name_sort`.
 */
export async function up(db: AnyDatabase, dialect: Dialect): Promise<void> {
  await createCompany(db, dialect);
  await createStatusAndIndustry(db, dialect);
  await createNameWord(db, dialect);
  await createRepresentative(db, dialect);
  await createOwner(db, dialect);
  await createBranchAndChange(db, dialect);
}

/** A table of rows that belong to a company and go with it. */
function childTable(db: AnyDatabase, dialect: Dialect, name: string) {
  return db.schema
    .createTable(name)
    .addColumn("company", ascii(dialect, 10), (column) => column.notNull())
    .addColumn("province", ascii(dialect, 2), (column) => column.notNull())
    .addForeignKeyConstraint(`${name}_of_company`, ["company"], "company", ["code"], (key) =>
      key.onDelete("cascade"),
    );
}

async function createCompany(db: AnyDatabase, dialect: Dialect): Promise<void> {
  await db.schema
    .createTable("company")
    .addColumn("code", ascii(dialect, 10), (column) => column.primaryKey())
    .addColumn("synthetic", "boolean", (column) => column.notNull())
    .addColumn("name", text(dialect, 200), (column) => column.notNull())
    .addColumn("name_sort", ascii(dialect, 1800), (column) => column.notNull())
    .addColumn("foreign_name", text(dialect, 200))
    .addColumn("short_name", text(dialect, 100))
    .addColumn("kind", ascii(dialect, 30), (column) => column.notNull())
    .addColumn("status", ascii(dialect, 12), (column) => column.notNull())
    .addColumn("status_from", "date", (column) => column.notNull())
    .addColumn("registered", "date", (column) => column.notNull())
    .addColumn("charter_capital", "bigint", (column) => column.notNull())
    .addColumn("head_office_commune", ascii(dialect, 5), (column) => column.notNull())
    .addColumn("head_office_as_of", "date", (column) => column.notNull())
    .addColumn("head_office_line", text(dialect, 300), (column) => column.notNull())
    // Where the head office lies today, whatever code it was registered under: what searches and limits go by.
    .addColumn("commune", ascii(dialect, 5), (column) => column.notNull())
    .addColumn("province", ascii(dialect, 2), (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("company_commune")
    .on("company")
    .columns(["commune", "name_sort", "code"])
    .execute();
}

async function createStatusAndIndustry(db: AnyDatabase, dialect: Dialect): Promise<void> {
  await childTable(db, dialect, "company_status")
    .addColumn("valid_from", "date", (column) => column.notNull())
    .addColumn("valid_to", "date")
    .addColumn("status", ascii(dialect, 12), (column) => column.notNull())
    .addPrimaryKeyConstraint("company_status_key", ["company", "valid_from"])
    .execute();
  await childTable(db, dialect, "company_industry")
    // From 0; the line at 0 is the main one.
    .addColumn("position", "integer", (column) => column.notNull())
    .addColumn("edition", "integer", (column) => column.notNull())
    .addColumn("code", ascii(dialect, 4), (column) => column.notNull())
    .addColumn("name_sort", ascii(dialect, 1800), (column) => column.notNull())
    .addPrimaryKeyConstraint("company_industry_key", ["company", "position"])
    .execute();
  await db.schema
    .createIndex("company_industry_code")
    .on("company_industry")
    .columns(["code", "province", "name_sort", "company"])
    .execute();
}

/** The words of a company's names in search form, each once, without those of its legal form. */
async function createNameWord(db: AnyDatabase, dialect: Dialect): Promise<void> {
  await childTable(db, dialect, "company_name_word")
    .addColumn("word", ascii(dialect, 50), (column) => column.notNull())
    .addColumn("name_sort", ascii(dialect, 1800), (column) => column.notNull())
    .addPrimaryKeyConstraint("company_name_word_key", ["company", "word"])
    .execute();
  await db.schema
    .createIndex("company_name_word_word")
    .on("company_name_word")
    .columns(["word", "name_sort", "company"])
    .execute();
}

async function createRepresentative(db: AnyDatabase, dialect: Dialect): Promise<void> {
  await childTable(db, dialect, "company_representative")
    .addColumn("citizen", ascii(dialect, 12), (column) => column.notNull())
    .addColumn("name", text(dialect, 200), (column) => column.notNull())
    .addColumn("title", text(dialect, 100), (column) => column.notNull())
    .addColumn("valid_from", "date", (column) => column.notNull())
    .addColumn("valid_to", "date")
    .addPrimaryKeyConstraint("company_representative_key", ["company", "citizen", "valid_from"])
    .execute();
  await db.schema
    .createIndex("company_representative_citizen")
    .on("company_representative")
    .columns(["citizen", "company", "valid_from"])
    .execute();
}

async function createOwner(db: AnyDatabase, dialect: Dialect): Promise<void> {
  await childTable(db, dialect, "company_owner")
    .addColumn("id", ascii(dialect, 40), (column) => column.notNull())
    // Exactly one of the two is set.
    .addColumn("citizen", ascii(dialect, 12))
    .addColumn("owner_company", ascii(dialect, 10))
    .addColumn("name", text(dialect, 200), (column) => column.notNull())
    .addColumn("share_numerator", "bigint", (column) => column.notNull())
    .addColumn("share_denominator", "bigint", (column) => column.notNull())
    .addColumn("capital", "bigint", (column) => column.notNull())
    .addColumn("valid_from", "date", (column) => column.notNull())
    .addColumn("valid_to", "date")
    .addPrimaryKeyConstraint("company_owner_key", ["company", "id"])
    .execute();
  await db.schema
    .createIndex("company_owner_citizen")
    .on("company_owner")
    .columns(["citizen", "company", "valid_from"])
    .execute();
}

async function createBranchAndChange(db: AnyDatabase, dialect: Dialect): Promise<void> {
  await childTable(db, dialect, "company_branch")
    .addColumn("code", ascii(dialect, 14), (column) => column.notNull())
    .addColumn("name", text(dialect, 250), (column) => column.notNull())
    .addColumn("place_commune", ascii(dialect, 5), (column) => column.notNull())
    .addColumn("place_as_of", "date", (column) => column.notNull())
    .addColumn("place_line", text(dialect, 300), (column) => column.notNull())
    .addColumn("opened", "date", (column) => column.notNull())
    .addColumn("closed", "date")
    .addPrimaryKeyConstraint("company_branch_key", ["company", "code"])
    .execute();
  await childTable(db, dialect, "company_change")
    .addColumn("changed_on", "date", (column) => column.notNull())
    // Orders what changed on one day.
    .addColumn("position", "integer", (column) => column.notNull())
    .addColumn("kind", ascii(dialect, 20), (column) => column.notNull())
    .addColumn("before_value", text(dialect, 500))
    .addColumn("after_value", text(dialect, 500), (column) => column.notNull())
    .addPrimaryKeyConstraint("company_change_key", ["company", "changed_on", "position"])
    .execute();
}
