import { AUDIT_TABLES } from "@truc/contracts";
import { askPostgres } from "@truc/service/ask-postgres";
import pg from "pg";
import type { Logger } from "pino";
import {
  NeverKept,
  type RecordBatch,
  type RecordStore,
  type RefusalCount,
} from "./record-store.ts";

const STATEMENT_TIMEOUT_MS = 10_000;
/** A timer of our own too: a server that hangs does not end its statements. */
const READ_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 1_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** For a look whether the database answers. */
const READY_WITHIN_MS = 1_000;
/** Contexts remembered as kept; whichever is forgotten is written again, and stays as it is. */
const MAX_CONTEXTS = 20_000;
const UNIQUE_VIOLATION = "23505";
const CHECK_VIOLATION = "23514";
const PROGRAM_LIMIT_EXCEEDED = "54000";
const DATA_EXCEPTION = /^22/;
/**
 * What a role may set for itself, once and for all its sessions to come: who has stolen the routers' could stop every
 * record with it. What a session begins with outweighs it; what the URL says in `options` outweighs both.
 */
const SESSION = Object.entries({
  search_path: "public",
  synchronous_commit: "on",
  default_transaction_read_only: "off",
  default_transaction_isolation: "read\\ committed",
  lock_timeout: "0",
  idle_session_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  local_preload_libraries: "",
})
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(" ");

const { batch, context, refusals, router } = AUDIT_TABLES;

const INSERT_BATCH = `insert into ${batch} (router, first, count, month, written, chain, lines)
  values ($1, $2, $3, $4, $5, $6, $7)`;
/**
 * In one statement, so that it is one transaction and one way to the database and back. Without a conflict target no right
 * to read is needed; contexts come in the order of their digests, so that two routers never wait for each other.
 */
const INSERT_BATCH_AND_MORE = `with
  router_row as (insert into ${router} (router, started) values ($1, $8) on conflict do nothing),
  context_rows as (insert into ${context} (digest, text)
    select * from unnest($9::bytea[], $10::text[]) on conflict do nothing)
  ${INSERT_BATCH}`;
const INSERT_REFUSALS = `insert into ${refusals} (router, minute, source, code, count)
  select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::bigint[])`;

/**
 * Records in the audit database, PostgreSQL, over one connection: there is one writer. Whatever goes wrong on it, it is
 * thrown away and the next attempt makes a new one, behind which the database may be one that was restored: what it is
 * known to hold already is known for a connection.
 */
export class AuditDatabase implements RecordStore {
  readonly #url: string;
  readonly #log: Logger;
  readonly #contexts = new Set<string>();
  #hasRouter = false;
  #client: Promise<pg.Client> | undefined;
  /** The end of the statement before: the connection takes one at a time. */
  #before: Promise<unknown> = Promise.resolve();
  #answering: Promise<boolean> | undefined;
  /** The batch of which nobody knows whether it is there. */
  #unsure: RecordBatch | undefined;
  #closed = false;
  #hasWarned = false;

  constructor(options: { url: string; log: Logger }) {
    this.#url = options.url;
    this.#log = options.log;
  }

