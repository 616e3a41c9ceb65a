import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { expect, test, vi } from "vitest";
import { HttpsTransport } from "./https-transport.ts";
import { opened } from "./test-opened.ts";
import { StaleConnection } from "./transport.ts";

/** A server that answers what comes over its connections. TLS itself is undici's: what is tested is what is made of that. */
async function talk(answer: (socket: Socket) => void) {
  const closed = vi.fn<() => void>();
  const server = createServer((socket) => {
    socket.on("error", () => {}); // it is the other side that is tested
    socket.once("close", closed);
    socket.on("data", () => answer(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  opened.push({ close: async () => await new Promise((resolve) => server.close(resolve)) });
  const transport = new HttpsTransport(
    new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`),
    { "content-type": "application/json" },
  );
  opened.push({ close: async () => await Promise.resolve(transport.close()) });
  const heard: (string | number)[] = [];
  const send = (fresh = false) =>
    transport.send(
      { body: "{}", headers: { "x-request-id": "1" }, fresh },
      {
        head: (status) => void heard.push(status),
        body: (bytes) => void heard.push(bytes.toString()),
        end: () => void heard.push("end"),
        fail: (error) => void heard.push(error instanceof StaleConnection ? "stale" : "fail"),
      },
    );
  return { transport, send, sending: send(), heard, closed };
}

const ANSWER = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

test("an answer is its status, its body and its end", async () => {
  const { heard, transport } = await talk((socket) =>
    socket.write(`HTTP/1.1 103 Early Hints\r\n\r\n${ANSWER}`),
  );
  await vi.waitFor(() => expect(heard).toEqual([200, "{}", "end"]), 10_000);
  expect(transport.isIdle).toBe(true);
});

test("half an answer fails, once", async () => {
  const { heard, transport } = await talk((socket) =>
    socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}"),
  );
  await vi.waitFor(() => expect(heard.at(-1)).toBe("fail"), 10_000);
  expect(heard).toEqual([200, "{}", "fail"]);
  expect(transport.isIdle).toBe(true);
});

test("who gives up is told nothing more, and the connection is closed", async () => {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const { heard, sending, closed, transport } = await talk(() => resolve());
  await asked;
  sending.abort();
  await vi.waitFor(() => expect(closed).toHaveBeenCalled(), 10_000);
  expect([heard, transport.isIdle]).toEqual([[], true]);
});

test("a connection that is closed in place of an answer is stale; what is sent again travels over a new one", async () => {
  const sockets: Socket[] = [];
  const { heard, send, transport } = await talk((socket) => {
    sockets.push(socket);
    if (sockets.length === 2) socket.destroy();
    else socket.write(ANSWER);
  });
  await vi.waitFor(() => expect(heard).toEqual([200, "{}", "end"]), 10_000);
  send();
  await vi.waitFor(() => expect(heard.slice(3)).toEqual(["stale"]), 10_000);
  send();
  await vi.waitFor(() => expect(heard.slice(4)).toEqual([200, "{}", "end"]), 10_000);
  send(true);
  await vi.waitFor(() => expect(heard.slice(7)).toEqual([200, "{}", "end"]), 10_000);
  const [first, second, third, fourth] = sockets;
  expect([second === first, third === second, fourth === third]).toEqual([true, false, false]);
  expect(transport.isIdle).toBe(true);
});

test("a new connection that is closed in place of an answer is no better one the second time", async () => {
  const { heard, send } = await talk((socket) => void socket.destroy());
  await vi.waitFor(() => expect(heard).toEqual(["stale"]), 10_000);
  send(true);
  await vi.waitFor(() => expect(heard).toEqual(["stale", "fail"]), 10_000);
});
