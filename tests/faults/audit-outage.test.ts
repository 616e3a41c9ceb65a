import { createHmac, hkdfSync } from "node:crypto";
import { readFileSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { AuditProcess } from "../harness/audit-process.ts";
import { CuttableProxy } from "../harness/cuttable-proxy.ts";
import { HeldSubgraph } from "../harness/held-subgraph.ts";
import { RouterSetup } from "../harness/router-process.ts";
import type { ServiceProcess } from "../harness/service-process.ts";
import { composeSupergraph } from "../harness/test-router.ts";
import { keptRecords } from "../proof/kept-records.ts";

const PATIENCE = { timeout: 20_000, interval: 20 };
const ANSWERED = { status: 200, body: { data: { quick: 1 } } };
const UNRECORDED = {
  status: 503,
  body: { errors: [{ extensions: { code: "AUDIT_UNAVAILABLE" } }] },
};

let audit: AuditProcess;
let wire: CuttableProxy;
let held: HeldSubgraph;
let setup: RouterSetup;
let settings: Record<string, string>;

beforeAll(async () => {
  audit = await AuditProcess.start();
  wire = await CuttableProxy.start(audit.writerUrl);
  held = await HeldSubgraph.start();
  setup = await RouterSetup.make(composeSupergraph([held.subgraph]));
  settings = { ...audit.routerSettings, AUDIT: wire.url };
});
afterAll(async () => {
  await setup.stop();
  await held.stop();
  await wire.cut();
  await audit.stop();
});

/** What a router cannot do at the moment. */
async function notReady(url: string): Promise<string[]> {
  const response = await fetch(`${url}/health/ready`);
  return ((await response.json()) as { notReady: string[] }).notReady;
}

async function anonymous(url: string): Promise<number> {
  const headers = { "content-type": "application/json" };
  return (await fetch(`${url}/graphql`, { method: "POST", headers, body: "{}" })).status;
}

async function rows<T extends pg.QueryResultRow>(statement: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: audit.databaseUrl });
  await client.connect();
  try {
    return (await client.query<T>(statement)).rows;
  } finally {
    await client.end();
  }
}

describe("a router over the audit database", () => {
  let router: ServiceProcess;
  let url: string;
  beforeAll(async () => {
    router = setup.start(settings);
    url = await router.ready();
    await vi.waitFor(async () => expect(await notReady(url)).toEqual([]), PATIENCE);
  });
  afterAll(async () => void (await router.signal("SIGKILL")));

  test("keeps what it answers there, under the months' keys of the audit process", async () => {
    const answer = await setup.ask(url, "{ quick }");
    expect(answer).toMatchObject(ANSWERED);
    const [batch] = await rows<{ lines: Buffer }>("select lines from audit_batch");
    const record = JSON.parse(batch!.lines.toString()) as Record<string, unknown>;
    expect(record["id"]).toBe(answer.id);
    const root = Buffer.from(readFileSync(audit.keyFiles.root, "utf8"), "base64url");
    const month = new Date(record["time"] as number).toISOString().slice(0, 7);
    const key = Buffer.from(hkdfSync("sha256", root, "", `truc audit digests ${month}`, 32));
    const digest = createHmac("sha256", key).update("{ quick }").digest().subarray(0, 16);
    expect(record["operation"]).toBe(digest.toString("base64url"));
  });

  test("answers nothing while it is down, reads nothing, says so, and goes on by itself when it is back", async () => {
    const before = await setup.ask(url, "{ quick }");
    await wire.cut();
    await vi.waitFor(async () => expect(await notReady(url)).toEqual(["audit"]), PATIENCE);
    // The first one had been read when it turned out; from then on nothing is.
    const read = await setup.ask(url, "{ quick }");
    expect(read).toMatchObject(UNRECORDED);
    const asked = held.asked;
    for (const _time of [1, 2, 3])
      expect(await setup.ask(url, "{ quick }")).toMatchObject(UNRECORDED);
    expect(held.asked).toBe(asked);
    // Nobody waits for what is counted.
    expect(await anonymous(url)).toBe(401);
    await wire.restore();
    await vi.waitFor(async () => expect(await notReady(url)).toEqual([]), PATIENCE);
    const after = await setup.ask(url, "{ quick }");
    expect(after).toMatchObject(ANSWERED);
    const kept = [...(await keptRecords(audit.databaseUrl)).keys()];
    expect(kept.slice(-3)).toEqual([before.id, read.id, after.id]);
  });

  test("whose network says nothing any more answers nothing, until it does", async () => {
    wire.hold();
    const read = await setup.ask(url, "{ quick }");
    expect(read).toMatchObject(UNRECORDED);
    expect(await notReady(url)).toEqual(["audit"]);
    await wire.restore();
    await vi.waitFor(async () => expect(await notReady(url)).toEqual([]), PATIENCE);
    const after = await setup.ask(url, "{ quick }");
    expect(after).toMatchObject(ANSWERED);
    const kept = [...(await keptRecords(audit.databaseUrl)).keys()];
    expect(kept.slice(-2)).toEqual([read.id, after.id]);
  });

  test("goes on while the audit process is down", async () => {
    await audit.kill();
    expect(await setup.ask(url, "{ quick }")).toMatchObject(ANSWERED);
    expect(await notReady(url)).toEqual([]);
    await audit.restart();
  });

  test("writes what it has counted when it stops, of the outage too", async () => {
    expect(await router.signal("SIGTERM")).toBe(0);
    const counts = await rows<{ source: string; code: string; count: string }>(
      "select source, code, sum(count)::int as count from audit_refusals group by 1, 2 order by 2",
    );
    expect(counts).toEqual([
      { source: "system:test-system", code: "AUDIT_UNAVAILABLE", count: 3 },
      { source: expect.stringMatching(/^address:[\w-]{22}$/), code: "TOKEN_MISSING", count: 1 },
    ]);
  });
});

test("a router that has no keys of the month yet answers nothing, until the audit process gives them", async () => {
  await audit.kill();
  const router = setup.start(settings);
  try {
    const url = await router.ready();
    expect(await notReady(url)).toEqual(["audit"]);
    const asked = held.asked;
    expect(await setup.ask(url, "{ quick }")).toMatchObject(UNRECORDED);
    expect(held.asked).toBe(asked);
    expect(await anonymous(url)).toBe(401);
    await audit.restart();
    await vi.waitFor(async () => expect(await notReady(url)).toEqual([]), PATIENCE);
    expect(await setup.ask(url, "{ quick }")).toMatchObject(ANSWERED);
  } finally {
    await router.signal("SIGKILL");
  }
});
