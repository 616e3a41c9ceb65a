import { randomUUID } from "node:crypto";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import { createLog } from "@truc/service/process";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { InProcessState } from "./in-process-state.ts";
import { RedisState } from "./redis-state.ts";
import { SharedStateLost, type SharedState } from "./shared-state.ts";

const REDIS_URL = process.env["TRUC_TEST_REDIS_URL"];
const log = createLog({ name: "test", level: "silent" });

const IMPLEMENTATIONS: [string, boolean, () => Promise<SharedState>][] = [
  ["in this process", true, async () => await Promise.resolve(new InProcessState())],
  ["in Redis", REDIS_URL !== undefined, async () => await RedisState.open(REDIS_URL ?? "", log)],
];

for (const [where, there, open] of IMPLEMENTATIONS) {
  describe.runIf(there)(`state shared ${where}`, () => {
    let state: SharedState;
    beforeAll(async () => {
      state = await open();
    });
    afterAll(async () => {
      await state.close();
    });

    test("is there", () => {
      expect(state.lost()).toBe(false);
    });

    test("gives points out until they are used up", async () => {
      const id = randomUUID();
      const three = { limit: 3, seconds: 60 };
      const takes = [];
      for (let index = 0; index < 4; index += 1) takes.push(await state.take("rate", id, 1, three));
      expect(takes.map(({ taken }) => taken)).toEqual([true, true, true, false]);
      const last = takes.at(-1)!;
      expect(last.taken ? 0 : last.retryMs).toBeGreaterThan(50_000);
      expect(last.taken ? 0 : last.retryMs).toBeLessThanOrEqual(60_000);
    });

    test("gives all points asked for or none", async () => {
      const id = randomUUID();
      const ten = { limit: 10, seconds: 60 };
      expect(await state.take("rate", id, 7, ten)).toEqual({ taken: true });
      expect(await state.take("rate", id, 4, ten)).toMatchObject({ taken: false });
      expect(await state.take("rate", id, 3, ten)).toEqual({ taken: true });
      expect(await state.take("rate", id, 1, ten)).toMatchObject({ taken: false });
    });

    test("refuses more than the whole allowance, and takes nothing for it", async () => {
      const id = randomUUID();
      const five = { limit: 5, seconds: 60 };
      const refused = await state.take("rate", id, 6, five);
      expect(refused.taken ? 0 : refused.retryMs).toBeGreaterThan(0);
      expect(await state.take("rate", id, 5, five)).toEqual({ taken: true });
    });

    test("gives points out again when the window has passed", async () => {
      const id = randomUUID();
      const one = { limit: 1, seconds: 1 };
      expect(await state.take("rate", id, 1, one)).toEqual({ taken: true });
      expect(await state.take("rate", id, 1, one)).toMatchObject({ taken: false });
      await vi.waitFor(
        async () => expect(await state.take("rate", id, 1, one)).toEqual({ taken: true }),
        { timeout: 10_000 },
      );
    });

    test("keeps kinds and ids apart, whatever they are called", async () => {
      const one = { limit: 1, seconds: 60 };
      const id = randomUUID();
      const ids = [id, `__proto__${id}`, `constructor${id}`, `${id}:x`, `${id} x`];
      const first = [];
      for (const kind of ["rate", "cost"] as const)
        for (const each of ids) first.push((await state.take(kind, each, 1, one)).taken);
      expect(first).toEqual(Array.from({ length: 10 }, () => true));
    });

    test.each(["__proto__", "constructor", "", "toString", "đường\u0000", "x".repeat(10_000)])(
      "knows the first use of %j",
      async (name) => {
        const id = `${name}${randomUUID()}`;
        expect(await state.firstUse("dpop", id, 60, "office")).toBe(true);
        expect(await state.firstUse("dpop", id, 60, "office")).toBe(false);
        expect(await state.firstUse("actor", id, 60, "office")).toBe(true);
        expect(await state.firstUse("actor", id, 60, "office")).toBe(false);
      },
    );

    test("of many who use an id at once one is first", async () => {
      const id = randomUUID();
      const uses = await Promise.all(
        Array.from({ length: 20 }, async () => await state.firstUse("dpop", id, 60, "office")),
      );
      expect(uses.filter(Boolean)).toHaveLength(1);
    });

    test("forgets an id when its time has passed", async () => {
      const id = randomUUID();
      expect(await state.firstUse("dpop", id, 1, "office")).toBe(true);
      await vi.waitFor(
        async () => expect(await state.firstUse("dpop", id, 1, "office")).toBe(true),
        {
          timeout: 10_000,
        },
      );
    });
  });
}

