import type { CreateTableBuilder, Kysely } from "kysely";

const ID = "varchar(64)";
const PERSON = "varchar(36)";

/**
 * The people who act here: staff with their roles, and citizens who have signed in. What a person is called in the
 * tokens of one system, where a system's sign-ins may return to, and which systems must bind their tokens to a key.
 */
export async function up(db: Kysely<any>): Promise<void> {
  await createPeople(db);
  await createSubjects(db);
  await table(db, "system_redirect_uri")
    .addColumn("system", ID, (column) => column.notNull())
    .addColumn("uri", "varchar(500)", (column) => column.notNull())
    .addPrimaryKeyConstraint("system_redirect_uri_pk", ["system", "uri"])
    .addForeignKeyConstraint("system_redirect_uri_system", ["system"], "system", ["id"])
    .execute();
  await db.schema
    .alterTable("system")
    .addColumn("dpop", "smallint", (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .alterTable("purpose")
    .addColumn("disclosure_delay_days", "integer", (column) => column.notNull().defaultTo(0))
    .execute();
}

function table(db: Kysely<any>, name: string): CreateTableBuilder<string, never> {
  return db.schema.createTable(name);
}

async function createPeople(db: Kysely<any>): Promise<void> {
  // Staff have no PIN here: what they may see of themselves is no matter of their office.
  await table(db, "person")
    .addColumn("id", PERSON, (column) => column.primaryKey())
    .addColumn("name", "varchar(200)", (column) => column.notNull())
    .addColumn("pin", "varchar(12)", (column) => column.unique())
    .addColumn("status", "varchar(16)", (column) => column.notNull())
    .execute();
  // `agency` is null for a role of the whole platform; as nulls never collide, such a role may stand here twice and
  // means the same as once.
  await table(db, "person_role")
    .addColumn("person", PERSON, (column) => column.notNull())
    .addColumn("role", "varchar(32)", (column) => column.notNull())
    .addColumn("agency", ID)
    .addUniqueConstraint("person_role_once", ["person", "role", "agency"])
    .addForeignKeyConstraint("person_role_person", ["person"], "person", ["id"])
    .addForeignKeyConstraint("person_role_agency", ["agency"], "agency", ["id"])
    .execute();
}

/** Opaque and pairwise: a person has one subject with each system, and no two systems share one. */
async function createSubjects(db: Kysely<any>): Promise<void> {
  await table(db, "subject")
    .addColumn("subject", ID, (column) => column.primaryKey())
    .addColumn("person", PERSON, (column) => column.notNull())
    .addColumn("client", ID, (column) => column.notNull())
    .addUniqueConstraint("subject_person_client", ["person", "client"])
    .addForeignKeyConstraint("subject_person_fk", ["person"], "person", ["id"])
    .addForeignKeyConstraint("subject_client_fk", ["client"], "system", ["id"])
    .execute();
}
