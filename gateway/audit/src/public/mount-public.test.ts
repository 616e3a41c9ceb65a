import { randomUUID } from "node:crypto";
import { createLog, type HttpServer, startHttp } from "@truc/service";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuditLog } from "../log/audit-log.ts";
import { allEntries, rootOf } from "../log/testing/expect-one-tree.ts";
import {
  naiveConsistency,
  naiveInclusion,
  naiveLeaf,
  naiveRoot,
} from "../log/testing/naive-tree.ts";
import {
  createAuditDatabase,
  openTestLog,
  TEST_SIGNER,
  type TestAuditDatabase,
} from "../log/testing/test-log.ts";
import { TestRouter } from "../log/testing/test-router.ts";
import { mountPublic } from "./mount-public.ts";

let database: TestAuditDatabase;
let log: AuditLog;
let http: HttpServer;
let router: TestRouter;
let leaves: Buffer[];

beforeAll(async () => {
  database = await createAuditDatabase();
  log = await openTestLog(database.db);
  http = await startHttp({
    port: 0,
    host: "127.0.0.1",
    log: createLog({ name: "test", level: "silent" }),
    routes: (app) => mountPublic(app, log),
  });
  router = new TestRouter(database.db.kysely);
});

afterAll(async () => {
  await http.stop();
  await database.drop();
});

async function get(path: string): Promise<{ status: number; cache: string | null; body: any }> {
  const response = await fetch(http.url + path);
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  const { status, headers } = response;
  return { status, cache: headers.get("cache-control"), body: isJson ? JSON.parse(text) : text };
}

function base64(hashes: readonly Buffer[]): string[] {
  return hashes.map((hash) => hash.toString("base64"));
}

describe("the log's public addresses", () => {
  it("have no checkpoint of an empty log", async () => {
    expect((await get("/checkpoint")).status).toBe(404);
  });

  it("give the newest checkpoint as text", async () => {
    await router.write(Array.from({ length: 300 }, () => ({})));
    await log.poll();
    await log.issueCheckpoint();
    await router.write(Array.from({ length: 5 }, () => ({})));
    await log.poll();
    leaves = (await allEntries(log)).map(({ line }) => naiveLeaf(line));
    const { status, cache, body } = await get("/checkpoint");
    expect({ status, cache }).toEqual({ status: 200, cache: "public, max-age=1" });
    expect(rootOf(body, 300)).toEqual(naiveRoot(leaves.slice(0, 300)));
  });

  it("prove a record to be in the tree of the newest checkpoint", async () => {
    expect(await get(`/proof/inclusion?router=${router.id}&sequence=270`)).toEqual({
      status: 200,
      cache: "public, max-age=1",
      body: {
        position: 269,
        leaf: leaves[269]!.toString("base64"),
        size: 300,
        proof: base64(naiveInclusion(269, leaves.slice(0, 300))),
        checkpoint: (await get("/checkpoint")).body,
      },
    });
  });

  it("prove it in the tree of a size, with its checkpoint where that is kept", async () => {
    const { body, cache } = await get(
      `/proof/inclusion?router=${router.id.toUpperCase()}&sequence=1&size=305`,
    );
    expect(cache).toBe("public, max-age=31536000, immutable");
    expect(body).toEqual({
      position: 0,
      leaf: leaves[0]!.toString("base64"),
      size: 305,
      proof: base64(naiveInclusion(0, leaves)),
    });
    const covered = await get(`/proof/inclusion?router=${router.id}&sequence=1&size=300`);
    expect(covered.body.checkpoint).toBe((await get("/checkpoint")).body);
  });

  it("prove one tree to begin another", async () => {
    expect((await get("/proof/consistency?from=256&to=300")).body).toEqual({
      from: 256,
      to: 300,
      proof: base64(naiveConsistency(256, leaves.slice(0, 300))),
      checkpoint: (await get("/checkpoint")).body,
    });
    expect((await get("/proof/consistency?from=7&to=305")).body).toEqual({
      from: 7,
      to: 305,
      proof: base64(naiveConsistency(7, leaves)),
    });
    expect((await get("/proof/consistency?from=0&to=0")).body).toEqual({
      from: 0,
      to: 0,
      proof: [],
    });
  });

  it("give the key that checkpoints are verified with", async () => {
    expect(await get("/keys")).toEqual({
      status: 200,
      cache: "public, max-age=300",
      body: { keys: [TEST_SIGNER.verifierKey] },
    });
  });

  it.each([
    ["/proof/inclusion", "PROOF_INPUT_INVALID", 400],
    ["/proof/inclusion?router=x&sequence=1", "PROOF_INPUT_INVALID", 400],
    ["/proof/inclusion?router=ROUTER&sequence=0", "PROOF_INPUT_INVALID", 400],
    ["/proof/inclusion?router=ROUTER&sequence=-1", "PROOF_INPUT_INVALID", 400],
    ["/proof/inclusion?router=ROUTER&sequence=1e2", "PROOF_INPUT_INVALID", 400],
    ["/proof/inclusion?router=ROUTER&sequence=9999999999999999", "PROOF_INPUT_INVALID", 400],
    ["/proof/inclusion?router=ROUTER&sequence=1&sequence=2", "PROOF_INPUT_INVALID", 400],
    ["/proof/inclusion?router=ROUTER&sequence=1&size=", "PROOF_INPUT_INVALID", 400],
    ["/proof/inclusion?router=ROUTER&sequence=1&other=2", "PROOF_INPUT_INVALID", 400],
    ["/proof/consistency?from=2&to=1", "PROOF_INPUT_INVALID", 400],
    ["/proof/consistency?from=02&to=3", "PROOF_INPUT_INVALID", 400],
    ["/proof/consistency?to=3", "PROOF_INPUT_INVALID", 400],
    ["/checkpoint?size=3", "PROOF_INPUT_INVALID", 400],
    ["/proof/inclusion?router=NOBODY&sequence=1", "PROOF_UNKNOWN", 404],
    ["/proof/inclusion?router=ROUTER&sequence=306", "PROOF_UNKNOWN", 404],
    // In the log, but under no checkpoint yet.
    ["/proof/inclusion?router=ROUTER&sequence=301", "PROOF_UNKNOWN", 404],
    ["/proof/inclusion?router=ROUTER&sequence=301&size=300", "PROOF_UNKNOWN", 404],
    ["/proof/inclusion?router=ROUTER&sequence=1&size=306", "PROOF_UNKNOWN", 404],
    ["/proof/inclusion?router=ROUTER&sequence=1&size=0", "PROOF_UNKNOWN", 404],
    ["/proof/consistency?from=1&to=306", "PROOF_UNKNOWN", 404],
  ])("answer %s with %s", async (path, code, status) => {
    const answer = await get(path.replace("ROUTER", router.id).replace("NOBODY", randomUUID()));
    expect(answer.status).toBe(status);
    expect(answer.body.errors[0].extensions.code).toBe(code);
    expect(answer.cache).toBeNull();
  });

  it("say so while the database is away", async () => {
    const lost = await createAuditDatabase();
    const server = await startHttp({
      port: 0,
      host: "127.0.0.1",
      log: createLog({ name: "test", level: "silent" }),
      routes: async (app) => mountPublic(app, await openTestLog(lost.db)),
    });
    try {
      const name = new URL(lost.url).pathname.slice(1);
      await sql`drop database ${sql.id(name)} with (force)`.execute(database.db.kysely);
      const response = await fetch(`${server.url}/checkpoint`);
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({
        errors: [{ extensions: { code: "LOG_UNAVAILABLE" } }],
      });
    } finally {
      await server.stop();
      await lost.drop();
    }
  });
});
