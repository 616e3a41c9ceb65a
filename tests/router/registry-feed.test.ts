import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createLog } from "@truc/service";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { RegistryFeed } from "../../gateway/router/src/registry/registry-feed.ts";
import { TestAuthority } from "../harness/test-authority.ts";

let authority: TestAuthority;
let feed: RegistryFeed;

beforeEach(async () => {
  authority = await TestAuthority.start();
  feed = new RegistryFeed({
    authority: authority.url,
    issuer: authority.issuer.url,
    secrets: authority.secrets,
    silenceMs: 3_600_000,
    log: createLog({ name: "router", level: "silent" }),
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await feed.stop();
  await authority.stop();
});

const heard = async (): Promise<void> =>
  await vi.waitFor(() => expect(feed.isStale).toBe(false), 10_000);

describe("silence, once the authority has stopped", () => {
  const MINUTE_MS = 60_000;

  /** Where the clocks stand when so much has passed for each since now. */
  function clocks({ wall, monotonic }: { wall: number; monotonic: number }): void {
    const [date, performanceNow] = [Date.now(), performance.now()];
    vi.useFakeTimers({ toFake: ["Date", "performance"], now: date + wall });
    vi.spyOn(performance, "now").mockReturnValue(performanceNow + monotonic);
  }
  afterEach(() => void vi.restoreAllMocks());

  test.each([
    ["both clocks say less than a minute", { wall: 50_000, monotonic: 50_000 }, false],
    ["both say more", { wall: MINUTE_MS + 1, monotonic: MINUTE_MS + 1 }, true],
    ["the machine slept: only the wall clock says so", { wall: 3_600_000, monotonic: 10 }, true],
    ["the wall clock was set back", { wall: -3_600_000, monotonic: MINUTE_MS + 1 }, true],
  ])("%s", async (_case, passed, stale) => {
    await heard();
    await authority.stop();
    clocks(passed);
    expect(feed.isStale).toBe(stale);
    if (stale) expect(() => feed.present).toThrow(expect.objectContaining({ status: 503 }));
    else expect(feed.present.revision).toBe(1);
  });
});

test("before the first word nothing is known", () => {
  expect(() => feed.present).toThrow(expect.objectContaining({ code: "REGISTRY_STALE" }));
});

test("every revision reaches whoever follows, the present one at once, and nobody who has stopped", async () => {
  const [early, late]: number[][] = [[], []];
  const stop = feed.follow(({ revision }) => early!.push(revision));
  await heard();
  feed.follow(({ revision }) => late!.push(revision));
  authority.change(() => ({}));
  await vi.waitFor(() => expect(late).toEqual([1, 2]), 10_000);
  stop();
  authority.change(() => ({}));
  await vi.waitFor(() => expect(late).toEqual([1, 2, 3]), 10_000);
  expect(early).toEqual([1, 2]);
});

test("an outage is one line in the log, however often it is tried", async () => {
  let tried = 0;
  const server = createServer((_request, response) => {
    tried += 1;
    response.writeHead(500).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const lines: string[] = [];
  const failing = new RegistryFeed({
    authority: `http://127.0.0.1:${port}`,
    issuer: authority.issuer.url,
    secrets: authority.secrets,
    log: createLog({ name: "router", destination: { write: (line) => void lines.push(line) } }),
  });
  await vi.waitFor(() => expect(tried).toBeGreaterThan(3), 10_000);
  expect(lines.map((line) => (JSON.parse(line) as { reason: string }).reason)).toEqual([
    "it answered 500",
  ]);
  await failing.stop();
  server.closeAllConnections();
  server.close();
});