test("the names objects have by themselves are ids like others", async () => {
  const state = new InProcessState();
  const one = { limit: 1, seconds: 60 };
  for (const id of ["__proto__", "constructor", "hasOwnProperty"]) {
    expect(state.take("rate", id, 1, one)).toEqual({ taken: true });
    expect(state.take("rate", id, 1, one)).toMatchObject({ taken: false });
    expect(await state.firstUse("dpop", id, 60, "office")).toBe(true);
    expect(await state.firstUse("dpop", id, 60, "office")).toBe(false);
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
  await state.close();
});

test("in this process, an id in use is not forgotten to make room for another", async () => {
  const state = new InProcessState({ maxIds: 2 });
  expect(await state.firstUse("dpop", "a", 60, "office")).toBe(true);
  expect(await state.firstUse("dpop", "b", 60, "office")).toBe(true);
  await expect(state.firstUse("dpop", "c", 60, "office")).rejects.toThrow(SharedStateLost);
  expect(await state.firstUse("dpop", "a", 60, "office")).toBe(false);
  expect(await state.firstUse("actor", "c", 60, "office")).toBe(true);
  await state.close();
});

test("in this process, one system that uses up its ids leaves the others theirs", async () => {
  const state = new InProcessState({ maxIds: 5, maxIdsOfSystem: 2 });
  const use = async (id: string, system: string, seconds = 60): Promise<boolean> =>
    await state.firstUse("actor", id, seconds, system);
  expect(await use("a", "greedy")).toBe(true);
  expect(await use("b", "greedy")).toBe(true);
  await expect(use("c", "greedy")).rejects.toThrow(SharedStateLost);
  // What was used stays used, by whomever it is shown.
  expect(await use("a", "greedy")).toBe(false);
  expect(await use("a", "office")).toBe(false);
  expect(await use("c", "office")).toBe(true);
  expect(await state.firstUse("dpop", "c", 60, "greedy")).toBe(true);
  await state.close();
});

test("in this process, what is forgotten is no longer counted", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  try {
    const state = new InProcessState({ maxIds: 5, maxIdsOfSystem: 2 });
    const use = async (id: string): Promise<boolean> =>
      await state.firstUse("actor", id, 60, "office");
    expect([await use("a"), await use("b")]).toEqual([true, true]);
    vi.advanceTimersByTime(59_000);
    await expect(use("c")).rejects.toThrow(SharedStateLost);
    vi.advanceTimersByTime(2_000);
    expect([await use("c"), await use("a")]).toEqual([true, true]);
    await expect(use("d")).rejects.toThrow(SharedStateLost);
    await state.close();
  } finally {
    vi.useRealTimers();
  }
});

describe.runIf(REDIS_URL !== undefined)("what stands in Redis", () => {
  test("begins with truc:, is a digest where callers choose it, and passes", async () => {
    const state = await RedisState.open(REDIS_URL ?? "", log);
    const redis = new Redis(REDIS_URL ?? "");
    const grant = randomUUID();
    await state.firstUse("dpop", `079300001234 ${grant}`, 60);
    await state.take("cost", grant, 5, { limit: 10, seconds: 60 });
    const keys = await redis.keys("*");
    expect(keys.filter((key) => !key.startsWith("truc:"))).toEqual([]);
    expect(keys.filter((key) => key.includes("079300001234"))).toEqual([]);
    expect(await redis.get(`truc:budget:cost:${grant}`)).toBe("5");
    for (const key of keys) expect(await redis.ttl(key)).toBeGreaterThanOrEqual(-2);
    for (const key of keys) expect(await redis.ttl(key)).not.toBe(-1);
    await state.close();
    redis.disconnect();
  });
});

describe("a Redis that does not answer", () => {
  let state: SharedState | undefined;
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => void sockets.add(socket));
  beforeAll(async () => {
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
  });
  afterEach(async () => {
    await state?.close();
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test.each([
    ["is not there", () => "redis://127.0.0.1:1"],
    [
      "takes connections and says nothing",
      () => `redis://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    ],
  ])("because it %s is lost, and refused with SharedStateLost", async (_title, url) => {
    state = await RedisState.open(url(), log);
    expect(state.lost()).toBe(true);
    await expect(state.firstUse("dpop", "a", 60, "office")).rejects.toThrow(SharedStateLost);
    await expect(state.take("rate", "a", 1, { limit: 1, seconds: 1 })).rejects.toThrow(
      SharedStateLost,
    );
  });
});
