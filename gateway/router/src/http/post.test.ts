import { once } from "node:events";
import type { Socket } from "node:net";
import { expect, test, vi } from "vitest";
import { HttpPool } from "./http-pool.ts";
import { post, type PostLimits } from "./post.ts";
import { opened } from "./test-opened.ts";
import { ok, raw } from "./test-raw.ts";
import { StaleConnection, type OutgoingMessage, type Receiver } from "./transport.ts";

type Answers = Parameters<typeof raw>[0];

const LOST = (socket: Socket) => void socket.destroy();
const NEVER = () => {};

/** A server that answers so, and asks it one after the other. */
async function asking(answers: Answers, limits: Partial<PostLimits> = {}) {
  const server = await raw(answers);
  const transport = new HttpPool(new URL(server.url), { "content-type": "application/json" });
  opened.push({ close: async () => await Promise.resolve(transport.close()) });
  const ask = async () =>
    await post(
      transport,
      { body: '{"name":"Huế"}', headers: { "x-a": "b" } },
      { deadlineMs: 10_000, maxBytes: 100, ...limits },
    );
  return { ...server, ask, transport };
}

test("an answer is its status and its text", async () => {
  const text = "Huế, Đà Nẵng";
  const { ask, connections, requests } = await asking([
    ok(text),
    `HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}`,
    "HTTP/1.1 204 No Content\r\n\r\n",
  ]);
  expect(await ask()).toEqual({ status: 200, text });
  expect(await ask()).toEqual({ status: 404, text: "{}" });
  expect(await ask()).toEqual({ status: 204, text: "" });
  expect(connections()).toBe(1);
  expect(requests[0]).toMatch(/^POST .*\r\nx-a: b\r\ncontent-length: 16\r\n\r\n\{"name":"Huế"\}$/s);
});

/** A transport that does one thing after the other to who sends, and says which messages had to be fresh. */
function doing(...things: ((receiver: Receiver) => void)[]) {
  const fresh: boolean[] = [];
  const send = (message: OutgoingMessage, receiver: Receiver) => {
    fresh.push(message.fresh);
    setImmediate(things.shift()!, receiver);
    return { abort: () => {} };
  };
  const transport = { send, isIdle: true, sweep: () => {}, close: () => {} };
  const asked = post(transport, { body: "{}", headers: {} }, { deadlineMs: 10_000, maxBytes: 100 });
  return { asked, fresh };
}

test("it may come in pieces that end within a letter, out of one buffer", async () => {
  const text = "Huế, Đà Nẵng";
  const buffer = Buffer.alloc(1);
  const { asked } = doing((receiver) => {
    receiver.head(200, undefined);
    for (const byte of Buffer.from(text)) {
      buffer[0] = byte;
      receiver.body(buffer, false);
    }
    receiver.end();
  });
  expect(await asked).toEqual({ status: 200, text });
});

test("once more is once, over a connection that is new", async () => {
  const stale = (receiver: Receiver) => receiver.fail(new StaleConnection("it was closed"));
  const { asked, fresh } = doing(stale, stale, stale);
  await expect(asked).rejects.toThrow("it was closed");
  expect(fresh).toEqual([false, true]);
});

test("one that does not come in time closes its connection", async () => {
  const { ask, server, transport } = await asking([NEVER], { deadlineMs: 50 });
  const closed = vi.fn<() => void>();
  server.on("connection", (socket: Socket) => socket.once("close", closed));
  await expect(ask()).rejects.toThrow("it did not answer in time");
  await vi.waitFor(() => expect(closed).toHaveBeenCalled(), 10_000);
  expect(transport.isIdle).toBe(true);
});

test("time is one for head, body and a second sending", async () => {
  const slow = await asking([(socket) => socket.write(ok("x".repeat(9)).slice(0, -1))], {
    deadlineMs: 50,
  });
  await expect(slow.ask()).rejects.toThrow("it did not answer in time");
  const again = await asking([ok(""), LOST, NEVER], { deadlineMs: 200 });
  await again.ask();
  await expect(again.ask()).rejects.toThrow("it did not answer in time");
  expect(again.requests).toHaveLength(3);
});

test.each<[string, (body: string) => string]>([
  ["with a length", ok],
  [
    "in chunks",
    (body) =>
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${body.replaceAll(/./g, "1\r\n$&\r\n")}0\r\n\r\n`,
  ],
])("one %s may be so long, and no longer", async (_how, answer) => {
  const { ask, connections, transport } = await asking([
    answer("x".repeat(100)),
    answer("x".repeat(101)),
    ok("next"),
  ]);
  expect((await ask()).text).toHaveLength(100);
  await expect(ask()).rejects.toThrow("its answer is too long");
  expect(transport.isIdle).toBe(true);
  expect((await ask()).text).toBe("next");
  expect(connections()).toBe(2);
});

test("a message goes out once more, over a new connection, where a used one was closed under it", async () => {
  const { ask, connections, requests } = await asking([ok("1"), LOST, ok("2")]);
  await ask();
  expect((await ask()).text).toBe("2");
  expect(connections()).toBe(2);
  expect(requests[2]).toBe(requests[1]);
});

test.each<[string, Answers]>([
  ["a second time", [ok(""), LOST, LOST]],
  ["with half an answer", [ok(""), (socket) => void socket.end("HTTP/1.1 200 OK\r\n")]],
  ["when it was new", [LOST]],
])("it does not where a connection is lost %s", async (_when, answers) => {
  const times = answers.length;
  const { ask, requests } = await asking(answers);
  if (times > 1) await ask();
  await expect(ask()).rejects.toThrow("the connection");
  expect(requests).toHaveLength(times);
});

test("where nobody listens there is no answer", async () => {
  const { ask, server } = await asking([]);
  server.close();
  await once(server, "close");
  await expect(ask()).rejects.toThrow("ECONNREFUSED");
});
