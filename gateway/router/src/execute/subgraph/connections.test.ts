import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { ok, raw } from "../../http/test-raw.ts";
import { OpenEnding } from "../ending.ts";
import { AnswerTooLarge, RegisterUnavailable } from "./subgraph-fetch.ts";
import { clientsWith, counted, fetchOf } from "./test-clients.ts";

const DATA = '{"data":{"ship":"Sao Mai"}}';
const ANSWER = { data: { ship: "Sao Mai" }, bytes: Buffer.byteLength(DATA) };

describe("a connection", () => {
  test("is used again, and a request is what HTTP and GraphQL over HTTP say", async () => {
    const server = await raw([ok(DATA), ok(DATA)]);
    const clients = clientsWith({ permit: true });
    const fetch = fetchOf(server.url, '{ ship(name: "Huế") }', {
      variables: { a: [1] },
      operationName: "Ship",
    });
    for (let time = 0; time < 2; time += 1)
      expect(await clients.fetch("ships", fetch)).toEqual(ANSWER);
    expect([server.connections(), ...counted()]).toEqual([1, 2, 0]);
    const [head, body] = server.requests[0]!.split("\r\n\r\n");
    expect(head!.split("\r\n")).toEqual([
      "POST /graphql?x=1 HTTP/1.1",
      `host: ${new URL(server.url).host}`,
      "connection: keep-alive",
      "content-type: application/json",
      "accept: application/graphql-response+json, application/json",
      `x-request-id: ${fetch.request.requestId}`,
      `content-length: ${Buffer.byteLength(body!)}`,
    ]);
    expect(JSON.parse(body!)).toEqual({
      query: fetch.query,
      operationName: "Ship",
      variables: { a: [1] },
      extensions: {
        permit: `permit of system of ${fetch.query}`,
        requestId: fetch.request.requestId,
        operationDigest: fetch.digest,
      },
    });
  });

  test("may be one to an IPv6 address", async () => {
    const server = await raw([ok(DATA)], "::1");
    expect(await clientsWith().fetch("ships", fetchOf(server.url, "{ ship }"))).toEqual(ANSWER);
    expect(server.requests[0]).toContain(`\r\nhost: ${new URL(server.url).host}\r\n`);
  });

  test.each([
    [
      "says that it closes",
      `HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: ${DATA.length}\r\n\r\n${DATA}`,
    ],
    ["sends more than its answer", `${ok(DATA)}HTTP/1.1 200 OK\r\n`],
    [
      "keeps connections for no time",
      `HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: ${DATA.length}\r\n\r\n${DATA}`,
    ],
  ])("is not used again to a server that %s", async (_what, answer) => {
    const server = await raw([answer, ok(DATA)]);
    const clients = clientsWith();
    for (let time = 0; time < 2; time += 1)
      expect(await clients.fetch("ships", fetchOf(server.url, "{ ship }"))).toEqual(ANSWER);
    expect(server.connections()).toBe(2);
  });

  test("over which something comes that nobody asked for is closed: it is nobody's answer", async () => {
    const server = await raw([
      (socket) => {
        socket.write(ok(DATA));
        setImmediate(() => socket.write(ok('{"data":{"ship":"another\'s"}}')));
        socket.once("close", () => server.server.emit("gone"));
      },
      ok(DATA),
    ]);
    const clients = clientsWith();
    const gone = once(server.server, "gone");
    await clients.fetch("ships", fetchOf(server.url, "{ ship }"));
    await gone;
    expect(await clients.fetch("ships", fetchOf(server.url, "{ ship }"))).toEqual(ANSWER);
  });

  test("that the server closed while the request was on its way is no failure of a query, but both sendings count", async () => {
    const server = await raw([ok(DATA), (socket) => socket.destroy(), ok(DATA)]);
    const clients = clientsWith();
    await clients.fetch("ships", fetchOf(server.url, "{ ship }"));
    expect(await clients.fetch("ships", fetchOf(server.url, "{ ship }"))).toEqual(ANSWER);
    expect([server.connections(), ...counted()]).toEqual([2, 3, 1]);
  });

  test.each([
    ["a mutation", [ok(DATA), (socket: Socket) => socket.destroy()], { mutation: true }],
    ["a query over a new connection", [(socket: Socket) => socket.destroy()], {}],
    [
      "a query for the second time",
      [ok(DATA), (socket: Socket) => socket.destroy(), (socket: Socket) => socket.destroy()],
      {},
    ],
    [
      "half of whose answer had come",
      [ok(DATA), (socket: Socket) => void socket.end("HTTP/1.1 200 OK\r\n")],
      {},
    ],
  ])("that was lost with %s is not made up for", async (_what, answers, more) => {
    const server = await raw([...answers]);
    const clients = clientsWith();
    if (answers.length > 1) await clients.fetch("ships", fetchOf(server.url, "{ ship }"));
    await expect(
      clients.fetch("ships", fetchOf(server.url, "{ ship }", more)),
    ).rejects.toMatchObject({ name: "RegisterUnavailable", retry: true });
    expect(server.requests).toHaveLength(answers.length);
    expect(counted()).toEqual([answers.length, answers.length - (answers.length > 1 ? 1 : 0)]);
  });
});

