import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";

const HEAD =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@requiresScopes", "@authenticated", "@key", "@requires", "@external", "@shareable"])';
const answers = { a: 1, b: 2, secret: 3 };

/** A subgraph that answers every field of the tests' schemas by its name. */
async function startSubgraph(): Promise<{ server: FastifyInstance; url: string }> {
  const server = Fastify();
  server.post("/graphql", async (request) => {
    const { query } = request.body as { query: string };
    return {
      data: Object.fromEntries(
        Object.entries(answers).filter(([name]) => new RegExp(`\\b${name}\\b`).test(query)),
      ),
    };
  });
  return { server, url: `${await server.listen({ port: 0, host: "127.0.0.1" })}/graphql` };
}

describe("a supergraph that changes while the router runs", () => {
  let subgraph: Awaited<ReturnType<typeof startSubgraph>>;
  let router: TestRouter;
  const compose = (body: string): string =>
    composeSupergraph([{ name: "only", url: subgraph.url, schema: `${HEAD}\n${body}` }]);

  beforeEach(async () => {
    subgraph = await startSubgraph();
    router = await TestRouter.start(
      compose('type Query { a: Int secret: Int @requiresScopes(scopes: [["s"]]) }'),
    );
  });
  afterEach(async () => {
    await router.stop();
    await subgraph.server.close();
  });

  test("is served without a restart and without a failed request", async () => {
    const failures: unknown[] = [];
    let stop = false;
    let sent = 0;
    const load = Promise.all(
      Array.from({ length: 8 }, async () => {
        const token = await router.issuer.token();
        while (!stop) {
          const { status, body } = await router.ask("{ a }", { token });
          sent += 1;
          if (status !== 200 || body.data?.["a"] !== 1) failures.push(body);
        }
      }),
    );
    await vi.waitFor(() => expect(sent).toBeGreaterThan(20), 20_000);
    // Written beside and renamed, as a careful deployment does it.
    const path = join(router.directory, "supergraph.graphql");
    writeFileSync(
      `${path}.new`,
      compose('type Query { a: Int b: Int secret: Int @requiresScopes(scopes: [["s"]]) }'),
    );
    renameSync(`${path}.new`, path);
    await vi.waitFor(
      async () => expect((await router.ask("{ b }")).body).toEqual({ data: { b: 2 } }),
      10_000,
    );
    const after = sent;
    await vi.waitFor(() => expect(sent).toBeGreaterThan(after + 20), 20_000);
    stop = true;
    await load;
    expect(failures).toEqual([]);
  });

  test.each([
    ["does not parse", () => "type Query {", /cannot be read/],
    ["is no supergraph", () => "type Query { a: Int }", /cannot be read/],
    [
      "guards a field less",
      () => compose("type Query { a: Int secret: Int @authenticated }"),
      /guards the field Query.secret less than the present one/,
    ],
    [
      "guards a field no more",
      () => compose("type Query { a: Int secret: Int }"),
      /guards the field Query.secret less than the present one/,
    ],
    [
      "lets a field leak what it requires",
      () =>
        composeSupergraph([
          {
            name: "only",
            url: subgraph.url,
            schema: `${HEAD}\ntype Query { a: Int t: T secret: Int @requiresScopes(scopes: [["s"]]) } type T @key(fields: "id") { id: ID! hidden: Int @requiresScopes(scopes: [["s"]]) }`,
          },
          {
            name: "other",
            url: subgraph.url,
            schema: `${HEAD}\ntype T @key(fields: "id") { id: ID! hidden: Int @external shown: Int @requires(fields: "hidden") @requiresScopes(scopes: [["s"]]) }`,
          },
        ]).replace(/(shown: Int[^\n]*)@requiresScopes\([^\n]*?\]\]\)/, "$1"),
      /T.shown requires T.hidden, but demands less than it/,
    ],
  ])("that %s never replaces a good one", async (_title, text, reason) => {
    router.replaceSupergraph(text());
    await vi.waitFor(() => expect(router.log.join("")).toMatch(reason), 10_000);
    expect((await router.ask("{ a }")).body).toEqual({ data: { a: 1 } });
    expect((await router.ask("{ secret }")).body.errors?.[0]?.extensions).toMatchObject({
      code: "UNAUTHORIZED_FIELD_OR_TYPE",
      coordinate: "Query.secret",
    });
    router.replaceSupergraph(
      compose('type Query { a: Int b: Int secret: Int @requiresScopes(scopes: [["s"]]) }'),
    );
    await vi.waitFor(
      async () => expect((await router.ask("{ b }")).body).toEqual({ data: { b: 2 } }),
      10_000,
    );
  });

  test("a guarded field that was taken away does not come back open", async () => {
    router.replaceSupergraph(compose("type Query { a: Int b: Int }"));
    await vi.waitFor(
      async () => expect((await router.ask("{ b }")).body).toEqual({ data: { b: 2 } }),
      10_000,
    );
    router.replaceSupergraph(compose("type Query { a: Int b: Int secret: Int }"));
    await vi.waitFor(
      () => expect(router.log.join("")).toMatch(/guards the field Query.secret less/),
      10_000,
    );
    expect((await router.ask("{ secret }")).status).toBe(400);
  });

  test("what was valid under the last one is read anew", async () => {
    const open = 'type Query { a: Int b: Int secret: Int @requiresScopes(scopes: [["s"]]) }';
    const answered = async (data: unknown): Promise<void> =>
      await vi.waitFor(
        async () => expect((await router.ask("{ a b }")).body).toEqual(data),
        10_000,
      );
    router.replaceSupergraph(compose(open));
    await answered({ data: { a: 1, b: 2 } });
    await answered({ data: { a: 1, b: 2 } });
    router.replaceSupergraph(compose(open.replace("b: Int", "")));
    await vi.waitFor(async () => {
      const { status, body } = await router.ask("{ a b }");
      expect(status).toBe(400);
      expect(body.errors?.[0]?.extensions["code"]).toBe("GRAPHQL_VALIDATION_FAILED");
    }, 10_000);
    router.replaceSupergraph(
      compose(open.replace("b: Int", 'b: Int @requiresScopes(scopes: [["s"]])')),
    );
    await vi.waitFor(async () => {
      const { body } = await router.ask("{ a b }");
      expect(body.data).toEqual({ a: 1, b: null });
    }, 10_000);
  });
});
