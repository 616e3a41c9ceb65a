import { createHash, randomUUID } from "node:crypto";
import { createLog } from "@truc/service";
import { databaseServers } from "@truc/service/testing";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { AuditDatabase } from "../../gateway/router/src/record/audit-database.ts";
import { type KeptRecord, RecordBook } from "../../gateway/router/src/record/record-book.ts";
import { NeverKept } from "../../gateway/router/src/record/record-store.ts";
import { AuditProcess } from "../harness/audit-process.ts";
import { CuttableProxy } from "../harness/cuttable-proxy.ts";
import { seeded } from "../harness/seeded.ts";
import { keptRecords } from "../proof/kept-records.ts";

const PATIENCE = { timeout: 20_000, interval: 10 };
const log = createLog({ name: "test", level: "silent" });
const seed = Number(process.env["TRUC_TEST_SEED"] ?? Math.floor(Math.random() * 1_000_000));

let audit: AuditProcess;
let owner: pg.Client;
let wire: CuttableProxy;
const writers: Writer[] = [];

beforeAll(async () => {
  audit = await AuditProcess.start();
  // Its tables are all that is needed of it.
  await audit.kill();
  owner = await connected(audit.databaseUrl);
  wire = await CuttableProxy.start(audit.writerUrl);
});
afterEach(async () => {
  await wire.restore();
  for (const writer of writers.splice(0)) await writer.stop();
});
afterAll(async () => {
  await wire.cut();
  await owner.end();
  await audit.stop();
});

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

