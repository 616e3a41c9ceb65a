import { type Kysely, sql } from "kysely";

/** How many months beside the present one get a partition at once; the others are made while the process runs. */
const MONTHS_AHEAD = 3;

/** Who routers connect as, unless the setting WRITER_ROLE says otherwise. */
const WRITER_ROLE = "truc_audit_writer";

/**
 * What routers write, and the log that is made of it: order, tree, checkpoints. PostgreSQL only.
 */
export async function up(db: Kysely<any>): Promise<void> {
  await createWritten(db);
  await keepAsWritten(db);
  await keepNumbersApart(db);
  await createMonths(db);
  await createLog(db);
  await grantToWriter(db);
}

/** What routers insert (shared/contracts/src/audit/audit-tables.ts). */
async function createWritten(db: Kysely<any>): Promise<void> {
  await sql`create table audit_router (
    router uuid primary key,
    started timestamptz not null
  )`.execute(db);
  // A router that was taken over may insert what it likes: nothing that others cannot read any more.
  await sql`create table audit_batch (
    router uuid not null,
    first bigint not null check (first between 1 and 1000000000000000),
    count integer not null check (count between 1 and 200),
    month date not null check (
      extract(day from month) = 1 and month between '1970-01-01' and '9999-12-01'
    ),
    written timestamptz not null check (
      written between '1970-01-01T00:00:00Z' and '9999-12-31T00:00:00Z'
    ),
    chain bytea not null check (length(chain) = 32),
    lines bytea not null check (length(lines) between 1 and 131072),
    primary key (router, first, month),
    -- As many lines as it says, each closed by a line feed: in escape format a line feed stays what it is.
    constraint audit_batch_lines_counted check (
      get_byte(lines, length(lines) - 1) = 10 and
      octet_length(encode(lines, 'escape'))
        - octet_length(replace(encode(lines, 'escape'), e'\\n', '')) = count
    )
  ) partition by range (month)`.execute(db);
  // Lines are random to a compressor (salts, digests), so it would only cost time; and lengths are known without reading.
  await sql`alter table audit_batch alter column lines set storage external`.execute(db);
  // Routers of which a batch is there, and nothing in the log yet. The trigger on batches writes it, and not a router, so
  // that a row in audit_router without batches costs who reads nothing.
  await sql`create table audit_router_new (
    id bigint generated always as identity primary key,
    router uuid not null unique
  )`.execute(db);
  // Nobody can occupy a digest with another text.
  await sql`create table audit_context (
    digest bytea primary key,
    text text not null check (octet_length(text) <= 65536),
    constraint audit_context_digest check (digest = sha256(convert_to(text, 'UTF8')))
  )`.execute(db);
  await sql`create table audit_refusals (
    router uuid not null,
    minute timestamptz not null check (
      minute between '1970-01-01T00:00:00Z' and '9999-12-31T00:00:00Z'
    ),
    source text not null check (length(source) <= 200),
    code text not null check (length(code) <= 100),
    count bigint not null check (count between 1 and 1000000000)
  )`.execute(db);
  await sql`create index audit_refusals_minute on audit_refusals (minute)`.execute(db);
}

/** What is written stays as it is, whoever asks: also for the owner, whose mistake it would be. */
async function keepAsWritten(db: Kysely<any>): Promise<void> {
  await sql`create function audit_keeps() returns trigger language plpgsql as $$
    begin
      raise exception '% keeps what was written: no % here', tg_table_name, tg_op
        using errcode = 'restrict_violation';
    end $$`.execute(db);
  for (const table of ["audit_batch", "audit_context", "audit_router"]) {
    // Each row's trigger is handed down to every partition; TRUNCATE's, a statement's, is not.
    await sql`create trigger audit_keeps_rows before update or delete on ${sql.table(table)}
      for each row execute function audit_keeps()`.execute(db);
    await sql`create trigger audit_keeps_all before truncate on ${sql.table(table)}
      for each statement execute function audit_keeps()`.execute(db);
  }
}

/**
 * A record's number names one record, also across the months a primary key does not reach across, and whoever inserts:
 * exclusion_violation (23P01) otherwise. Only the same batch once more, by its chain, is left to the primary key: its
 * unique_violation (23505) tells a router that what it wrote is there.
 */
async function keepNumbersApart(db: Kysely<any>): Promise<void> {
  const { rows } = await sql<{ schema: string }>`select current_schema() as schema`.execute(db);
  const batches = sql.table(`${rows[0]!.schema}.audit_batch`);
  const fresh = sql.table(`${rows[0]!.schema}.audit_router_new`);
  // With the owner's rights, as the writers' role reads nothing; so what it looks things up in is fixed. One
  // transaction at a time for each router, or two would not see each other's. A connection keeps its plan while a month
  // grows from nothing, so the way along the primary key is prescribed.
  await sql`create function audit_numbers_apart() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
    declare
      before record;
    begin
      perform pg_advisory_xact_lock(hashtextextended('audit_batch ' || new.router, 0));
      select b.first, b.count, b.month, b.chain into before from ${batches} b
      where b.router = new.router and b.first < new.first + new.count
      order by b.first desc limit 1;
      if before.first is null then
        insert into ${fresh} (router) values (new.router) on conflict do nothing;
      end if;
      if before.first + before.count > new.first and
        (before.first, before.count, before.month, before.chain)
          is distinct from (new.first, new.count, new.month, new.chain) then
        raise exception 'records of router % from % on are there already', new.router, new.first
          using errcode = 'exclusion_violation';
      end if;
      return new;
    end $$`.execute(db);
  await sql`create trigger audit_numbers_apart before insert on audit_batch
    for each row execute function audit_numbers_apart()`.execute(db);
}

