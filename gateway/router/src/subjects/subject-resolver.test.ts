import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { verifyFeedToken } from "@truc/contracts";
import { createLog } from "@truc/service/process";
import { freePort } from "@truc/service/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import { opened } from "../http/test-opened.ts";
import { ok, raw } from "../http/test-raw.ts";
import { SubjectResolver } from "./subject-resolver.ts";

const ISSUER = "https://login.example";
const secrets = { keys: [{ kid: "feed-1", secret: "F".repeat(43) }] };
const PIN = "901000000001";
const PERSON = `{"pin":"${PIN}","status":"active","roles":[{"role":"clerk","agency":"a1"}]}`;

afterEach(() => void vi.useRealTimers());

function resolverAt(authority: string, deadlineMs?: number) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLog({ name: "test", destination });
  const options = { authority, issuer: ISSUER, secrets, log };
  const resolver = new SubjectResolver(
    deadlineMs === undefined ? options : { ...options, deadlineMs },
  );
  opened.push({ close: async () => await Promise.resolve(resolver.close()) });
  return { resolver, logged: () => lines.join("") };
}

const refusedWith = async (asked: Promise<unknown>) => await asked.catch((error: unknown) => error);
const tokensOf = (requests: readonly string[]) =>
  requests.map((text) => /\r\nauthorization: Bearer (\S+)\r\n/.exec(text)![1]!);

test("the authority is asked with a token, for one person, over a kept connection", async () => {
  const { url, requests, connections } = await raw([
    ok(PERSON),
    ok('{"pin":null,"status":"active"}'),
  ]);
  const { resolver } = resolverAt(url);
  expect(await resolver.pinOf("s-1")).toBe(PIN);
  expect(await resolver.rolesOf("s-1")).toEqual([{ role: "clerk", agency: "a1" }]);
  expect(await resolver.pinOf("Ánh")).toBeUndefined();
  expect([connections(), requests.length]).toEqual([1, 2]);
  const [head, body] = requests[1]!.split("\r\n\r\n");
  expect(body).toBe('{"subject":"Ánh"}');
  expect(head!.replace(/Bearer .*/, "Bearer …").split("\r\n")).toEqual([
    "POST /private/subject HTTP/1.1",
    `host: ${new URL(url).host}`,
    "connection: keep-alive",
    "content-type: application/json",
    "authorization: Bearer …",
    "content-length: 18",
  ]);
});

test("its token is shown again until it is half over, and made anew when the clock is set", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_795_000_000_000 });
  const { url, requests } = await raw(Array.from({ length: 6 }, () => ok(PERSON)));
  const { resolver } = resolverAt(url);
  let asked = 0;
  for (const by of [0, 29_999, 1, 0, -1, 3_600_000]) {
    vi.setSystemTime(Date.now() + by);
    await resolver.pinOf(`s-${(asked += 1)}`);
    verifyFeedToken(tokensOf(requests).at(-1)!, ISSUER, secrets);
  }
  const tokens = tokensOf(requests);
  expect(tokens.map((token) => tokens.indexOf(token))).toEqual([0, 0, 2, 2, 4, 5]);
});

