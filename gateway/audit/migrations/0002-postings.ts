import { type Kysely, sql } from "kysely";

/**
 * The index of the log: under which keys which records stand. A key's postings lie together, in pages of sorted runs
 * that are merged now and then: a row of a B-tree for each would take five times the room.
 */
export async function up(db: Kysely<any>): Promise<void> {
  await createRuns(db);
  await createBesideRuns(db);
}

async function createRuns(db: Kysely<any>): Promise<void> {
  // One row: how far the runs reach (positions from `indexed` on are held in memory), up to which `at` they hold
  // accesses that were disclosed later, at which size of the log such were let out last, and the longest delay ever.
  await sql`create table audit_postings (
    id smallint primary key check (id = 1),
    indexed bigint not null,
    disclosed bigint not null,
    last_disclosure bigint not null,
    next_run integer not null,
    longest_delay_days integer not null
  )`.execute(db);
  await sql`insert into audit_postings values (1, 0, -1, -1, 1, 0)`.execute(db);
  // The runs of a month (of the records' time, UTC) lie one behind the other: `nth` is their order. While a run is being
  // merged, `target` is where to, and of the target `done` is how far, empty at first; what lies beyond `done` is still
  // to be found in the runs it is made of.
  await sql`create table audit_postings_run (
    run integer primary key,
    month text not null,
    nth integer not null,
    level smallint not null,
    from_at bigint not null,
    to_at bigint not null,
    pages integer not null,
    target integer,
    done bytea
  ) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500)`.execute(db);
  // `first` is the first posting of the page: key, and place in descending order (src/postings/composite.ts). Four pages
  // fill a block of PostgreSQL. Pages come in runs and go by steps of merging: their room is to be found again soon.
  await sql`create table audit_postings_page (
    run integer not null,
    first bytea not null,
    data bytea not null,
    primary key (run, first)
  ) with (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0
  )`.execute(db);
  await sql`alter table audit_postings_page alter column data set storage plain`.execute(db);
}

async function createBesideRuns(db: Kysely<any>): Promise<void> {
  // Records whose data subjects are shown the access later: `keys` are theirs, until runs hold them; `at` is the size
  // of the log when the access became visible, null before.
  await sql`create table audit_postings_held (
    position bigint primary key,
    due timestamptz not null,
    month text not null,
    keys bytea[],
    at bigint
  )`.execute(db);
  await sql`create index audit_postings_held_due on audit_postings_held (due) where at is null`.execute(
    db,
  );
  await sql`create index audit_postings_held_at on audit_postings_held (at) where at is not null`.execute(
    db,
  );
  // Between which moments the records of a stretch of positions arrived, milliseconds since the epoch.
  await sql`create table audit_postings_time (
    from_position bigint primary key,
    to_position bigint not null,
    earliest bigint not null,
    latest bigint not null
  )`.execute(db);
}
