import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { readAnswer } from "./http-answer.ts";
import { KeepAliveConnection } from "./keep-alive-connection.ts";

const REQUEST = "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}";

describe("an answer is whole with its last byte, and not before", () => {
  test.each([
    ["a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[“]", 200, "[“]"],
    ["no body", "HTTP/1.1 503 Oh\r\ncontent-length: 0\r\nx: y\r\n\r\n", 503, ""],
    [
      "chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{a:\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
      200,
      "{a:0123456789",
    ],
  ])("with %s", (_what, text, status, body) => {
    const bytes = Buffer.from(text);
    for (let end = 0; end < bytes.length; end += 1)
      expect(readAnswer(bytes.subarray(0, end))).toBe(undefined);
    const answer = readAnswer(Buffer.concat([bytes, Buffer.from("HTTP/1.1 200 OK")]))!;
    expect([answer.status, answer.body.toString(), answer.length]).toEqual([
      status,
      body,
      bytes.length,
    ]);
  });

  test.each([
    ["something else", "SSH-2.0-OpenSSH\r\n\r\n"],
    ["no length", "HTTP/1.1 200 OK\r\n\r\n"],
    ["a chunk without a size", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"],
  ])("%s is none", (_what, text) => {
    expect(() => readAnswer(Buffer.from(text))).toThrow(Error);
  });
});

describe("a connection", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function serving(server: Server): Promise<KeepAliveConnection> {
    servers.push(server.listen(0, "127.0.0.1"));
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return new KeepAliveConnection(new URL(`http://127.0.0.1:${port}`));
  }

  test("serves every request, with bodies of any size, a length or chunks", async () => {
    const big = "ễ".repeat(200_000);
    const answers = ["first", big, ""];
    const ports = new Set<number>();
    const answer: RequestListener = ({ socket }, response) => {
      ports.add(socket.remotePort!);
      const text = answers[asked % answers.length]!;
      if (asked % 2 === 0) response.setHeader("content-length", Buffer.byteLength(text));
      response.write(text);
      response.end();
      asked += 1;
    };
    let asked = 0;
    const connection = await serving(createHttpServer(answer));
    for (let turn = 0; turn < 6; turn += 1) {
      const { status, body } = await connection.ask(REQUEST);
      expect([status, body.toString()]).toEqual([200, answers[turn % answers.length]]);
    }
    expect(ports.size).toBe(1);
    connection.close();
  });

  test("that was closed fails what it was asked, and the next request opens another", async () => {
    let opened = 0;
    const connection = await serving(
      createServer((socket) => {
        opened += 1;
        const healthy = opened > 1;
        socket.on("error", () => {});
        socket.on("data", () => {
          if (healthy) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
          else socket.destroy();
        });
      }),
    );
    await expect(connection.ask(REQUEST)).rejects.toThrow(/closed|ECONNRESET/);
    expect((await connection.ask(REQUEST)).body.toString()).toBe("ok");
    expect(opened).toBe(2);
    connection.close();
  });

  test("is opened anew after an answer that closes it", async () => {
    let opened = 0;
    const connection = await serving(
      createServer((socket) => {
        opened += 1;
        socket.on("error", () => {});
        socket.on("data", () =>
          socket.end("HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 2\r\n\r\nok"),
        );
      }),
    );
    for (let turn = 0; turn < 2; turn += 1) await connection.ask(REQUEST);
    expect(opened).toBe(2);
    connection.close();
  });

  test("brings one answer for each request", async () => {
    const twice = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".repeat(2);
    const connection = await serving(
      createServer((socket) => {
        socket.on("error", () => {});
        socket.on("data", () => socket.write(twice));
      }),
    );
    await expect(connection.ask(REQUEST)).rejects.toThrow("nobody asked for");
    connection.close();
  });
});
