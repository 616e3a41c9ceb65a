import { type Kysely, sql } from "kysely";

/** What reports are made of, and which stretches of the log have been exported. */
export async function up(db: Kysely<any>): Promise<void> {
  // How much came on one day (UTC) under one context. Numeric, because a broken writer's numbers must not stop the log.
  await sql`create table audit_usage (
    day date not null,
    context bytea not null,
    requests bigint not null,
    refused bigint not null,
    failed bigint not null,
    objects numeric not null,
    subjects numeric not null,
    bytes numeric not null,
    last timestamptz not null,
    primary key (day, context)
  )`.execute(db);
  await sql`create index audit_usage_context on audit_usage (context, day)`.execute(db);
  await sql`create table audit_usage_code (
    day date not null,
    context bytea not null,
    outcome text not null,
    code text not null,
    requests bigint not null,
    primary key (day, context, outcome, code)
  )`.execute(db);
  // The contexts under which a grant was used.
  await sql`create table audit_usage_grant (
    context bytea primary key,
    grant_id text not null
  )`.execute(db);
  await sql`create index audit_usage_grant_id on audit_usage_grant (grant_id)`.execute(db);
  // Positions from `start` up to, not including, `stop`; the checkpoint of that size, how far routers were then, and the
  // digest of the folder they were written to; of several exports that of the one with the fewest unreadable records.
  await sql`create table audit_segment (
    start bigint not null,
    stop bigint not null check (stop > start),
    month date,
    note text not null,
    routers jsonb not null,
    digest bytea not null check (length(digest) = 32),
    unreadable bigint not null,
    exported timestamptz not null,
    primary key (start, stop)
  )`.execute(db);
}
