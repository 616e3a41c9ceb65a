import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type AuditKeys, type PermitSecrets, verifyAuditToken } from "@truc/contracts";
import { createLog } from "@truc/service/process";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FetchedMonthKeys } from "./fetched-month-keys.ts";

const SECRETS: PermitSecrets = { keys: [{ kid: "audit-1", secret: "s".repeat(43) }] };
const DAY_MS = 24 * 60 * 60 * 1_000;
const log = createLog({ name: "test", level: "silent" });
const at = (text: string): number => Date.parse(text);

/** What the audit process would answer: its answer, or a status. */
let answer: AuditKeys | number;
let origin: string;
let asked: string[];
let server: Server;
let keys: FetchedMonthKeys | undefined;
let now: number;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.headers.authorization ?? "");
    if (request.url !== "/private/month-keys") response.statusCode = 404;
    else if (typeof answer === "number") response.statusCode = answer;
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  vi.useRealTimers();
  await keys?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function open(moment: string): FetchedMonthKeys {
  now = at(moment);
  return (keys = new FetchedMonthKeys({ origin, secrets: SECRETS, log, now: () => now }));
}

const months = (...names: string[]): AuditKeys => ({
  months: names.map((month) => ({
    month,
    pseudonyms: textKey(month, "p"),
    digests: textKey(month, "d"),
  })),
});
const textKey = (month: string, use: string): string =>
  Buffer.from(`${use}${month}`.padEnd(32)).toString("base64url");

/** Waits in real time for what comes over the wire, while the clock of timers goes on. */
async function until(condition: () => unknown): Promise<void> {
  while (!condition()) {
    await vi.advanceTimersByTimeAsync(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("the keys of the months", () => {
  test("are asked for at the start, with a token for the audit process", async () => {
    answer = months("2026-11", "2026-12");
    const source = open("2026-11-10T00:00:00Z");
    expect(source.of(now)).toBeUndefined();
    await until(() => source.of(now));
    expect(source.of(now)).toEqual({
      month: "2026-11",
      pseudonyms: Buffer.from(textKey("2026-11", "p"), "base64url"),
      digests: Buffer.from(textKey("2026-11", "d"), "base64url"),
    });
    expect(source.of(at("2026-12-31T23:59:59Z"))?.month).toBe("2026-12");
    expect(source.of(at("2027-01-01T00:00:00Z"))).toBeUndefined();
    expect(asked).toHaveLength(1);
    const [, token] = /^Bearer (.+)$/.exec(asked[0]!)!;
    verifyAuditToken(token!, origin, SECRETS);
    expect(() => verifyAuditToken(token!, "http://other", SECRETS)).toThrow("aud");
  });

  test("are asked for again two weeks before they end, and at the month's turn none is missing", async () => {
    answer = months("2026-11", "2026-12");
    const source = open("2026-11-10T00:00:00Z");
    await until(() => source.of(now));
    answer = months("2026-12", "2027-01");
    for (; now < at("2026-12-17T00:00:00Z"); now += DAY_MS) {
      await vi.advanceTimersByTimeAsync(60_000);
      expect(source.of(now)).toBeDefined();
    }
    expect(asked).toHaveLength(1);
    now = at("2026-12-18T12:00:00Z");
    await until(() => asked.length === 2);
    await until(() => source.of(at("2027-01-01T00:00:00Z")));
    // A request that came in before the turn is put on record after it.
    now = at("2027-01-01T00:00:00.001Z");
    expect(source.of(now - 2)?.month).toBe("2026-12");
    expect(source.of(now)?.month).toBe("2027-01");
  });

  test.each<[string, () => AuditKeys | number]>([
    ["that is not ready", () => 503],
    ["that does not take the secret", () => 401],
    ["that answers something else", () => ({ months: [{ month: "2026-13" }] }) as never],
  ])("are asked for until they come, of an audit process %s at first", async (_what, at_first) => {
    answer = at_first();
    const source = open("2026-11-10T00:00:00Z");
    await until(() => asked.length >= 3);
    expect(source.of(now)).toBeUndefined();
    answer = months("2026-11", "2026-12");
    await until(() => source.of(now));
  });

  test("stay known while the audit process is down", async () => {
    answer = months("2026-11", "2026-12");
    const source = open("2026-11-25T00:00:00Z");
    await until(() => source.of(now));
    answer = 503;
    now = at("2026-12-20T00:00:00Z");
    await until(() => asked.length >= 3);
    expect(source.of(now)?.month).toBe("2026-12");
  });
});
