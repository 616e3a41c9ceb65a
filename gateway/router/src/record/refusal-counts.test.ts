import { createHmac } from "node:crypto";
import { createLog } from "@truc/service/process";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LocalMonthKeys, type MonthKeySource } from "./month-keys.ts";
import { NeverKept, type RecordStore, type RefusalCount } from "./record-store.ts";
import { RefusalCounts } from "./refusal-counts.ts";

const ROUTER = "0d6f6d54-2b52-4d3c-8d7b-4f3c0a1f5d2e";
const NOON = Date.parse("2026-11-22T12:00:00Z");
const log = createLog({ name: "test", level: "silent" });
const local = new LocalMonthKeys(Buffer.alloc(32, 7));

/** Keeps counts unless it is down. */
class TestStore implements RecordStore {
  kept: RefusalCount[] = [];
  readonly sizes: number[] = [];
  isDown = false;
  /** A count of such a code is never kept. */
  refused: string | undefined;
  async appendRefusals(refusals: readonly RefusalCount[]): Promise<void> {
    await Promise.resolve();
    if (this.isDown) throw new Error("down");
    if (refusals.some(({ code }) => code === this.refused)) throw new NeverKept("no");
    this.sizes.push(refusals.length);
    this.kept.push(...refusals);
  }
  async append(): Promise<void> {}
  async ready(): Promise<boolean> {
    return await Promise.resolve(true);
  }
  async close(): Promise<void> {}

  /** `minute source code count`, sorted. */
  words(): string[] {
    return this.kept
      .map(({ minute, source, code, count }) =>
        [minute.toISOString().slice(11, 16), source, code, count].join(" "),
      )
      .toSorted();
  }
}

let store: TestStore;
let counts: RefusalCounts;
const at = (address: string) => ({ system: undefined, address });
const of = (system: string) => ({ system, address: "10.0.0.1" });
const open = (keys: MonthKeySource = local): RefusalCounts =>
  new RefusalCounts({ store, router: ROUTER, keys, log });

function addressOnRecord(address: string): string {
  const whole = createHmac("sha256", local.of(NOON).pseudonyms)
    .update(`address:${address}`)
    .digest();
  return `address:${whole.subarray(0, 16).toString("base64url")}`;
}

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
  store = new TestStore();
  counts = open();
});
afterEach(() => vi.useRealTimers());

