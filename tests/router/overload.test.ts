import { afterEach, expect, test, vi } from "vitest";
import { StubFederation, type StubSubgraph } from "../harness/stub-federation.ts";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";

const FEDERATION =
  '@link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])';
const SHIPS: StubSubgraph = {
  schema: `extend schema ${FEDERATION} type Query { ship: Ship  port: String } type Ship @key(fields: "id") { id: ID!  name: String }`,
  resolvers: { "Query.ship": { __typename: "Ship", id: "1", name: "Sao" }, "Query.port": "Huế" },
};

let federation: StubFederation | undefined;
afterEach(async () => {
  await federation?.stop();
  federation = undefined;
});

test("a router that carries MAX_REQUESTS refuses more, and takes them again when one has left", async () => {
  federation = await StubFederation.start({ ships: SHIPS }, { MAX_REQUESTS: "2" });
  const { router, fetches } = federation;
  const release = federation.hold();
  const held = [router.ask("{ ship { name } }"), router.ask("{ port }")];
  await vi.waitFor(() => expect(fetches).toHaveLength(2), 10_000);
  for (const path of ["graphql", "explain"]) {
    const response = await fetch(new URL(`/${path}`, router.url), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${await router.issuer.token()}`,
      },
      body: JSON.stringify({ query: "{ port }" }),
    });
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await response.json()).toEqual({
      errors: [
        {
          message: "The router has as many requests as it can carry: send the request again.",
          extensions: { code: "OVERLOADED", requestId: response.headers.get("x-request-id") },
        },
      ],
    });
  }
  // Who is refused for want of room is counted instead.
  expect(router.records()).toEqual([]);
  expect(fetches).toHaveLength(2);
  release();
  expect((await Promise.all(held)).map(({ body }) => body)).toEqual([
    { data: { ship: { name: "Sao" } } },
    { data: { port: "Huế" } },
  ]);
  // A refused request has left no trace of its own in the count.
  expect(
    (await Promise.all([router.ask("{ port }"), router.ask("{ port }")])).map(
      ({ status }) => status,
    ),
  ).toEqual([200, 200]);
});

test("a request that takes longer than REQUEST_DEADLINE_MS is answered nothing, though a part is there", async () => {
  let release: (() => void) | undefined;
  federation = await StubFederation.start(
    {
      ships: {
        ...SHIPS,
        resolvers: {
          ...SHIPS.resolvers,
          "Query.ship": () => {
            // This register answers, and whoever is asked after it does not.
            release ??= federation?.hold();
            return { __typename: "Ship", id: "1", name: "Sao" };
          },
        },
      },
      crews: {
        schema: `extend schema ${FEDERATION} type Ship @key(fields: "id") { id: ID!  crew: Int }`,
        resolvers: { "Ship.crew": 7 },
      },
    },
    { REQUEST_DEADLINE_MS: "500", FETCH_DEADLINE_MS: "60000" },
  );
  const { router, fetches } = federation;
  const late = await router.ask("{ ship { name crew } }");
  expect(late.status).toBe(504);
  expect(late.body).toEqual({
    errors: [
      {
        message: "The request took longer than the router allows.",
        extensions: { code: "REQUEST_DEADLINE", requestId: late.headers.get("x-request-id") },
      },
    ],
  });
  expect(fetches.map(({ subgraph }) => subgraph)).toEqual(["ships", "crews"]);
  // What was fetched was read, though nobody was told.
  expect(router.records().at(-1)).toMatchObject({
    decision: "allowed",
    outcome: "failed",
    code: "REQUEST_DEADLINE",
    asked: { ships: 1, crews: 1 },
    failed: { crews: 1 },
  });
  release?.();
  expect((await router.ask("{ ship { name crew } }")).body).toEqual({
    data: { ship: { name: "Sao", crew: 7 } },
  });
});

test("an operation that the planner would take too long for is refused, and its router goes on", async () => {
  // Every register can give every ship's sister, so each selection may be asked of each of them.
  const registers = Array.from({ length: 30 }, (_, index) => ({
    name: `s${index}`,
    url: "http://127.0.0.1:9/graphql",
    schema: `extend schema ${FEDERATION} ${index === 0 ? "type Query { ship: Ship }" : ""} type Ship @key(fields: "id") { id: ID!  name: String @shareable  sister: Ship @shareable }`,
  }));
  const router = await TestRouter.start(composeSupergraph(registers));
  try {
    const each = (of: (index: number) => string): string =>
      Array.from({ length: 45 }, (_, index) => of(index)).join(" ");
    const query = `{ ship { ${each((a) => `a${a}: sister { ...Sisters }`)} } } fragment Sisters on Ship { ${each((b) => `b${b}: sister { n${b}: name }`)} }`;
    const { status, body, headers } = await router.ask(query);
    expect(status).toBe(400);
    expect(body).toEqual({
      errors: [
        {
          message: "The operation is too complex to plan.",
          extensions: { code: "PLAN_TOO_COMPLEX", requestId: headers.get("x-request-id") },
        },
      ],
    });
    expect(router.records().at(-1)).toMatchObject({
      decision: "allowed",
      outcome: "refused",
      code: "PLAN_TOO_COMPLEX",
      asked: undefined,
    });
    // Nobody listens at these addresses: that much is planned, and asked for.
    const { body: small } = await router.ask("{ ship { name } }");
    expect(small.errors?.map(({ extensions }) => extensions["code"])).toEqual([
      "REGISTER_UNAVAILABLE",
    ]);
  } finally {
    await router.stop();
  }
});
