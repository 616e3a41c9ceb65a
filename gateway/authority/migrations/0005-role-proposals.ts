import type { Kysely } from "kysely";

/** Roles that one operator has proposed for a person and a second has yet to confirm: one proposal a person. */
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable("role_proposal")
    .addColumn("id", "varchar(36)", (column) => column.primaryKey())
    .addColumn("person", "varchar(36)", (column) => column.notNull().unique())
    // Both as JSON, in the form of the history's.
    .addColumn("roles", "text", (column) => column.notNull())
    .addColumn("roles_before", "text", (column) => column.notNull())
    .addColumn("proposed_by", "varchar(36)", (column) => column.notNull())
    .addColumn("proposed_at", "bigint", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addForeignKeyConstraint("role_proposal_person", ["person"], "person", ["id"])
    .execute();
}
