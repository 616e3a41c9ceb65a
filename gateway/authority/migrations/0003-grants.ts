import type { CreateTableBuilder, Kysely } from "kysely";

const ID = "varchar(64)";
const PERSON = "varchar(36)";
const GRANT = "varchar(36)";
/** SHA-256 in lower-case hexadecimal. */
const HASH = "varchar(64)";

/**
 * Grants that are asked for and decided: the terms of each, the decision on every scope, amendments, registered
 * operations and who approved them; who has suspended what; and the history of every change.
 */
export async function up(db: Kysely<any>): Promise<void> {
  await extendGrants(db);
  await createAmendments(db);
  await createOperations(db);
  await createSuspensions(db);
  await createHistory(db);
}

function table(db: Kysely<any>, name: string): CreateTableBuilder<string, never> {
  return db.schema.createTable(name);
}

/** Grants there were before count as approved, and without limits. */
async function extendGrants(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable("grant_").addColumn("terms", "text").execute();
  await db.schema.alterTable("grant_").addColumn("requested_by", PERSON).execute();
  await db.schema.alterTable("grant_").addColumn("requested_at", "bigint").execute();
  await db.schema.alterTable("grant_").addColumn("reason", "text").execute();
  await db.schema
    .alterTable("grant_scope")
    .addColumn("decision", "varchar(16)", (column) => column.notNull().defaultTo("approved"))
    .execute();
  await db.schema.alterTable("grant_scope").addColumn("decided_by", PERSON).execute();
  await db.schema.alterTable("grant_scope").addColumn("decided_at", "bigint").execute();
  await db.schema.alterTable("grant_scope").addColumn("reason", "text").execute();
}

/** What is asked for beyond a live grant; until it is approved, the grant stands as it is. */
async function createAmendments(db: Kysely<any>): Promise<void> {
  // `open` is 1 until the amendment is decided and null from then on: one open amendment a grant.
  await table(db, "amendment")
    .addColumn("id", GRANT, (column) => column.primaryKey())
    .addColumn("grant_id", GRANT, (column) => column.notNull())
    .addColumn("status", "varchar(16)", (column) => column.notNull())
    .addColumn("open", "integer")
    .addColumn("terms", "text", (column) => column.notNull())
    .addColumn("valid_until", "date", (column) => column.notNull())
    .addColumn("requested_by", PERSON, (column) => column.notNull())
    .addColumn("requested_at", "bigint", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addUniqueConstraint("amendment_open", ["grant_id", "open"])
    .addForeignKeyConstraint("amendment_grant", ["grant_id"], "grant_", ["id"])
    .execute();
  await table(db, "amendment_scope")
    .addColumn("amendment", GRANT, (column) => column.notNull())
    .addColumn("scope", ID, (column) => column.notNull())
    .addColumn("decision", "varchar(16)", (column) => column.notNull())
    .addColumn("decided_by", PERSON)
    .addColumn("decided_at", "bigint")
    .addColumn("reason", "text")
    .addPrimaryKeyConstraint("amendment_scope_pk", ["amendment", "scope"])
    .addForeignKeyConstraint("amendment_scope_amendment", ["amendment"], "amendment", ["id"])
    .addForeignKeyConstraint("amendment_scope_scope", ["scope"], "scope", ["name"])
    .execute();
}

async function createOperations(db: Kysely<any>): Promise<void> {
  await table(db, "registered_operation")
    .addColumn("agency", ID, (column) => column.notNull())
    .addColumn("hash", HASH, (column) => column.notNull())
    .addColumn("name", "varchar(200)", (column) => column.notNull())
    .addColumn("text", "text", (column) => column.notNull())
    .addColumn("registered_by", PERSON, (column) => column.notNull())
    .addColumn("registered_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("registered_operation_pk", ["agency", "hash"])
    .addForeignKeyConstraint("registered_operation_agency", ["agency"], "agency", ["id"])
    .execute();
  // Each owner of a grant's scopes has a say of its own.
  await table(db, "grant_operation")
    .addColumn("grant_id", GRANT, (column) => column.notNull())
    .addColumn("hash", HASH, (column) => column.notNull())
    .addColumn("owner", ID, (column) => column.notNull())
    .addColumn("decision", "varchar(16)", (column) => column.notNull())
    .addColumn("decided_by", PERSON, (column) => column.notNull())
    .addColumn("decided_at", "bigint", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("grant_operation_pk", ["grant_id", "hash", "owner"])
    .addForeignKeyConstraint("grant_operation_grant", ["grant_id"], "grant_", ["id"])
    .addForeignKeyConstraint("grant_operation_owner", ["owner"], "agency", ["id"])
    .execute();
}

/** Who has suspended what: it is active again when the last of them has resumed it. */
async function createSuspensions(db: Kysely<any>): Promise<void> {
  await table(db, "suspension")
    .addColumn("kind", "varchar(16)", (column) => column.notNull())
    .addColumn("id", ID, (column) => column.notNull())
    .addColumn("party", ID, (column) => column.notNull())
    .addColumn("person", PERSON, (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("suspension_pk", ["kind", "id", "party"])
    .execute();
}

/** One line for each change, numbered within the registry's revision that it made. */
async function createHistory(db: Kysely<any>): Promise<void> {
  await table(db, "history")
    .addColumn("revision", "bigint", (column) => column.notNull())
    .addColumn("line", "integer", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("person", PERSON, (column) => column.notNull())
    .addColumn("what", "varchar(32)", (column) => column.notNull())
    .addColumn("kind", "varchar(16)", (column) => column.notNull())
    .addColumn("subject", "varchar(160)", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("old_value", "text")
    .addColumn("new_value", "text")
    .addPrimaryKeyConstraint("history_pk", ["revision", "line"])
    .execute();
  await db.schema
    .createIndex("history_subject")
    .on("history")
    .columns(["kind", "subject"])
    .execute();
}
