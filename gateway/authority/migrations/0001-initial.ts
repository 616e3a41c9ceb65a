import type { Kysely, CreateTableBuilder } from "kysely";

/** One word of at most 64 characters: an agency's or system's id, a purpose's code, a scope's name. */
const ID = "varchar(64)";

/**
 * The registry (agencies, scopes, purposes, systems with their public keys, grants) and the token endpoint's own
 * state. Dates are calendar days in Viet Nam; instants are whole seconds since the epoch.
 */
export async function up(db: Kysely<any>): Promise<void> {
  await createRegistryRevision(db);
  await table(db, "agency")
    .addColumn("id", ID, (column) => column.primaryKey())
    .addColumn("name", "varchar(200)", (column) => column.notNull())
    .addColumn("status", "varchar(16)", (column) => column.notNull())
    .execute();
  await table(db, "scope")
    .addColumn("name", ID, (column) => column.primaryKey())
    .addColumn("owner", ID, (column) => column.notNull())
    .addColumn("description", "text", (column) => column.notNull())
    .addForeignKeyConstraint("scope_owner", ["owner"], "agency", ["id"])
    .execute();
  await createPurposes(db);
  await createSystems(db);
  await createGrants(db);
  await createProviderState(db);
}

function table(db: Kysely<any>, name: string): CreateTableBuilder<string, never> {
  return db.schema.createTable(name);
}

/**
 * A single row, locked by every change of the registry: changes are made one after the other, and the number tells a
 * reader whether there was one.
 */
async function createRegistryRevision(db: Kysely<any>): Promise<void> {
  await table(db, "registry_revision")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("revision", "bigint", (column) => column.notNull())
    .execute();
  await db.insertInto("registry_revision").values({ id: 1, revision: 0 }).execute();
}

async function createPurposes(db: Kysely<any>): Promise<void> {
  await table(db, "purpose")
    .addColumn("code", ID, (column) => column.primaryKey())
    .addColumn("text", "text", (column) => column.notNull())
    .addColumn("legal_basis", "text", (column) => column.notNull())
    .execute();
  // The ceiling: no grant for the purpose reaches beyond these scopes.
  await table(db, "purpose_scope")
    .addColumn("purpose", ID, (column) => column.notNull())
    .addColumn("scope", ID, (column) => column.notNull())
    .addPrimaryKeyConstraint("purpose_scope_pk", ["purpose", "scope"])
    .addForeignKeyConstraint("purpose_scope_purpose", ["purpose"], "purpose", ["code"])
    .addForeignKeyConstraint("purpose_scope_scope", ["scope"], "scope", ["name"])
    .execute();
}

async function createSystems(db: Kysely<any>): Promise<void> {
  await table(db, "system")
    .addColumn("id", ID, (column) => column.primaryKey())
    .addColumn("agency", ID, (column) => column.notNull())
    .addColumn("name", "varchar(200)", (column) => column.notNull())
    .addColumn("status", "varchar(16)", (column) => column.notNull())
    .addForeignKeyConstraint("system_agency", ["agency"], "agency", ["id"])
    .execute();
  // The thumbprint (RFC 7638) is the key's identity: one key never belongs to two systems.
  await table(db, "system_key")
    .addColumn("thumbprint", "varchar(43)", (column) => column.primaryKey())
    .addColumn("system", ID, (column) => column.notNull())
    .addColumn("kid", "varchar(128)", (column) => column.notNull())
    .addColumn("jwk", "text", (column) => column.notNull())
    .addColumn("status", "varchar(16)", (column) => column.notNull())
    .addUniqueConstraint("system_key_kid", ["system", "kid"])
    .addForeignKeyConstraint("system_key_system", ["system"], "system", ["id"])
    .execute();
}

async function createGrants(db: Kysely<any>): Promise<void> {
  // `live` is 1 until the grant ends and null from then on: as nulls never collide, the unique constraint says that a
  // system has one live grant per purpose and any number of ended ones, on either database.
  await table(db, "grant_")
    .addColumn("id", "varchar(36)", (column) => column.primaryKey())
    .addColumn("system", ID, (column) => column.notNull())
    .addColumn("purpose", ID, (column) => column.notNull())
    .addColumn("status", "varchar(16)", (column) => column.notNull())
    .addColumn("live", "integer")
    .addColumn("valid_from", "date", (column) => column.notNull())
    .addColumn("valid_until", "date", (column) => column.notNull())
    .addUniqueConstraint("grant_live", ["system", "purpose", "live"])
    .addForeignKeyConstraint("grant_system", ["system"], "system", ["id"])
    .addForeignKeyConstraint("grant_purpose", ["purpose"], "purpose", ["code"])
    .execute();
  await table(db, "grant_scope")
    .addColumn("grant_id", "varchar(36)", (column) => column.notNull())
    .addColumn("scope", ID, (column) => column.notNull())
    .addPrimaryKeyConstraint("grant_scope_pk", ["grant_id", "scope"])
    .addForeignKeyConstraint("grant_scope_grant", ["grant_id"], "grant_", ["id"])
    .addForeignKeyConstraint("grant_scope_scope", ["scope"], "scope", ["name"])
    .execute();
}

/** What oidc-provider keeps between requests: used assertion ids above all. */
async function createProviderState(db: Kysely<any>): Promise<void> {
  await table(db, "provider_state")
    .addColumn("model", ID, (column) => column.notNull())
    .addColumn("id", "varchar(128)", (column) => column.notNull())
    .addColumn("payload", "text", (column) => column.notNull())
    .addColumn("grant_id", "varchar(128)")
    .addColumn("uid", "varchar(128)")
    .addColumn("user_code", "varchar(128)")
    .addColumn("consumed_at", "bigint")
    .addColumn("expires_at", "bigint")
    .addPrimaryKeyConstraint("provider_state_pk", ["model", "id"])
    .execute();
  for (const column of ["grant_id", "uid", "user_code", "expires_at"]) {
    await db.schema
      .createIndex(`provider_state_${column}`)
      .on("provider_state")
      .column(column)
      .execute();
  }
}