describe("refusals", () => {
  test("are counted by source, minute and code, and written when the minute has ended", async () => {
    for (const code of ["TOKEN_MISSING", "TOKEN_MISSING", "TOKEN_INVALID"])
      counts.count(at("192.0.2.1"), code);
    counts.count(at("192.0.2.2"), "TOKEN_MISSING");
    counts.count(of("portal"), "GRAPHQL_PARSE_FAILED");
    await vi.advanceTimersByTimeAsync(59_000);
    expect(store.kept).toEqual([]);
    counts.count(of("portal"), "GRAPHQL_PARSE_FAILED");
    await vi.advanceTimersByTimeAsync(2_000);
    counts.count(of("portal"), "GRAPHQL_PARSE_FAILED");
    expect(store.words()).toEqual(
      [
        `12:00 ${addressOnRecord("192.0.2.1")} TOKEN_INVALID 1`,
        `12:00 ${addressOnRecord("192.0.2.1")} TOKEN_MISSING 2`,
        `12:00 ${addressOnRecord("192.0.2.2")} TOKEN_MISSING 1`,
        "12:00 system:portal GRAPHQL_PARSE_FAILED 2",
      ].toSorted(),
    );
    expect(new Set(store.kept.map(({ router }) => router))).toEqual(new Set([ROUTER]));
    expect(JSON.stringify(store.kept)).not.toContain("192.0.2");
    store.kept = [];
    await vi.advanceTimersByTimeAsync(60_000);
    expect(store.words()).toEqual(["12:01 system:portal GRAPHQL_PARSE_FAILED 1"]);
  });

  test("are written when the router stops, of the minute that has not ended too", async () => {
    counts.count(of("portal"), "OVERLOADED");
    await counts.close();
    expect(store.words()).toEqual(["12:00 system:portal OVERLOADED 1"]);
  });

  test("of more than 10,000 sources in a minute are told apart no more, and counted all the same", async () => {
    const senders = Array.from({ length: 10_500 }, (_, n) => `10.0.${n >> 8}.${n & 255}`);
    for (const sender of senders) counts.count(at(sender), "TOKEN_MISSING");
    // Who is told apart already still is.
    counts.count(at(senders[0]!), "TOKEN_MISSING");
    counts.count(at(senders[0]!), "TOKEN_INVALID");
    await counts.close();
    expect(store.kept).toHaveLength(10_002);
    const byWords = store.words();
    expect(byWords).toContain("12:00 others TOKEN_MISSING 500");
    expect(byWords).toContain(`12:00 ${addressOnRecord(senders[0]!)} TOKEN_MISSING 2`);
    expect(byWords).toContain(`12:00 ${addressOnRecord(senders[0]!)} TOKEN_INVALID 1`);
    expect(Math.max(...store.sizes)).toBe(200);
  });

  test("are kept and written later where they cannot be written", async () => {
    store.isDown = true;
    counts.count(of("portal"), "OVERLOADED");
    await vi.advanceTimersByTimeAsync(65_000);
    counts.count(of("portal"), "OVERLOADED");
    await vi.advanceTimersByTimeAsync(65_000);
    store.isDown = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(store.words()).toEqual([
      "12:00 system:portal OVERLOADED 1",
      "12:01 system:portal OVERLOADED 1",
    ]);
  });

  test("wait for the key of their month, without which no address has a pseudonym", async () => {
    let keys: MonthKeySource["of"] = () => undefined;
    const waiting = open({ of: (time) => keys(time), close: async () => {} });
    waiting.count(at("192.0.2.1"), "TOKEN_MISSING");
    await vi.advanceTimersByTimeAsync(65_000);
    expect(store.kept).toEqual([]);
    keys = (time) => local.of(time);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(store.words()).toEqual([`12:00 ${addressOnRecord("192.0.2.1")} TOKEN_MISSING 1`]);
  });

  test("of a long outage take no more than their room: the oldest are told apart no more, none is left out", async () => {
    store.isDown = true;
    for (let minute = 0; minute < 8; minute++) {
      for (let n = 0; n < 9_000; n++) counts.count(at(`10.${minute}.0.${n}`), "TOKEN_MISSING");
      await vi.advanceTimersByTimeAsync(60_000);
    }
    store.isDown = false;
    await counts.close();
    expect(store.kept.reduce((sum, { count }) => sum + count, 0)).toBe(8 * 9_000);
    const [oldest] = store.kept;
    expect([oldest?.source, oldest?.count]).toEqual(["others", 9_000]);
    expect(store.kept.length).toBeLessThanOrEqual(50_000);
    expect(store.kept.filter(({ source }) => source !== "others")).toHaveLength(5 * 9_000);
  });

  test("of very many minutes become those of fewer", async () => {
    store.isDown = true;
    for (let minute = 0; minute < 2_010; minute++) {
      counts.count(of("portal"), "OVERLOADED");
      await vi.advanceTimersByTimeAsync(60_000);
    }
    store.isDown = false;
    await counts.close();
    expect(store.kept.reduce((sum, { count }) => sum + count, 0)).toBe(2_010);
    expect(new Set(store.kept.map(({ minute }) => minute.getTime())).size).toBe(2_000);
  });

  test.each(["a\0b", "s".repeat(129), "urn:citizen:901084980027"])(
    "of a system whose name may not stand in clear are written under its digest: %s",
    async (name) => {
      counts.count(of(name), "OVERLOADED");
      await counts.close();
      const digest = createHmac("sha256", local.of(NOON).digests).update(name).digest();
      const words = digest.subarray(0, 16).toString("base64url");
      expect(store.words()).toEqual([`12:00 system:digest:${words} OVERLOADED 1`]);
    },
  );

  test("of addresses take no system's place", async () => {
    for (let n = 0; n < 10_500; n++) counts.count(at(`10.0.${n >> 8}.${n & 255}`), "TOKEN_MISSING");
    counts.count(of("portal"), "OVERLOADED");
    await counts.close();
    expect(store.words()).toContain("12:00 system:portal OVERLOADED 1");
  });

  test("of all addresses of an IPv6 network are one source's", async () => {
    for (let n = 0; n < 300; n++)
      counts.count(at(`2001:db8:0:1::${n.toString(16)}`), "TOKEN_MISSING");
    counts.count(at("2001:db8:0:2::1"), "TOKEN_MISSING");
    await counts.close();
    expect(store.words()).toEqual(
      [
        `12:00 ${addressOnRecord("2001:db8:0:1::/64")} TOKEN_MISSING 300`,
        `12:00 ${addressOnRecord("2001:db8:0:2::/64")} TOKEN_MISSING 1`,
      ].toSorted(),
    );
  });

  test("of one kind of sources are 12,000 rows a minute at most, and one more for each code", async () => {
    for (const code of ["TOKEN_MISSING", "TOKEN_INVALID", "BAD_REQUEST"])
      for (let n = 0; n < 8_000; n++) counts.count(at(`10.0.${n >> 8}.${n & 255}`), code);
    await counts.close();
    expect(store.kept).toHaveLength(12_002);
    expect(store.words()).toContain("12:00 others BAD_REQUEST 8000");
    expect(store.words()).toContain("12:00 others TOKEN_INVALID 4000");
  });

  test("one that can never be kept keeps no others waiting", async () => {
    store.refused = "TOKEN_INVALID";
    for (const code of ["TOKEN_MISSING", "TOKEN_INVALID", "OVERLOADED"])
      counts.count(of("portal"), code);
    await vi.advanceTimersByTimeAsync(65_000);
    counts.count(of("portal"), "OVERLOADED");
    await vi.advanceTimersByTimeAsync(65_000);
    expect(store.words()).toEqual([
      "12:00 system:portal OVERLOADED 1",
      "12:00 system:portal TOKEN_MISSING 1",
      "12:01 system:portal OVERLOADED 1",
    ]);
  });
});

test("a thousand refused requests of a system in a minute are on record each by itself, more are counted", () => {
  const beyond = (system: string): boolean => counts.isBeyond(system);
  const first = Array.from({ length: 1_000 }, () => beyond("portal"));
  expect(first.filter(Boolean)).toEqual([]);
  expect([beyond("portal"), beyond("other"), beyond("portal")]).toEqual([true, false, true]);
  vi.advanceTimersByTime(60_000);
  expect(beyond("portal")).toBe(false);
});