describe("who is refused, or why nobody can be:", () => {
  const refused = (status: string, body = "{}") =>
    `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

  test.each([
    ["whom nobody knows", refused("404 Not Found")],
    ["who is suspended", ok(`{"pin":"${PIN}","status":"suspended"}`)],
  ])("somebody %s is TOKEN_REVOKED", async (_who, answer) => {
    const { url } = await raw([answer]);
    const { resolver, logged } = resolverAt(url);
    const refusal = await refusedWith(resolver.pinOf("s-1"));
    expect(refusal).toMatchObject({ code: "TOKEN_REVOKED" });
    expect(logged()).toBe("");
  });

  test.each<[string, string | ((socket: Socket) => void), string]>([
    ["a failure", refused("503 Service Unavailable"), "it answered 503"],
    ["a refusal", refused("401 Unauthorized", `{"pin":"${PIN}"}`), "it answered 401"],
    ["another place", refused("302 Found", `/pin/${PIN}`), "it answered 302"],
    ["no JSON", ok(`{"pin":"${PIN}`), "something else than a person"],
    ["nobody", ok(`{"pin":${PIN},"status":"${PIN}"}`), "something else than a person"],
    ["nothing", ok(""), "something else than a person"],
    ["too much", ok(JSON.stringify({ pin: PIN.repeat(5_500) })), "its answer is too long"],
    [
      "half an answer",
      (socket) => void socket.end(ok(PERSON).slice(0, -1)),
      "the connection ended",
    ],
    ["no word", () => {}, "it did not answer in time"],
    ["what is no HTTP", `${PIN}\r\n\r\n`, "its first line"],
  ])("%s is AUTHORITY_UNAVAILABLE, and is not remembered", async (_what, answer, reason) => {
    const { url } = await raw([answer, ok(PERSON)]);
    const { resolver, logged } = resolverAt(url, 500);
    expect(await refusedWith(resolver.pinOf("s-1"))).toMatchObject({
      code: "AUTHORITY_UNAVAILABLE",
      headers: { "retry-after": "5" },
    });
    const line = logged();
    expect(line).toContain(reason);
    expect(line).not.toMatch(/901000000001|s-1|Bearer/);
    expect(await resolver.pinOf("s-1")).toBe(PIN);
  });

  test("an authority that is not there is AUTHORITY_UNAVAILABLE", async () => {
    const { resolver, logged } = resolverAt(`http://127.0.0.1:${await freePort()}`);
    expect(await refusedWith(resolver.pinOf("s-1"))).toMatchObject({
      code: "AUTHORITY_UNAVAILABLE",
    });
    expect(logged()).toContain("ECONNREFUSED");
  });
});

describe("its connections", () => {
  const authority = async (port = 0): Promise<Server> => {
    const server = createServer((_request, response) => void response.end(PERSON));
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return server;
  };
  const stopped = async (server: Server) => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };

  test("are made anew when the authority has been restarted", async () => {
    const port = await freePort();
    const before = await authority(port);
    const { resolver } = resolverAt(`http://127.0.0.1:${port}`);
    expect(await resolver.pinOf("s-1")).toBe(PIN);
    await stopped(before);
    const after = await authority(port);
    opened.push({ close: async () => await stopped(after) });
    expect(await resolver.pinOf("s-2")).toBe(PIN);
  });

  test("that are closed while the question is on its way are no failure, once", async () => {
    const { url, requests } = await raw([
      ok(PERSON),
      (socket) => void socket.destroy(),
      ok(PERSON),
    ]);
    const { resolver } = resolverAt(url);
    await resolver.pinOf("s-1");
    expect(await resolver.pinOf("s-2")).toBe(PIN);
    expect(requests).toHaveLength(3);
  });

  /** One question, and what the server then sees of the connection it came over. */
  async function connected() {
    const server = await authority();
    server.keepAliveTimeout = 3_600_000;
    opened.push({ close: async () => await stopped(server) });
    const { resolver } = resolverAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const closed = vi.fn<() => void>();
    server.on("connection", (socket: Socket) => socket.once("close", closed));
    await resolver.pinOf("s-1");
    return { resolver, closed };
  }

  test("are closed when the router stops", async () => {
    const { resolver, closed } = await connected();
    expect(closed).not.toHaveBeenCalled();
    resolver.close();
    await vi.waitFor(() => expect(closed).toHaveBeenCalled(), 10_000);
  });

  test("are closed when nobody has asked for a minute", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    const { closed } = await connected();
    vi.advanceTimersByTime(59_999);
    vi.advanceTimersByTime(10_000);
    vi.useRealTimers();
    await vi.waitFor(() => expect(closed).toHaveBeenCalled(), 10_000);
  });
});
