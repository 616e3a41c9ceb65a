import { once } from "node:events";
import { createServer as createHttpServer, type IncomingHttpHeaders } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createLog } from "@truc/service";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PermitClaims } from "./permits.ts";
import {
  AnswerTooLarge,
  RegisterUnavailable,
  SubgraphClients,
  type SubgraphFetch,
} from "./subgraph-clients.ts";

const opened: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close();
});

let counts: SubgraphFetch["counts"];
beforeEach(() => {
  counts = { asked: new Map(), failed: new Map() };
});
const counted = () => [counts.asked.get("ships") ?? 0, counts.failed.get("ships") ?? 0];

function clientsWith({ batching = false, permit = false, deadlineMs = 10_000 } = {}) {
  const clients = new SubgraphClients({
    log: createLog({ name: "test", level: "silent" }),
    deadlineMs,
    capabilities: () => ({ permit, batching }),
    permitFor: async ({ system }) => await Promise.resolve(`permit of ${system}`),
  });
  opened.push(clients);
  return clients;
}

function fetchOf(url: string, query: string, more: Partial<SubgraphFetch> = {}): SubgraphFetch {
  return {
    url,
    query,
    mutation: false,
    operationName: undefined,
    variables: {},
    request: { requestId: `id of ${query}`, trace: {} },
    permit: { system: `system of ${query}` } as PermitClaims,
    digest: `digest of ${query}`,
    signal: new AbortController().signal,
    maxBytes: 1_000,
    counts,
    ...more,
  };
}

