import type { IncomingHttpHeaders } from "node:http";
import Fastify, { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";

const HEAD =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])';
const TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

let router: TestRouter;
const servers: FastifyInstance[] = [];
let seen: { subgraph: string; headers: IncomingHttpHeaders; body: Record<string, unknown> }[] = [];

beforeAll(async () => {
  const serve = async (name: string, answer: object): Promise<string> => {
    const server = Fastify();
    server.post("/graphql", async (request) => {
      seen.push({
        subgraph: name,
        headers: request.headers,
        body: request.body as Record<string, unknown>,
      });
      return answer;
    });
    servers.push(server);
    return `${await server.listen({ port: 0, host: "127.0.0.1" })}/graphql`;
  };
  router = await TestRouter.start(
    composeSupergraph([
      {
        name: "first",
        url: await serve("first", { data: { thing: { __typename: "Thing", id: "1" } } }),
        schema: `${HEAD} type Query { thing: Thing } type Thing @key(fields: "id") { id: ID! }`,
      },
      {
        name: "second",
        url: await serve("second", { data: { _entities: [{ size: 7 }] } }),
        schema: `${HEAD} type Thing @key(fields: "id") { id: ID! size: Int }`,
      },
    ]),
  );
});
beforeEach(() => {
  seen = [];
});
afterAll(async () => {
  await router.stop();
  await Promise.all(servers.map(async (server) => await server.close()));
});

test("the request's id and its trace context reach every subgraph, the answer, the log and the record", async () => {
  const { body, headers } = await router.ask("{ thing { size } }", {
    headers: { traceparent: TRACE, tracestate: "vendor=1" },
  });
  expect(body).toEqual({ data: { thing: { size: 7 } } });
  const id = headers.get("x-request-id");
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(
    seen.map(({ subgraph, headers: sent }) => [
      subgraph,
      sent["x-request-id"],
      sent["traceparent"],
      sent["tracestate"],
    ]),
  ).toEqual([
    ["first", id, TRACE, "vendor=1"],
    ["second", id, TRACE, "vendor=1"],
  ]);
  expect(router.records().at(-1)?.id).toBe(id);
  const line = router.log
    .map((text) => JSON.parse(text) as Record<string, unknown>)
    .find(({ requestId }) => requestId === id);
  expect(line).toMatchObject({
    level: "info",
    msg: "request answered",
    status: 200,
    system: "test-system",
  });
});

test("a caller cannot choose the id, and its token goes nowhere", async () => {
  const { headers } = await router.ask("{ thing { size } }", {
    headers: { "x-request-id": "chosen-by-the-caller" },
  });
  expect(headers.get("x-request-id")).not.toBe("chosen-by-the-caller");
  expect(seen.map(({ headers: sent }) => sent.authorization)).toEqual([undefined, undefined]);
});

test("a trace context that has not the form of one goes nowhere", async () => {
  for (const headers of [
    { traceparent: 'a name, or {"level":99}', tracestate: "vendor=1" },
    { traceparent: TRACE.toUpperCase() },
    { tracestate: "vendor=1" },
  ]) {
    seen = [];
    await router.ask("{ thing { size } }", { headers });
    expect(seen.map(({ headers: sent }) => [sent["traceparent"], sent["tracestate"]])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
  }
});

test("a foreign subgraph gets a plain Federation request: no permit, no extensions", async () => {
  await router.ask("{ thing { size } }");
  expect(seen.map(({ body }) => Object.keys(body).toSorted())).toEqual([
    ["query", "variables"],
    ["query", "variables"],
  ]);
  expect(seen[1]?.body["variables"]).toEqual({
    representations: [{ __typename: "Thing", id: "1" }],
  });
});