  async append(records: RecordBatch): Promise<void> {
    try {
      await this.#query(() => this.#insertOf(records));
    } catch (error) {
      if (error instanceof NeverKept) {
        // Earlier attempts have met the same.
        this.#unsure = undefined;
        throw error;
      }
      if (!isUniqueViolation(error)) {
        this.#unsure = records;
        throw error;
      }
      // It is there: an attempt whose outcome was not known did reach the disk. Of a batch never tried that would mean
      // that somebody else writes under this router's name, so it is no success.
      if (this.#unsure !== records) throw error;
    }
    this.#unsure = undefined;
    this.#hasRouter = true;
    if (this.#contexts.size > MAX_CONTEXTS) this.#contexts.clear();
    for (const digest of records.contexts.keys()) this.#contexts.add(digest);
  }

  /** The statement that keeps a batch, and with it what it points to and the database is not known to hold. */
  #insertOf(records: RecordBatch): pg.QueryConfig {
    const row = [
      records.router,
      records.first,
      records.count,
      records.month,
      records.written,
      records.chain,
      records.lines,
    ];
    const unknown = [...records.contexts].filter(([digest]) => !this.#contexts.has(digest));
    if (this.#hasRouter && unknown.length === 0)
      return { name: "batch", text: INSERT_BATCH, values: row };
    const texts = unknown
      .map(([digest, text]) => ({ bytes: Buffer.from(digest, "base64url"), text }))
      .toSorted((a, b) => Buffer.compare(a.bytes, b.bytes));
    const more = [records.started, texts.map(({ bytes }) => bytes), texts.map(({ text }) => text)];
    return { name: "batch-and-more", text: INSERT_BATCH_AND_MORE, values: [...row, ...more] };
  }

  async appendRefusals(counts: readonly RefusalCount[]): Promise<void> {
    const values = [
      counts.map((count) => count.router),
      counts.map(({ minute }) => minute),
      counts.map(({ source }) => source),
      counts.map(({ code }) => code),
      counts.map(({ count }) => count),
    ];
    await this.#query(() => ({ name: "refusals", text: INSERT_REFUSALS, values }));
  }

  async ready(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), READY_WITHIN_MS);
    });
    const isReady = await Promise.race([this.#answers(), late]);
    clearTimeout(timer);
    return isReady;
  }

  /** One question at a time, however many look: they would stand before the records on the connection. */
  #answers(): Promise<boolean> {
    return (this.#answering ??= this.#query(() => ({ text: "select 1" }))
      .then(
        () => true,
        () => false,
      )
      .finally(() => (this.#answering = undefined)));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = await this.#client?.catch(() => undefined);
    await client?.end();
  }

  /** @param made makes the query once there is a connection */
  async #query(made: () => pg.QueryConfig): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#before;
    this.#before = promise;
    await before;
    try {
      await this.#ask(made);
    } finally {
      resolve();
    }
  }

  async #ask(made: () => pg.QueryConfig): Promise<void> {
    const connecting = (this.#client ??= this.#connected());
    let client: pg.Client | undefined;
    try {
      client = await connecting;
      await askPostgres(client, made(), READ_TIMEOUT_MS);
    } catch (error) {
      if (isDataError(error))
        throw new NeverKept(`the database refuses it (${error.code})`, { cause: error });
      // What is no unique violation may be the connection's fault, and one that has hung stays hung.
      if (!isUniqueViolation(error)) this.#forget(connecting, client);
      throw error;
    }
  }

  #forget(connecting: Promise<pg.Client>, client: pg.Client | undefined): void {
    if (this.#client === connecting) this.#client = undefined;
    client?.end().catch(() => {}); // it was broken already
  }

  #connected(): Promise<pg.Client> {
    const forget = (): void => {
      if (this.#client === connecting) this.#client = undefined;
    };
    const connecting: Promise<pg.Client> = this.#connect(forget);
    return connecting;
  }

  /** @param forget is called when the connection has ended */
  async #connect(forget: () => void): Promise<pg.Client> {
    if (this.#closed) throw new Error("the audit database's connection is closed");
    const client = new pg.Client({
      connectionString: withOptions(this.#url),
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      keepAlive: true,
      application_name: "truc router",
    });
    // Without a listener, a connection that breaks would end the process; who uses it next is told.
    client.on("error", () => {});
    client.on("end", forget);
    try {
      await client.connect();
      await this.#check(client);
    } catch (error) {
      client.end().catch(() => {}); // it was broken already
      throw error;
    }
    this.#hasRouter = false;
    this.#contexts.clear();
    return client;
  }

  /** @throws where what is written here would not survive, or may not be written */
  async #check(client: pg.Client): Promise<void> {
    const { rows } = await askPostgres(client, { text: FACTS }, READ_TIMEOUT_MS);
    const facts = rows[0] as Facts;
    if (facts.fsync !== "on") {
      throw new Error(
        "the audit database runs with fsync off: what it says is kept need not survive, so nothing is written there",
      );
    }
    // Any other value but remote_apply, which waits for more, lets a commit return before it is on a disk.
    if (!["on", "remote_apply"].includes(facts.commit)) {
      await askPostgres(client, { text: "set synchronous_commit = on" }, READ_TIMEOUT_MS);
    }
    if (!facts.inserts) {
      throw new Error("the role under which records are written may not insert into its tables");
    }
    if (facts.reads && !this.#hasWarned) {
      this.#hasWarned = true;
      this.#log.warn("the role under which records are written may also read or change them");
    }
  }
}

interface Facts {
  fsync: string;
  commit: string;
  inserts: boolean;
  /** Whether the role may do more than it should. */
  reads: boolean;
}

const FACTS = `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
  ${Object.values(AUDIT_TABLES)
    .map((table) => `has_table_privilege('${table}', 'insert')`)
    .join(" and ")} as inserts,
  has_table_privilege('${batch}', 'select, update, delete, truncate') as reads`;

/** @returns the URL with the session's settings before those it has already */
function withOptions(given: string): string {
  const url = new URL(given);
  const options = url.searchParams.get("options");
  url.searchParams.set("options", options === null ? SESSION : `${SESSION} ${options}`);
  return url.href;
}

/**
 * Whether the database refuses what it was given for its content, whenever and by whomever it is given. A row for which
 * there is no partition is a check_violation too, but of no constraint: that is the database's fault, and can be mended.
 */
function isDataError(error: unknown): error is pg.DatabaseError {
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return false;
  const { code, constraint } = error;
  if (code === CHECK_VIOLATION) return constraint !== undefined;
  return DATA_EXCEPTION.test(code) || code === PROGRAM_LIMIT_EXCEEDED;
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === UNIQUE_VIOLATION;
}