/** In the audit database, as somebody who may do everything there. */
async function asSuperuser(statements: readonly string[]): Promise<void> {
  const url = new URL(databaseServers()[0]!.url);
  url.pathname = new URL(audit.databaseUrl).pathname;
  const client = await connected(url.href);
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The records of one router process, until the end of a test. */
class Writer {
  readonly router = randomUUID();
  readonly store: AuditDatabase;
  readonly book: RecordBook;

  constructor(url: string = wire.url) {
    this.store = new AuditDatabase({ url, log });
    this.book = new RecordBook(this.store, this.router, log);
    writers.push(this);
  }

  async write(id: string, text = `{"of":"${this.router}"}`, digestOf = text): Promise<KeptRecord> {
    return await this.book.write({
      lines: [JSON.stringify({ id, time: 0, subjects: {} })],
      context: { digest: createHash("sha256").update(digestOf).digest("base64url"), text },
      made: Date.now(),
      clockBack: false,
      executed: true,
    });
  }

  /** The ids of its records in the database, batch by batch. Numbers and chain are checked on the way. */
  async kept(): Promise<string[][]> {
    await keptRecords(audit.databaseUrl);
    const { rows } = await owner.query<{ lines: Buffer }>(
      "select lines from audit_batch where router = $1 order by first",
      [this.router],
    );
    return rows.map(({ lines }) => {
      const texts = lines.toString().split("\n").slice(0, -1);
      return texts.map((text) => (JSON.parse(text) as { id: string }).id);
    });
  }

  async contexts(): Promise<string[]> {
    const { rows } = await owner.query<{ text: string }>(
      "select text from audit_context where text like $1 order by text",
      [`%${this.router}%`],
    );
    return rows.map(({ text }) => text);
  }

  async stop(): Promise<void> {
    await this.book.close();
    await this.store.close();
  }
}

test("a database behind a new connection is told again what records point to: it may have been restored", async () => {
  const writer = new Writer();
  await writer.write("a");
  expect(await writer.contexts()).toEqual([`{"of":"${writer.router}"}`]);
  await wire.cut();
  // What batches point to is gone; they themselves stay, since whoever looks through all records finds every gap.
  await asSuperuser([
    "set session_replication_role = replica",
    `delete from audit_router where router = '${writer.router}'`,
    `delete from audit_context where text like '%${writer.router}%'`,
  ]);
  await wire.restore();
  await writer.write("b");
  expect(await writer.contexts()).toEqual([`{"of":"${writer.router}"}`]);
  const { rows } = await owner.query("select 1 from audit_router where router = $1", [
    writer.router,
  ]);
  expect(rows).toHaveLength(1);
});

test("the writers' role may insert, and do nothing else", async () => {
  const writer = new Writer();
  await writer.write("a");
  const role = await connected(audit.writerUrl);
  try {
    for (const table of ["audit_batch", "audit_context", "audit_router", "audit_refusals"])
      for (const statement of [
        `select 1 from ${table}`,
        `update ${table} set router = router`,
        `delete from ${table}`,
        `truncate ${table}`,
      ])
        await expect(role.query(statement)).rejects.toMatchObject({
          code: statement.includes("audit_context set router") ? "42703" : "42501",
        });
  } finally {
    await role.end();
  }
  expect(await writer.kept()).toEqual([["a"]]);
});

test("each router and each context is there once, written with the first records that need them", async () => {
  const [one, two] = [new Writer(), new Writer()];
  const text = (n: number): string => `{"n":${n},"of":"${one.router}"}`;
  for (const n of [1, 2]) await one.write(`a${n}`, text(1));
  await Promise.all([one, two].map(async (writer) => await writer.write("b", text(2))));
  await Promise.all([two, one].map(async (writer) => await writer.write("c", text(1))));
  expect(await one.contexts()).toEqual([text(1), text(2)]);
  const routers = await owner.query("select router from audit_router where router = any($1)", [
    [one.router, two.router],
  ]);
  expect(routers.rows).toHaveLength(2);
  expect(await one.kept()).toEqual([["a1"], ["a2"], ["b"], ["c"]]);
});

test("many records at once are few writes, none of more than 200", async () => {
  const writer = new Writer();
  const ids = Array.from({ length: 2_000 }, (_, n) => String(n));
  const kept = await Promise.all(ids.map(async (id) => await writer.write(id)));
  expect(kept.map(({ sequence }) => sequence)).toEqual(ids.map((_, index) => index + 1));
  const batches = await writer.kept();
  expect(batches.flat()).toEqual(ids);
  expect(batches.map(({ length }) => length)).toEqual(Array.from({ length: 10 }, () => 200));
});

describe("a commit whose outcome nobody knows", () => {
  test.each([
    ["the first batch of a router", []],
    ["a later batch", ["first"]],
  ])("is found out: %s", async (_what, before) => {
    const writer = new Writer();
    for (const id of before) await writer.write(id);
    expect(await writer.book.ready()).toBe(true);
    wire.cutNextAnswer();
    const kept = await Promise.all([writer.write("a"), writer.write("b")]);
    expect(wire.cutsAnswer).toBe(false);
    const first = before.length + 1;
    expect(kept.map(({ sequence }) => sequence)).toEqual([first, first + 1]);
    await writer.write("c");
    expect(await writer.kept()).toEqual([...before.map((id) => [id]), ["a", "b"], ["c"]]);
  });

  test("where nothing had arrived it is written anew", async () => {
    const writer = new Writer();
    await writer.write("a");
    wire.hold();
    const write = writer.write("b");
    await new Promise((resolve) => setImmediate(resolve));
    await wire.cut();
    await wire.restore();
    expect((await write).sequence).toBe(2);
    expect(await writer.kept()).toEqual([["a"], ["b"]]);
  });

  test("where the first attempt is still under way, the second waits for what becomes of it", async () => {
    const writer = new Writer();
    await writer.write("a");
    await owner.query("begin");
    await owner.query("lock table audit_batch in access exclusive mode");
    const write = writer.write("b");
    await vi.waitFor(async () => expect(await waiting()).toBe(1), PATIENCE);
    await wire.cut();
    await wire.restore();
    await vi.waitFor(async () => expect(await waiting()).toBe(2), PATIENCE);
    await owner.query("commit");
    expect((await write).sequence).toBe(2);
    expect(await writer.kept()).toEqual([["a"], ["b"]]);
  });

  /** Statements that wait for a lock in this database. */
  async function waiting(): Promise<number> {
    const { rows } = await owner.query(
      `select from pg_locks join pg_database on pg_database.oid = pg_locks.database
        where datname = current_database() and not granted`,
    );
    return rows.length;
  }
});

test("numbers that are taken by somebody else are no success, however often it is tried", async () => {
  const writer = new Writer();
  const batch = {
    router: writer.router,
    started: new Date(),
    first: 1,
    month: "2026-11-01",
    written: new Date(),
    chain: Buffer.alloc(32),
    count: 1,
    lines: Buffer.from("{}\n"),
    contexts: new Map(),
  };
  await writer.store.append(batch);
  const fork = { ...batch, lines: Buffer.from('{"other":1}\n') };
  for (const _try of [1, 2])
    await expect(writer.store.append(fork)).rejects.toMatchObject({ code: "23505" });
  await asSuperuser([
    "alter table audit_batch disable trigger user",
    `delete from audit_batch where router = '${writer.router}'`,
    "alter table audit_batch enable trigger user",
  ]);
});

test("a database that is down: nobody waits for long, and all goes on when it is back", async () => {
  const writer = new Writer();
  await writer.write("before");
  await wire.cut();
  const left = [writer.write("a"), writer.write("b")].map(
    async (write) =>
      await write.then(
        () => "kept",
        (error: Error) => error.name,
      ),
  );
  expect(await Promise.all(left)).toEqual(["NotOnRecord", "NotOnRecord"]);
  expect([writer.book.isStalled, await writer.book.ready()]).toEqual([true, false]);
  await wire.restore();
  await vi.waitFor(() => expect(writer.book.isStalled).toBe(false), PATIENCE);
  await writer.write("after");
  expect((await writer.kept()).flat()).toEqual(["before", "a", "b", "after"]);
  expect(await writer.book.ready()).toBe(true);
});

test("its one connection takes one statement at a time, however many look whether it is ready", async () => {
  const warnings: string[] = [];
  const onWarning = ({ message }: Error) => void warnings.push(message);
  process.on("warning", onWarning);
  const writer = new Writer();
  await writer.write("a");
  wire.hold();
  const write = writer.write("b");
  const looks = Array.from({ length: 50 }, async () => await writer.store.ready());
  expect(new Set(await Promise.all(looks))).toEqual(new Set([false]));
  await wire.restore();
  await write;
  expect(await writer.store.ready()).toBe(true);
  process.off("warning", onWarning);
  // The client warns of a statement that stands behind another that waits.
  expect(warnings).toEqual([]);
  expect(await writer.kept()).toEqual([["a"], ["b"]]);
});

test(`whatever happens on the way, records have neither gap nor fork, and each is there once (TRUC_TEST_SEED=${seed})`, async () => {
  const random = seeded(seed);
  const writer = new Writer();
  const ids: string[] = [];
  const kept: Promise<KeptRecord>[] = [];
  for (let round = 0; round < 60; round++) {
    for (let burst = 1 + Math.floor(random() * 20); burst > 0; burst--) {
      ids.push(String(ids.length));
      kept.push(writer.write(ids.at(-1)!));
    }
    const fate = random();
    if (fate < 0.3) wire.cutNextAnswer();
    else if (fate < 0.5) {
      await wire.cut();
      await wire.restore();
    }
    // Some rounds meet the last one's faults, others begin when all is well again.
    if (random() < 0.5) await kept.at(-1);
  }
  const all = await Promise.all(kept);
  expect(all.map(({ sequence }) => sequence)).toEqual(ids.map((_, index) => index + 1));
  expect((await writer.kept()).flat()).toEqual(ids);
});

describe("what the database refuses for its content", () => {
  /** Under a digest that is another text's, which the database does not take. */
  const refused = async (writer: Writer, id: string): Promise<KeptRecord> =>
    await writer.write(id, `{"bad":"${id}","of":"${writer.router}"}`, "another");
  const outcomes = async (writes: readonly Promise<KeptRecord>[]): Promise<unknown[]> => {
    const settled = await Promise.allSettled(writes);
    return settled.map((each) =>
      each.status === "fulfilled" ? each.value.sequence : (each.reason as Error).message,
    );
  };
  const GIVEN_UP = "the record can never be kept";

  test("is left out at once, whatever stands beside it, and all goes on without a gap", async () => {
    const writer = new Writer();
    expect(await outcomes([refused(writer, "first")])).toEqual([GIVEN_UP]);
    const writes = [writer.write("a"), refused(writer, "b"), writer.write("c")];
    expect(await outcomes(writes)).toEqual([1, GIVEN_UP, 2]);
    expect((await writer.write("d")).sequence).toBe(3);
    expect(writer.book.isStalled).toBe(false);
    expect(await writer.kept()).toEqual([["a"], ["c"], ["d"]]);
  });

  test("is left out where the outcome of an earlier attempt is not known", async () => {
    const writer = new Writer();
    await writer.write("a");
    wire.cutNextAnswer();
    const writes = [refused(writer, "b"), writer.write("c")];
    expect(await outcomes(writes)).toEqual([GIVEN_UP, 2]);
    expect((await writer.kept()).flat()).toEqual(["a", "c"]);
  });

  test("is not what it has no partition for: that is tried until there is one", async () => {
    const writer = new Writer();
    await writer.write("before");
    const month = `audit_batch_${new Date().toISOString().slice(0, 7).replace("-", "_")}`;
    const { rows } = await owner.query<{ bound: string }>(
      "select pg_get_expr(relpartbound, oid) as bound from pg_class where relname = $1",
      [month],
    );
    await owner.query("alter table audit_batch detach partition audit_batch_other");
    await owner.query(`alter table audit_batch detach partition ${month}`);
    const failing = vi.spyOn(writer.store, "append");
    const write = writer.write("a");
    await vi.waitFor(() => expect(failing.mock.calls.length).toBeGreaterThan(1), PATIENCE);
    await owner.query(`alter table audit_batch attach partition ${month} ${rows[0]!.bound}`);
    await owner.query("alter table audit_batch attach partition audit_batch_other default");
    expect((await write).sequence).toBe(2);
    expect(await writer.kept()).toEqual([["before"], ["a"]]);
  });

  test("is left out of the counts of refusals too, and keeps no others waiting", async () => {
    const writer = new Writer();
    const of = (code: string) =>
      ({ router: writer.router, minute: new Date(0), source: "others", code, count: 1 }) as const;
    await expect(
      writer.store.appendRefusals([of("A"), of("C".repeat(101))]),
    ).rejects.toBeInstanceOf(NeverKept);
    await writer.store.appendRefusals([of("A")]);
    const { rows } = await owner.query("select code from audit_refusals where router = $1", [
      writer.router,
    ]);
    expect(rows).toEqual([{ code: "A" }]);
  });
});

test("what the writers' role sets for itself does not stop records", async () => {
  const role = await connected(audit.writerUrl);
  for (const setting of [
    "default_transaction_read_only = on",
    "default_transaction_isolation = serializable",
    "search_path = nowhere",
    "synchronous_commit = off",
    "statement_timeout = 1",
    "lock_timeout = 1",
    "idle_session_timeout = 1",
    "local_preload_libraries = nothing",
    "client_encoding = latin1",
  ])
    await role.query(`alter role current_user set ${setting}`);
  await role.end();
  try {
    const writer = new Writer();
    await writer.write("a", `{"of":"${writer.router}","name":"ế"}`);
    await writer.write("b");
    expect(await writer.kept()).toEqual([["a"], ["b"]]);
    expect(await writer.contexts()).toContain(`{"of":"${writer.router}","name":"ế"}`);
  } finally {
    await asSuperuser([`alter role "${new URL(audit.writerUrl).username}" reset all`]);
  }
});

describe("what a database says is kept must survive:", () => {
  /** A connection on which the server's settings look otherwise than they are. */
  async function pretending(fsync: string): Promise<string> {
    const schema = `pretend_${randomUUID().replaceAll("-", "")}`;
    await asSuperuser([
      `create schema ${schema}`,
      `grant usage on schema ${schema} to public`,
      `create function ${schema}.current_setting(name text) returns text language sql as
        $$ select case name when 'fsync' then '${fsync}' else pg_catalog.current_setting(name) end $$`,
    ]);
    const url = new URL(audit.writerUrl);
    url.searchParams.set("options", `-c search_path=${schema},pg_catalog,public`);
    return url.href;
  }

  test("with fsync off nothing is written there", async () => {
    const writer = new Writer(await pretending("off"));
    expect(await writer.store.ready()).toBe(false);
    await expect(writer.store.appendRefusals([])).rejects.toThrow(
      "the audit database runs with fsync off",
    );
    const honest = new Writer(await pretending("on"));
    expect(await honest.store.ready()).toBe(true);
  });

  test("a session that would not wait for the disk is made to", async () => {
    await asSuperuser([
      "create table seen (setting text)",
      `create function see() returns trigger language plpgsql security definer as
        $$ begin insert into public.seen values (current_setting('synchronous_commit')); return new; end $$`,
      "create trigger see before insert on audit_router for each row execute function see()",
    ]);
    const url = new URL(audit.writerUrl);
    url.searchParams.set("options", "-c synchronous_commit=off");
    await new Writer(url.href).write("a");
    url.searchParams.set("options", "-c synchronous_commit=remote_apply");
    await new Writer(url.href).write("b");
    await asSuperuser(["drop trigger see on audit_router", "grant select on seen to public"]);
    const { rows } = await owner.query("select setting from seen");
    expect(rows).toEqual([{ setting: "on" }, { setting: "remote_apply" }]);
  });

  test("a role that may not insert is noticed before anybody waits", async () => {
    const writer = new Writer();
    const role = new URL(audit.writerUrl).username;
    await asSuperuser([`revoke insert on audit_refusals from "${role}"`]);
    expect(await writer.book.ready()).toBe(false);
    await asSuperuser([`grant insert on audit_refusals to "${role}"`]);
    expect(await writer.book.ready()).toBe(true);
  });
});
