import { type Kysely, sql } from "kysely";

/**
 * What a log is begun with and must go on with: its name, and what tells its keys from others. Beside it for how many
 * months the process that was started last shows records.
 */
export async function up(db: Kysely<any>): Promise<void> {
  await sql`create table audit_identity (
    what text primary key,
    value text not null
  )`.execute(db);
}