describe("of connections", () => {
  /** Requests that the server has and a test answers, in order of arrival. */
  async function held() {
    const sockets: Socket[] = [];
    const hold = (socket: Socket) => void sockets.push(socket);
    const server = await raw(Array.from({ length: 200 }, () => hold));
    const clients = clientsWith();
    const ask = async (times: number) =>
      await Promise.allSettled(
        Array.from({ length: times }, () =>
          clients.fetch("ships", fetchOf(server.url, "{ ship }")),
        ),
      );
    const came = async (count: number) =>
      await vi.waitFor(() => {
        expect(sockets).toHaveLength(count);
        return sockets.splice(0);
      }, 10_000);
    return { server, ask, came };
  }
  const failures = (outcomes: PromiseSettledResult<unknown>[]) =>
    outcomes.filter(({ status }) => status === "rejected").length;

  test("there are sixty-four at most: who comes later waits until one is free, or lost", async () => {
    const { server, ask, came } = await held();
    const asking = ask(66);
    const [first, second, ...others] = await came(64);
    first!.write(ok(DATA));
    second!.destroy();
    for (const socket of [...(await came(2)), ...others]) socket.write(ok(DATA));
    expect(failures(await asking)).toBe(1);
    expect(server.connections()).toBe(65);
  });

  test("one that its server keeps no longer is not given to who waits", async () => {
    const { server, ask, came } = await held();
    const closing = `HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: ${DATA.length}\r\n\r\n${DATA}`;
    const asking = ask(66);
    for (const socket of await came(64)) socket.write(closing);
    for (const socket of await came(2)) socket.write(ok(DATA));
    expect(failures(await asking)).toBe(0);
    expect(server.connections()).toBe(66);
  });

  test("a new one is made for what is sent once more, though all are taken", async () => {
    const { server, ask, came } = await held();
    const before = ask(64);
    for (const socket of await came(64)) socket.write(ok(DATA));
    await before;
    const asking = ask(65);
    const [first, second, ...others] = await came(64);
    // Its place is taken by who waits already, so it waits in turn.
    first!.destroy();
    const [third] = await came(1);
    second!.write(ok(DATA));
    const [again] = await came(1);
    for (const socket of [third!, again!, ...others]) socket.write(ok(DATA));
    expect(failures(await asking)).toBe(0);
    expect([server.connections(), ...counted()]).toEqual([66, 130, 1]);
  });
});

describe("an answer", () => {
  test.each([
    [
      "without length, ended by the connection",
      (socket: Socket) => void socket.end(`HTTP/1.1 200 OK\r\n\r\n${DATA}`),
    ],
    [
      "in chunks",
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n${DATA.slice(0, 5)}\r\n${(DATA.length - 5).toString(16)}\r\n${DATA.slice(5)}\r\n0\r\n\r\n`,
    ],
  ])("%s is read", async (_what, answer) => {
    const server = await raw([answer]);
    expect(await clientsWith().fetch("ships", fetchOf(server.url, "{ ship }"))).toEqual(ANSWER);
  });

  test.each([
    [
      "that is half there when the connection ends",
      (socket: Socket) => void socket.end(ok(DATA).slice(0, -5)),
    ],
    ["with two lengths", `HTTP/1.1 200 OK\r\ncontent-length: 1\r\n${ok(DATA).slice(17)}`],
    ["that is no HTTP", "SSH-2.0-OpenSSH\r\n\r\n"],
  ])("%s is none", async (_what, answer) => {
    const server = await raw([answer]);
    await expect(
      clientsWith().fetch("ships", fetchOf(server.url, "{ ship }")),
    ).rejects.toBeInstanceOf(RegisterUnavailable);
    expect(counted()).toEqual([1, 1]);
  });

  test("that is too large is not read any further, and the next one comes over another connection", async () => {
    const server = await raw([ok(JSON.stringify({ data: "x".repeat(1_000) })), ok(DATA)]);
    const clients = clientsWith();
    await expect(clients.fetch("ships", fetchOf(server.url, "{ all }"))).rejects.toBeInstanceOf(
      AnswerTooLarge,
    );
    expect(await clients.fetch("ships", fetchOf(server.url, "{ ship }"))).toEqual(ANSWER);
    expect([server.connections(), ...counted()]).toEqual([2, 2, 0]);
  });

  test("that does not come in time, or that nobody waits for any more, closes its connection", async () => {
    const server = await raw([() => {}, () => {}]);
    const ended = vi.fn<() => void>();
    server.server.on("connection", (socket: Socket) => socket.once("close", ended));
    const late = clientsWith({ deadlineMs: 50 }).fetch("ships", fetchOf(server.url, "{ ship }"));
    await expect(late).rejects.toThrow("it did not answer in time");
    const caller = new OpenEnding();
    const left = clientsWith().fetch("ships", fetchOf(server.url, "{ ship }", { ending: caller }));
    await vi.waitFor(() => expect(server.requests).toHaveLength(2), 10_000);
    caller.end();
    await expect(left).rejects.toThrow("nobody waits for it any more");
    await vi.waitFor(() => expect(ended).toHaveBeenCalledTimes(2), 10_000);
    expect(counted()).toEqual([2, 2]);
  });
});
