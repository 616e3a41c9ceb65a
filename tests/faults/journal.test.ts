import { execFileSync } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { HeldSubgraph } from "../harness/held-subgraph.ts";
import { RouterSetup } from "../harness/router-process.ts";
import { seeded } from "../harness/seeded.ts";
import type { ServiceProcess } from "../harness/service-process.ts";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";

const PATIENCE = { timeout: 20_000, interval: 20 };
/** The whole body of a request that could not be put on record. */
const NOT_ON_RECORD = {
  errors: [
    {
      message: "The request could not be put on record, so nothing is answered: try again shortly.",
      extensions: { code: "AUDIT_UNAVAILABLE", requestId: expect.any(String) },
    },
  ],
};

let held: HeldSubgraph;
let supergraph: string;

beforeAll(async () => {
  held = await HeldSubgraph.start();
  supergraph = composeSupergraph([held.subgraph]);
});
afterAll(async () => await held.stop());

test("a journal directory that is gone: nothing leaves, until it is back", async () => {
  const router = await TestRouter.start(supergraph);
  const journal = join(router.directory, "journal");
  try {
    renameSync(journal, `${journal}-away`);
    writeFileSync(journal, "");
    const read = await router.ask("{ quick }");
    expect([read.status, read.body]).toEqual([503, NOT_ON_RECORD]);
    expect(read.headers.get("retry-after")).toBe("5");
    expect(await notReady(router)).toEqual(["audit"]);
    // From now on nothing is read any more.
    const asked = held.asked;
    const unread = await router.ask("{ quick }");
    expect([unread.status, unread.body]).toEqual([503, NOT_ON_RECORD]);
    expect(held.asked).toBe(asked);
    // Who shows no token is told so as always: that is counted, and nobody waits for it.
    const anonymous = await fetch(router.url, {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json" },
    });
    expect(anonymous.status).toBe(401);
    rmSync(journal);
    renameSync(`${journal}-away`, journal);
    await vi.waitFor(async () => expect(await notReady(router)).toEqual([]), PATIENCE);
    const { status, body, headers } = await router.ask("{ quick }");
    expect([status, body]).toEqual([200, { data: { quick: 1 } }]);
    // What was read is on record, though its answer did not leave.
    expect(router.records().map(({ id }) => id)).toEqual([idOf(read.headers), idOf(headers)]);
  } finally {
    await router.stop();
  }
});

const idOf = (headers: Headers): string | null => headers.get("x-request-id");

/** What the router cannot do at the moment. */
async function notReady({ url }: { url: string }): Promise<string[]> {
  const response = await fetch(new URL("/health/ready", url));
  return ((await response.json()) as { notReady: string[] }).notReady;
}

/** Sets the size no file of the process can grow beyond: to the process it is a disk that is full. */
function limitFileSize({ child }: ServiceProcess, bytes: number | "unlimited"): void {
  execFileSync("prlimit", ["--pid", String(child.pid), `--fsize=${bytes}:unlimited`]);
}

describe.runIf(existsSync("/usr/bin/prlimit"))("a disk that fills up under the journal", () => {
  test("nothing leaves, no half line stays, and it goes on when there is room again", async () => {
    const setup = await RouterSetup.make(supergraph);
    const router = setup.start();
    try {
      const url = await router.ready();
      const before = await setup.ask(url, "{ quick }");
      expect(before).toMatchObject({ status: 200, body: { data: { quick: 1 } } });
      const [file] = readdirSync(setup.journal);
      const { size } = statSync(join(setup.journal, file!));

      limitFileSize(router, size + 100);
      const refused = await Promise.all(
        [1, 2, 3].map(async () => await setup.ask(url, "{ quick }")),
      );
      for (const { status, body } of refused) expect([status, body]).toEqual([503, NOT_ON_RECORD]);
      await vi.waitFor(
        () => expect(statSync(join(setup.journal, file!)).size).toBe(size),
        PATIENCE,
      );

      limitFileSize(router, "unlimited");
      await vi.waitFor(async () => expect(await notReady({ url })).toEqual([]), PATIENCE);
      const after = await setup.ask(url, "{ quick }");
      expect(after).toMatchObject({ status: 200, body: { data: { quick: 1 } } });
      const [first, ...others] = setup.records().map(({ id }) => id);
      expect([first, others.pop()]).toEqual([before.id, after.id]);
      // What was read meanwhile is there too, each once.
      expect(others.toSorted()).toEqual(refused.map(({ id }) => id).toSorted());
      expect(await router.signal("SIGTERM")).toBe(0);
    } finally {
      await router.signal("SIGKILL");
      await setup.stop();
    }
  });
});

