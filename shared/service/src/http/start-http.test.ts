import { once } from "node:events";
import { connect } from "node:net";
import { Refusal } from "@truc/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLog } from "../process/create-log.ts";
import { type HttpServer, startHttp } from "./start-http.ts";

describe("a process's HTTP side", () => {
  let http: HttpServer;
  let missing: string[] = [];
  beforeAll(async () => {
    http = await startHttp({
      port: 0,
      host: "127.0.0.1",
      log: createLog({ name: "test", level: "silent" }),
      bodyLimitBytes: 1024 * 1024,
      notReady: async () => missing,
      routes(app) {
        app.get("/broken", async () => {
          throw new Error("the secret recipe is 42");
        });
        app.get("/refused", async () => {
          throw new Refusal("TOKEN_MISSING", { headers: { "www-authenticate": "Bearer" } });
        });
        app.post("/echo", async (request) => request.body);
      },
    });
  });
  afterAll(async () => {
    await http?.stop();
  });

  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(http.url + path, init);
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as any,
    };
  };
  const post = (body: string, mediaType = "application/json") =>
    ask("/echo", { method: "POST", body, headers: { "content-type": mediaType } });

  it("says that it lives, and whether it is ready", async () => {
    expect(await ask("/health/live")).toMatchObject({ status: 200, body: { live: true } });
    expect(await ask("/health/ready")).toMatchObject({
      status: 200,
      body: { ready: true, notReady: [] },
    });
    missing = ["database"];
    expect(await ask("/health/ready")).toMatchObject({
      status: 503,
      body: { ready: false, notReady: ["database"] },
    });
    missing = [];
  });

  it("keeps a request's id when it is sane, and makes one when it is not", async () => {
    const id = async (given?: string) =>
      (
        await ask("/health/live", given === undefined ? {} : { headers: { "x-request-id": given } })
      ).headers.get("x-request-id");
    expect(await id("caller-1.2:3")).toBe("caller-1.2:3");
    expect(await id("a b<script>")).toMatch(/^[0-9a-f-]{36}$/);
    expect(await id("x".repeat(129))).toMatch(/^[0-9a-f-]{36}$/);
    expect(await id()).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("answers failures out of the catalogue and nothing more", async () => {
    expect(await ask("/broken")).toMatchObject({
      status: 500,
      body: {
        errors: [
          {
            message: "Something went wrong here; the request id finds it in the log.",
            extensions: { code: "INTERNAL_SERVER_ERROR" },
          },
        ],
      },
    });
    const refused = await ask("/refused");
    expect([
      refused.status,
      refused.headers.get("www-authenticate"),
      refused.body.errors[0].extensions.code,
    ]).toEqual([401, "Bearer", "TOKEN_MISSING"]);
    expect((await ask("/nowhere")).body.errors[0].extensions.code).toBe("NOT_FOUND");
    expect(await post("{")).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { code: "BAD_REQUEST" } }] },
    });
    expect(await post("x", "application/x-unknown")).toMatchObject({
      status: 415,
      body: { errors: [{ extensions: { code: "READ_MEDIA_TYPE" } }] },
    });
    expect(await post(JSON.stringify("x".repeat(1024 * 1024)))).toMatchObject({
      status: 413,
      body: {
        errors: [
          {
            message: "The request body is larger than 1 MiB.",
            extensions: { code: "READ_BODY_TOO_LARGE" },
          },
        ],
      },
    });
    expect(await post('{"__proto__": {"admin": true}}')).toMatchObject({ status: 400 });
  });

  it.each([
    ["application/json; charset=utf-16", undefined],
    ['application/json;charset="UTF-16LE"', undefined],
    ["application/json; charset=utf-8; charset=latin1", undefined],
    ["application/json; charset=", undefined],
    ["application/json", "gzip"],
    ["application/json", "identity, br"],
  ])("refuses a body that is not plain UTF-8: %s, %s", async (mediaType, coding) => {
    const headers = {
      "content-type": mediaType,
      ...(coding !== undefined && { "content-encoding": coding }),
    };
    expect(await ask("/echo", { method: "POST", body: "{}", headers })).toMatchObject({
      status: 415,
      body: { errors: [{ extensions: { code: "READ_MEDIA_TYPE" } }] },
    });
  });

  it.each([
    ["application/json; charset=utf-8", "identity"],
    ['application/json; charset="UTF-8"', "Identity"],
    ["application/json", ""],
  ])("reads one that is: %s, %s", async (mediaType, coding) => {
    const headers = { "content-type": mediaType, ...(coding && { "content-encoding": coding }) };
    expect(await ask("/echo", { method: "POST", body: '{"a":"ệ"}', headers })).toMatchObject({
      status: 200,
      body: { a: "ệ" },
    });
  });

  it("cannot have a port that another has", async () => {
    const { port } = new URL(http.url);
    const second = startHttp({
      port: Number(port),
      host: "127.0.0.1",
      log: createLog({ name: "test", level: "silent" }),
      routes() {},
    });
    await expect(second).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is in use: stop what uses it, or choose another.`,
    );
  });

  it("does not wait for connections over which nothing was ever asked", async () => {
    const second = await startHttp({
      port: 0,
      host: "127.0.0.1",
      log: createLog({ name: "test", level: "silent" }),
      routes() {},
    });
    const silent = connect(Number(new URL(second.url).port), "127.0.0.1");
    await once(silent, "connect");
    const closed = once(silent, "close");
    await second.stop();
    await closed;
  });

  it("does not wait for a body that never comes", async () => {
    const second = await startHttp({
      port: 0,
      host: "127.0.0.1",
      log: createLog({ name: "test", level: "silent" }),
      drainMs: 100,
      routes: (app) => void app.post("/echo", async (request) => request.body),
    });
    const slow = connect(Number(new URL(second.url).port), "127.0.0.1");
    const accepted = once(second.app.server, "request");
    slow.write(
      "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{",
    );
    await accepted;
    const closed = once(slow, "close");
    await second.stop();
    await closed;
  });
});
