import { once } from "node:events";
import { connect } from "node:net";
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { incomingRequest } from "./addresses.ts";
import type { IncomingRequest } from "./incoming-request.ts";

describe("an incoming request", () => {
  let app: FastifyInstance;
  let port: number;
  let seen: IncomingRequest[];
  let answer: () => void;

  beforeEach(async () => {
    seen = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    answer = resolve;
    app = Fastify({ forceCloseConnections: true });
    app.post("/graphql", async (request, reply) => {
      seen.push(incomingRequest(request, reply, "graphql"));
      await promise;
      return await reply.send("done");
    });
    port = Number(new URL(await app.listen({ port: 0, host: "127.0.0.1" })).port);
  });
  afterEach(async () => {
    await app.close();
  });

  const send = async (...headers: string[]) => {
    const socket = connect(port, "127.0.0.1");
    socket.write(
      `POST /graphql?a=1?2 HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n${headers.map((each) => `${each}\r\n`).join("")}\r\n`,
    );
    await vi.waitFor(() => expect(seen).toHaveLength(1), 10_000);
    return { socket, request: seen[0]! };
  };

  test("has every header of a name where Node has one, and the others as Node has them", async () => {
    const { request, socket } = await send(
      "Authorization: Bearer a",
      "AUTHORIZATION: Bearer b",
      "dpop: 1",
      "DPoP: 2",
      "x-a: 1",
      "x-a: 2",
      "accept: a/b",
      "constructor: mine",
      "__proto__: theirs",
    );
    expect(request.authorization).toEqual(["Bearer a", "Bearer b"]);
    expect(request.proofs).toEqual(["1", "2"]);
    expect(request.search).toBe("?a=1?2");
    expect(request.headers.get("accept")).toBe("a/b");
    expect(request.headers.get("x-a")).toBe("1, 2");
    expect(request.headers.get("toString")).toBeUndefined();
    expect(request.headers.get("__proto__")).toBeUndefined();
    expect(new Map(request.headers).get("x-a")).toBe("1, 2");
    expect(request.trace).toEqual({});
    socket.destroy();
  });

  test("has no header that was not sent", async () => {
    const { request, socket } = await send();
    expect(request.authorization).toEqual([]);
    expect(request.proofs).toEqual([]);
    expect(request.headers.get("accept")).toBeUndefined();
    socket.destroy();
  });

  test("tells once when its sender has left before the answer", async () => {
    const { request, socket } = await send();
    const told = vi.fn<() => void>();
    request.onLeft(told);
    expect(told).not.toHaveBeenCalled();
    socket.destroy();
    await vi.waitFor(() => expect(told).toHaveBeenCalledOnce(), 10_000);
    const late = vi.fn<() => void>();
    request.onLeft(late);
    expect(late).toHaveBeenCalledOnce();
    answer();
    expect(told).toHaveBeenCalledOnce();
  });

  test("tells nothing when its sender leaves with the answer", async () => {
    const { request, socket } = await send();
    const told = vi.fn<() => void>();
    request.onLeft(told);
    answer();
    await once(socket, "data");
    socket.destroy();
    await vi.waitFor(async () => {
      const count = await new Promise<number>((resolve) =>
        app.server.getConnections((_, open) => resolve(open)),
      );
      expect(count).toBe(0);
    }, 10_000);
    expect(told).not.toHaveBeenCalled();
  });
});