async function createMonths(db: Kysely<any>): Promise<void> {
  await sql`create table audit_batch_other partition of audit_batch default`.execute(db);
  await sql`create trigger audit_keeps_all before truncate on audit_batch_other
    for each statement execute function audit_keeps()`.execute(db);
  // Makes a month's partition unless it is there: audit_batch_2026_11. What a wrong clock wrote for that month already
  // moves there; a partition's own trigger is off for the while, as the rows stay what they are.
  await sql`create function audit_add_month(starts date) returns void language plpgsql as $$
    declare
      name text := 'audit_batch_' || to_char(starts, 'YYYY_MM');
      ends date := (starts + interval '1 month')::date;
    begin
      if to_regclass(name) is not null then
        return;
      end if;
      lock table audit_batch in access exclusive mode;
      if exists (select from audit_batch_other where month = starts) then
        execute format('create table %I (like audit_batch including all)', name);
        execute format('insert into %I select * from audit_batch_other where month = %L', name, starts);
        alter table audit_batch_other disable trigger audit_keeps_rows;
        delete from audit_batch_other where month = starts;
        alter table audit_batch_other enable trigger audit_keeps_rows;
        execute format('alter table audit_batch attach partition %I for values from (%L) to (%L)',
          name, starts, ends);
      else
        execute format('create table %I partition of audit_batch for values from (%L) to (%L)',
          name, starts, ends);
      end if;
      execute format('create trigger audit_keeps_all before truncate on %I
        for each statement execute function audit_keeps()', name);
    end $$`.execute(db);
  await sql`select audit_add_month((date_trunc('month', now() at time zone 'UTC')
      + make_interval(months => ahead))::date)
    from generate_series(0, ${sql.lit(MONTHS_AHEAD)}) as ahead`.execute(db);
}

async function createLog(db: Kysely<any>): Promise<void> {
  // One row: the log's end. Who appends locks it. `range`: the hashes of the perfect subtrees the tree consists of,
  // largest first; `tail`: the leaf hashes that fill no tile yet. One hash after the other, 32 bytes each.
  await sql`create table audit_head (
    id smallint primary key check (id = 1),
    size bigint not null,
    root bytea not null,
    range bytea not null,
    tail bytea not null
  )`.execute(db);
  await sql`insert into audit_head values (1, 0, sha256(''), '', '')`.execute(db);
  // How far each router's records are in the log: which comes next, and the router's chain after the last one.
  await sql`create table audit_router_state (
    router uuid primary key,
    next bigint not null,
    chain bytea not null,
    changed timestamptz not null
  )`.execute(db);
  // Order: `count` records from `position` on are those of a router from `first` on, and stand in so many batches of
  // one month.
  await sql`create table audit_span (
    position bigint primary key,
    router uuid not null,
    first bigint not null,
    count integer not null,
    month date not null,
    batches integer not null
  )`.execute(db);
  await sql`create index audit_span_router on audit_span (router, first)`.execute(db);
  // 256 hashes a tile as in C2SP tlog-tiles; above level 0 the last one of a level is there before it is full.
  await sql`create table audit_tile (
    level smallint not null,
    index bigint not null,
    hashes bytea not null,
    primary key (level, index)
  )`.execute(db);
  await sql`alter table audit_tile alter column hashes set storage external`.execute(db);
  await sql`create table audit_checkpoint (
    size bigint primary key,
    at timestamptz not null,
    note text not null
  )`.execute(db);
  // What is not as a router should have written it; `position` is null where nothing came into the log.
  await sql`create table audit_break (
    id bigint generated always as identity primary key,
    router uuid not null,
    sequence bigint not null,
    count bigint not null,
    position bigint,
    reason text not null,
    found timestamptz not null,
    chain bytea,
    filled boolean
  )`.execute(db);
}

/** The role may insert, and nothing else: not even read what it wrote. */
async function grantToWriter(db: Kysely<any>): Promise<void> {
  // False where there is no such role yet.
  await sql`create function audit_grant_writer(role text) returns boolean language plpgsql as $$
    begin
      if not exists (select from pg_roles where rolname = role) then
        return false;
      end if;
      execute format('grant usage on schema %I to %I', current_schema(), role);
      execute format('grant insert on audit_router, audit_batch, audit_context, audit_refusals to %I', role);
      return true;
    end $$`.execute(db);
  await sql`select audit_grant_writer(${sql.lit(WRITER_ROLE)})`.execute(db);
}