/** A server that says byte for byte what a test has it say to each request, in order. */
async function raw(
  answers: (string | ((socket: Socket) => void))[],
  host = "127.0.0.1",
): Promise<{ url: string; requests: string[]; connections: () => number; server: Server }> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    let text = "";
    socket.on("error", () => {}); // it is the other side that is tested
    socket.on("data", (bytes) => {
      text += bytes.toString();
      const [head, body] = text.split("\r\n\r\n");
      const length = Number(/content-length: (\d+)/.exec(head!)?.[1]);
      if (body === undefined || Buffer.byteLength(body) < length) return;
      requests.push(text);
      text = "";
      const answer = answers.shift()!;
      if (typeof answer === "string") socket.write(answer);
      else answer(socket);
    });
  });
  server.listen(0, host);
  await once(server, "listening");
  opened.push({
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  const { port } = server.address() as AddressInfo;
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${name}:${port}/graphql?x=1`,
    requests,
    connections: () => connections,
    server,
  };
}

const ok = (body: string): string =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
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
    const caller = new AbortController();
    const left = clientsWith().fetch(
      "ships",
      fetchOf(server.url, "{ ship }", { signal: caller.signal }),
    );
    await vi.waitFor(() => expect(server.requests).toHaveLength(2));
    caller.abort();
    await expect(left).rejects.toThrow("nobody waits for it any more");
    await vi.waitFor(() => expect(ended).toHaveBeenCalledTimes(2));
    expect(counted()).toEqual([2, 2]);
  });
});

interface Item {
  query: string;
  extensions: Record<string, unknown>;
}

/** A server that takes batches, and answers each message when a test lets it. */
async function batches() {
  const held: {
    items: Item[];
    headers: IncomingHttpHeaders;
    answer: (body: unknown, status?: number) => void;
  }[] = [];
  const server = createHttpServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const parsed = JSON.parse(body) as Item | Item[];
      const items = Array.isArray(parsed) ? parsed : [parsed];
      held.push({
        items,
        headers: request.headers,
        answer: (own, status = 200) => void response.writeHead(status).end(JSON.stringify(own)),
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  opened.push({
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const came = async (count: number) =>
    await vi.waitFor(() => {
      expect(held).toHaveLength(count);
      return held;
    });
  return { url, held, came };
}

const echo = ({ query }: Item) => ({ data: { said: query } });
const queriesOf = ({ items }: { items: Item[] }) => items.map(({ query }) => query);

describe("a batch", () => {
  test("carries what was asked for in one turn, each item with what is its own, and each gets its own answer", async () => {
    const server = await batches();
    const clients = clientsWith({ batching: true, permit: true });
    const asking = ["a", "b"].map(
      async (query) =>
        await clients.fetch(
          "ships",
          fetchOf(server.url, query, {
            actor: `actor of ${query}`,
            caseReference: `case of ${query}`,
          }),
        ),
    );
    const [batch] = await server.came(1);
    expect(batch!.items).toEqual(
      ["a", "b"].map((query, item) => ({
        query,
        variables: {},
        extensions: {
          permit: `permit of system of ${query}`,
          requestId: `id of ${query}`,
          operationDigest: `digest of ${query}`,
          actor: `actor of ${query}`,
          caseReference: `case of ${query}`,
          item,
        },
      })),
    );
    // Of several requests, so none's id is the message's.
    expect(batch!.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    batch!.answer(batch!.items.map(echo));
    expect((await Promise.all(asking)).map(({ data }) => data)).toEqual([
      { said: "a" },
      { said: "b" },
    ]);
    expect(counted()).toEqual([2, 0]);
  });

  test("of one request has its id; items of different traces each name their own", async () => {
    const server = await batches();
    const clients = clientsWith({ batching: true, permit: true });
    const one = { requestId: "one", trace: { traceparent: "t1" } };
    const ask = (query: string, request: SubgraphFetch["request"]) =>
      clients.fetch("ships", fetchOf(server.url, query, { request }));
    const asking = [ask("a", one), ask("b", one)];
    const [first] = await server.came(1);
    expect([first!.headers["x-request-id"], first!.headers["traceparent"]]).toEqual(["one", "t1"]);
    first!.answer(first!.items.map(echo));
    await Promise.all(asking);
    const other = [
      ask("a", one),
      ask("b", { requestId: "two", trace: { traceparent: "t2", tracestate: "s" } }),
    ];
    const [, second] = await server.came(2);
    expect(second!.headers["traceparent"]).toBeUndefined();
    expect(
      second!.items.map(({ extensions }) => [extensions["traceparent"], extensions["tracestate"]]),
    ).toEqual([
      ["t1", undefined],
      ["t2", "s"],
    ]);
    second!.answer(second!.items.map(echo));
    await Promise.all(other);
  });

  test("waits while two are under way, and grows meanwhile; who has left by then is not sent, nor counted as asked", async () => {
    const server = await batches();
    const clients = clientsWith({ batching: true });
    const asking: Promise<unknown>[] = [];
    const ask = (query: string, more = {}) =>
      asking.push(clients.fetch("ships", fetchOf(server.url, query, more)).catch(() => {}));
    ask("a");
    await server.came(1);
    ask("b");
    await server.came(2);
    const leaver = new AbortController();
    for (const query of ["c", "left", "d"])
      ask(query, query === "left" ? { signal: leaver.signal } : {});
    leaver.abort();
    server.held[0]!.answer(echo(server.held[0]!.items[0]!));
    const [, , third] = await server.came(3);
    expect(queriesOf(third!)).toEqual(["c", "d"]);
    expect(counted()).toEqual([4, 0]);
    server.held[1]!.answer(echo(server.held[1]!.items[0]!));
    third!.answer(third!.items.map(echo));
    await Promise.all(asking);
  });

  test("that takes long holds up nobody", async () => {
    const server = await batches();
    const clients = clientsWith({ batching: true });
    const asking = [];
    for (let count = 1; count <= 5; count += 1) {
      asking.push(clients.fetch("ships", fetchOf(server.url, `${count}`)));
      await server.came(count);
    }
    for (const { items, answer } of server.held) answer(echo(items[0]!));
    await Promise.all(asking);
  });

  test("holds a hundred items, two hundred entities and a quarter of a megabyte at most; many entities travel apart from few; mutations alone", async () => {
    const server = await batches();
    const clients = clientsWith({ batching: true });
    const asking: Promise<unknown>[] = [];
    const ask = (query: string, more: Partial<SubgraphFetch> = {}) =>
      asking.push(clients.fetch("ships", fetchOf(server.url, query, more)));
    const answerAll = async () => {
      let answered = 0;
      const all = Promise.all(asking.splice(0));
      const answering = vi.waitFor(() => {
        for (; answered < server.held.length; answered += 1) {
          const { items, answer } = server.held[answered]!;
          answer(items.length === 1 ? echo(items[0]!) : items.map(echo));
        }
        expect(server.held.reduce((sum, { items }) => sum + items.length, 0)).toBe(expected);
      });
      await Promise.all([all, answering]);
      return server.held.splice(0).map(queriesOf);
    };
    let expected = 150;
    for (let count = 0; count < 150; count += 1) ask("small");
    expect(new Set((await answerAll()).map(({ length }) => length))).toEqual(new Set([100, 50]));

    expected = 7;
    const representations = (length: number) => ({
      variables: { representations: Array(length).fill(0) },
    });
    ask("small");
    for (const length of [150, 50, 1_000, 11]) ask(`${length}`, representations(length));
    ask("change", { mutation: true });
    ask("small", representations(10));
    const sent = await answerAll();
    expect(new Set(sent)).toEqual(
      new Set([["1000"], ["11"], ["150", "50"], ["change"], ["small", "small"]]),
    );

    expected = 3;
    for (const name of ["x", "y", "z"]) ask(name, { variables: { name: name.repeat(100_000) } });
    expect(new Set(await answerAll())).toEqual(new Set([["x", "y"], ["z"]]));
  });

  test("has outcomes of their own for its items: too large, late, with errors, none", async () => {
    const server = await batches();
    const clients = clientsWith({ batching: true });
    const caller = new AbortController();
    const own = { left: { signal: caller.signal }, large: { maxBytes: 10 } } as Record<
      string,
      Partial<SubgraphFetch>
    >;
    const asking = Promise.allSettled(
      ["good", "large", "left", "error", "none", "fine"].map(
        async (query) => await clients.fetch("ships", fetchOf(server.url, query, own[query])),
      ),
    );
    const [batch] = await server.came(1);
    caller.abort();
    batch!.answer([
      echo(batch!.items[0]!),
      echo(batch!.items[1]!),
      echo(batch!.items[2]!),
      { errors: [{ message: "no" }] },
      null,
      echo(batch!.items[5]!),
    ]);
    const outcomes = (await asking).map((each) =>
      each.status === "fulfilled"
        ? (each.value.data ?? each.value.errors)
        : (each.reason as Error).name,
    );
    expect(outcomes).toEqual([
      { said: "good" },
      "AnswerTooLarge",
      "RegisterUnavailable",
      [{ message: "no" }],
      "RegisterUnavailable",
      { said: "fine" },
    ]);
    expect(counted()).toEqual([6, 2]);
  });

  test.each<[string, unknown, number, boolean]>([
    ["one result", { data: { said: "a" } }, 200, false],
    ["errors", { errors: [{ message: "no" }] }, 503, true],
    ["too few", [{ data: { said: "a" } }], 200, false],
    ["too many", ["a", "b", "c"].map((said) => ({ data: { said } })), 200, false],
    [
      "another order, as it says itself",
      ["b", "a"].map((said, place) => ({ data: { said }, extensions: { item: 1 - place } })),
      200,
      false,
    ],
    ["nothing of use", "hello", 200, false],
  ])("answered by %s gives nobody anything", async (_what, answer, status, retry) => {
    const server = await batches();
    const clients = clientsWith({ batching: true });
    const asking = Promise.allSettled(
      ["a", "b"].map(async (query) => await clients.fetch("ships", fetchOf(server.url, query))),
    );
    const [batch] = await server.came(1);
    batch!.answer(answer, status);
    for (const outcome of await asking)
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: { name: "RegisterUnavailable", retry },
      });
    expect(counted()).toEqual([2, 2]);
  });
});

test("a subgraph that dies is left alone after ten failures, and one trial at a time finds out when it is back", async () => {
  const first = createHttpServer((_request, response) => void response.end(DATA));
  first.listen(0, "127.0.0.1");
  await once(first, "listening");
  const { port } = first.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  const clients = clientsWith();
  const ask = async () => await clients.fetch("ships", fetchOf(url, "{ ship }"));
  await ask();
  first.closeAllConnections();
  await new Promise((resolve) => first.close(resolve));
  for (let time = 0; time < 10; time += 1) await expect(ask()).rejects.toThrow("it did not answer");
  const [asked, failed] = counted();
  await expect(ask()).rejects.toThrow("it is left alone for a while");
  // What was not sent is not counted as asked.
  expect(counted()).toEqual([asked, failed]);

  let trials = 0;
  const second = createHttpServer((_request, response) => {
    trials += 1;
    setImmediate(() => response.end(DATA));
  });
  second.listen(port, "127.0.0.1");
  await once(second, "listening");
  opened.push({
    close: async () => {
      second.closeAllConnections();
      await new Promise((resolve) => second.close(resolve));
    },
  });
  const outcomes = await vi.waitFor(async () => {
    const all = await Promise.allSettled([ask(), ask(), ask()]);
    expect(all[0]!.status).toBe("fulfilled");
    return all;
  }, 10_000);
  // The trial was one message; who asked beside it was refused at once.
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  expect(trials).toBe(1);
  expect(await ask()).toEqual(ANSWER);
});
