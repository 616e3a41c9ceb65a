import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GCProfiler, type HeapSpaceStatistics } from "node:v8";
import { type PermitSecrets, signPermit, UNLIMITED } from "@truc/contracts";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrate } from "../database/migrate.ts";
import { type Database, openDatabase } from "../database/open-database.ts";
import { Journal } from "../journal/journal.ts";
import { tuneHeap } from "../process/tune-heap.ts";
import { createTestDatabase, databaseServers, type TestDatabase } from "../testing/index.ts";
import { PermitReader } from "./permit-reader.ts";
import { fillLibrary, library, readerId } from "./sample/library.ts";
import { SubgraphServer } from "./subgraph-server.ts";

// Decision 0046: what is made old keeps a whole request from dying, and nothing but the collector shows it.

const READERS = 20;
const QUERY = `query($r: [_Any!]!) {
  _entities(representations: $r) { ... on Reader { id loans(first: 2) { title reader { id } } } } }`;
const SECRETS: PermitSecrets = { keys: [{ kid: "test", secret: "S".repeat(43) }] };

describe.each(databaseServers())("a register over $dialect", (server) => {
  let database: TestDatabase;
  let db: Database;
  let journal: Journal;
  let register: SubgraphServer;
  const directory = mkdtempSync(join(tmpdir(), "truc-young-"));

  beforeAll(async () => {
    tuneHeap();
    database = await createTestDatabase(server);
    db = openDatabase(database.url, { maxConnections: 4, statementTimeoutMs: 10_000 });
    await migrate(db, library.migrations);
    await fillLibrary(db);
    const secrets = join(directory, "secrets.json");
    writeFileSync(secrets, JSON.stringify(SECRETS));
    const log = pino({ level: "silent" });
    const permits = new PermitReader(library.name, secrets, log);
    journal = new Journal({ directory, name: library.name });
    register = new SubgraphServer(library, { db, permits, journal, log });
  });
  afterAll(async () => {
    await journal.close();
    await db.close();
    await database.drop();
    rmSync(directory, { recursive: true });
  });

  async function answer(times: number): Promise<void> {
    const now = Math.floor(Date.now() / 1_000);
    const claims = { aud: library.name, iat: now, exp: now + 60, system: "test", distance: 0 };
    const permit = signPermit({ ...claims, scopes: SCOPES, limits: UNLIMITED }, SECRETS);
    const body = JSON.stringify({
      query: QUERY,
      variables: {
        r: Array.from({ length: READERS }, (_, index) => ({
          __typename: "Reader",
          id: readerId(index + 1),
        })),
      },
      extensions: { permit },
    });
    for (let count = 0; count < times; count++) {
      const { bytes } = await register.answer(JSON.parse(body), {
        requestId: "test",
        permitHeader: undefined,
        traceparent: undefined,
      });
      if (count === 0) expect(JSON.parse(bytes.toString())).not.toHaveProperty("errors");
    }
  }

  test("leaves nothing of a request behind that only a look through the whole heap could free", async () => {
    await answer(500);
    const profiler = new GCProfiler();
    profiler.start();
    await answer(3_000);
    const { statistics } = profiler.stop();
    const scavenges = statistics.filter(({ gcType }) => gcType === "Scavenge");
    let made = 0;
    let survived = 0;
    for (const { beforeGC, afterGC } of scavenges) {
      const [before, after] = [beforeGC, afterGC].map((gc) => sizes(gc.heapSpaceStatistics));
      made += before!.young;
      survived += after!.young + Math.max(0, after!.old - before!.old);
    }
    expect(scavenges.length).toBeGreaterThan(3);
    expect(survived / made).toBeLessThan(0.05);
  });
});

const SCOPES = ["library:reader", "library:loans"];

function sizes(spaces: readonly HeapSpaceStatistics[]): { young: number; old: number } {
  const of = (name: string): number =>
    spaces.find(({ spaceName }) => spaceName === name)!.spaceUsedSize;
  return { young: of("new_space"), old: of("old_space") };
}