describe("a router that is killed", () => {
  const ROUNDS = 3;
  const CLIENTS = 6;
  const seed = Number(process.env["TRUC_TEST_SEED"] ?? Math.floor(Math.random() * 1_000_000));

  test(`has every answer it gave on record, at whatever moment it dies (TRUC_TEST_SEED=${seed})`, async () => {
    const random = seeded(seed);
    const setup = await RouterSetup.make(supergraph);
    const answered = new Set<string>();
    let router = setup.start();
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const url = await router.ready();
        const enough = answered.size + 20 + Math.floor(random() * 150);
        const clients = Array.from({ length: CLIENTS }, async () => {
          for (;;) {
            const answer = await setup.ask(url, "{ quick }").catch(() => undefined);
            if (answer === undefined) return;
            expect(answer).toMatchObject({ status: 200, body: { data: { quick: 1 } } });
            answered.add(answer.id);
            // In the same turn in which an answer arrives, others are anywhere between their stages.
            if (answered.size === enough) router.child.kill("SIGKILL");
          }
        });
        await Promise.all(clients);
        expect(await router.ends()).toBe("SIGKILL");
        // A start over the same journal repairs its end; what it then holds is whole.
        router = setup.start();
        await router.ready();
        const recorded = new Set(setup.records().map(({ id }) => id));
        expect([...answered].filter((id) => !recorded.has(id))).toEqual([]);
        expect(answered.size).toBeGreaterThanOrEqual(enough);
      }
      expect(await router.signal("SIGTERM")).toBe(0);
      expect(router.stderr).toBe("");
    } finally {
      await router.signal("SIGKILL");
      await setup.stop();
    }
  });

  test("leaves a torn line at worst, and the next start cuts it off", async () => {
    const setup = await RouterSetup.make(supergraph);
    let router = setup.start();
    try {
      const first = await setup.ask(await router.ready(), "{ quick }");
      await router.signal("SIGKILL");
      const [file] = readdirSync(setup.journal);
      writeFileSync(join(setup.journal, file!), '{"id":"torn', { flag: "a" });
      router = setup.start();
      const second = await setup.ask(await router.ready(), "{ quick }");
      expect(setup.records().map(({ id }) => id)).toEqual([first.id, second.id]);
    } finally {
      await router.signal("SIGKILL");
      await setup.stop();
    }
  });
});

test("a client that leaves in the middle of its request has it recorded, though nothing more is read for it", async () => {
  const router = await TestRouter.start(supergraph);
  const connections: Socket[] = [];
  const meet = (message: unknown): void => {
    const { socket } = message as { socket: Socket };
    if (String(socket.localPort) === new URL(router.url).port) connections.push(socket);
  };
  subscribe("net.server.socket", meet);
  try {
    const leaving = new AbortController();
    const asked = fetch(router.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${await router.issuer.token()}`,
      },
      body: JSON.stringify({ query: "query Leaves { slow }" }),
      signal: leaving.signal,
    });
    await vi.waitFor(() => expect(held.waiting).toBe(1), PATIENCE);
    leaving.abort();
    await expect(asked).rejects.toThrow("aborted");
    await vi.waitFor(() => expect(connections[0]?.closed).toBe(true), PATIENCE);
    // The register has not answered yet.
    await vi.waitFor(() => expect(router.records()).toHaveLength(1), PATIENCE);
    expect(router.records()[0]).toMatchObject({
      system: "test-system",
      operationName: null,
      outcome: "failed",
      code: "REQUEST_ABANDONED",
      asked: { held: 1 },
      failed: { held: 1 },
    });
    held.release();
    expect((await router.ask("{ quick }")).body).toEqual({ data: { quick: 1 } });
  } finally {
    unsubscribe("net.server.socket", meet);
    await router.stop();
  }
});
