import { databaseServers } from "@truc/service/testing";
import Fastify from "fastify";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AuditProcess } from "../harness/audit-process.ts";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";

const SCHEMA = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  type Query { thing: Thing }
  type Thing @key(fields: "id") { id: ID! name: String nick: String }
`;
const QUESTION = "{ thing { nick name } }";
const PIN = "901084980027";
const server = Fastify();
let answer: unknown;
let supergraph: string;

beforeAll(async () => {
  server.post("/graphql", async () => await Promise.resolve(answer));
  const url = `${await server.listen({ port: 0, host: "127.0.0.1" })}/graphql`;
  supergraph = composeSupergraph([{ name: "main", url, schema: SCHEMA }]);
});
afterAll(async () => await server.close());

const sayingCode = (code: unknown): unknown => ({
  data: { thing: { id: "1", name: "n", nick: null } },
  errors: [{ message: "a sentence", path: ["thing", "nick"], extensions: { code } }],
});

describe("what is not the router's own word is neither on record nor in the log:", () => {
  let router: TestRouter;
  beforeAll(async () => (router = await TestRouter.start(supergraph)));
  afterAll(async () => await router.stop());

  /** What the log says of requests. */
  const logged = (): string => router.log.join("");

  test.each([
    ["a sentence", `Nguyễn Thị A ${PIN}`, "SUBGRAPH_ERROR"],
    ["a number behind a letter", `P${PIN}`, "SUBGRAPH_ERROR"],
    ["five megabytes", "A".repeat(5_000_000), "SUBGRAPH_ERROR"],
    ["65 letters", "A".repeat(65), "SUBGRAPH_ERROR"],
    ["a code", "SHIP_SUNK_2", "SHIP_SUNK_2"],
    ["64 letters", "A".repeat(64), "A".repeat(64)],
  ])("a subgraph's code: %s", async (_what, code, expected) => {
    answer = sayingCode(code);
    const { status, body } = await router.ask(QUESTION);
    expect(status).toBe(200);
    expect(body.errors?.map(({ extensions }) => extensions["code"])).toEqual([expected]);
    expect(router.records().at(-1)?.code).toBe(expected);
    expect(logged()).not.toContain(PIN);
  });

  test.each(["client_id", "sub", "agency", "purpose"])(
    "a foreign issuer's %s that holds a number",
    async (claim) => {
      answer = { data: { thing: { id: "1", name: "n", nick: "k" } } };
      const token = await router.issuer.token({ [claim]: `urn:citizen:${PIN}` });
      for (const _twice of [1, 2]) {
        const { status } = await router.ask(QUESTION, { token });
        expect(status).toBe(200);
      }
      const [first, second] = router.records().slice(-2);
      const member = ({ client_id: "system", sub: "person" } as Record<string, string>)[claim];
      const names = [first, second].map((record) => record?.[(member ?? claim) as "system"]);
      expect(names[0]).toMatch(/^digest:[\w-]{22}$/);
      expect(names[1]).toBe(names[0]);
      expect(JSON.stringify([first, second])).not.toContain(PIN);
      expect(logged()).not.toContain(PIN);
    },
  );

  test("a name that looks like such a digest is no name", async () => {
    const name = `digest:${"A".repeat(22)}`;
    await router.ask(QUESTION, { token: await router.issuer.token({ client_id: name }) });
    const { system } = router.records().at(-1)!;
    expect(system).toMatch(/^digest:[\w-]{22}$/);
    expect(system).not.toBe(name);
  });
});

describe.runIf(databaseServers().length > 0)("against the audit database", () => {
  let audit: AuditProcess;
  beforeAll(async () => (audit = await AuditProcess.start()));
  afterAll(async () => await audit.stop());

  /** A router that has the month's keys. */
  async function started(): Promise<TestRouter> {
    const router = await TestRouter.start(supergraph, audit.routerSettings);
    await router.ready();
    return router;
  }

  test("a subgraph's code of five megabytes keeps nobody from being answered", async () => {
    const router = await started();
    try {
      answer = sayingCode("A".repeat(5_000_000));
      const { status } = await router.ask(QUESTION);
      expect(status).toBe(200);
      answer = { data: { thing: { id: "1", name: "n", nick: "k" } } };
      const after = await router.ask(QUESTION);
      expect([after.status, after.body.data]).toEqual([200, { thing: { nick: "k", name: "n" } }]);
    } finally {
      await router.stop();
    }
  });

  test("a system's long name keeps no counts of others from being written", async () => {
    const router = await started();
    for (const client_id of ["s".repeat(255), "other"]) {
      const { status } = await router.ask("{", { token: await router.issuer.token({ client_id }) });
      expect(status).toBe(400);
    }
    await router.stop();
    const owner = new pg.Client({ connectionString: audit.databaseUrl });
    await owner.connect();
    const { rows } = await owner.query<{ source: string; count: string }>(
      "select source, count from audit_refusals order by source",
    );
    await owner.end();
    expect(rows).toEqual([
      { source: expect.stringMatching(/^system:digest:[\w-]{22}$/), count: "1" },
      { source: "system:other", count: "1" },
    ]);
  });
});
