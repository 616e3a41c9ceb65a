import { type Kysely, sql } from "kysely";

/** Who looked at the log past the platform, over the database itself: the commands that export, reconcile and drop. */
export async function up(db: Kysely<any>): Promise<void> {
  await sql`create table audit_look (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    what text not null,
    database_role text not null default session_user,
    -- As the machine it came from says, which is nobody's proof.
    os_user text not null,
    machine text not null
  )`.execute(db);
}
