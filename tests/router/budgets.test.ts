import { randomUUID } from "node:crypto";
import type { FeedGrant } from "@truc/contracts";
import Fastify, { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { CuttableProxy } from "../harness/cuttable-proxy.ts";
import { TestAuthority, type TestSystem } from "../harness/test-authority.ts";
import { composeSupergraph, TestRouter, type GraphqlAnswer } from "../harness/test-router.ts";

const SCHEMA = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@requiresScopes", "@cost", "@listSize"])
  type Query {
    thing: Thing
    things(first: Int): [Thing] @listSize(slicingArguments: ["first"], requireOneSlicingArgument: false)
    sliced(first: Int): [Thing] @listSize(slicingArguments: ["first"])
    secret: Thing @requiresScopes(scopes: [["s"]])
  }
  type Thing { name: String }
`;
/** Costs as many as are asked for; two come. */
const things = (first: number): string => `{ things(first: ${first}) { name } }`;
const REDIS_URL = process.env["TRUC_TEST_REDIS_URL"];
/** What health says while Redis is lost. */
const WITHOUT_REDIS = [
  "redis",
  "budgets: 25 % here",
  "proofs of possession: refused",
  "actor tokens: refused",
];

let subgraph: FastifyInstance;
let supergraph: string;
let authority: TestAuthority;
let system: TestSystem;
let asked = 0;

beforeAll(async () => {
  subgraph = Fastify();
  subgraph.post("/graphql", async () => {
    asked += 1;
    const two = [{ name: "a" }, { name: "b" }];
    return { data: { thing: { name: "t" }, things: two, sliced: two, secret: { name: "s" } } };
  });
  const url = `${await subgraph.listen({ port: 0, host: "127.0.0.1" })}/graphql`;
  supergraph = composeSupergraph([{ name: "only", url, schema: SCHEMA }]);
  authority = await TestAuthority.start();
  system = await authority.system("spender");
});
afterAll(async () => {
  await authority.stop();
  await subgraph.close();
});

/** A grant of its own for one test, and how its caller asks. */
async function grantOf(
  routers: readonly TestRouter[],
  budget: Partial<FeedGrant["budget"]>,
  id: string = randomUUID(),
): Promise<(query: string, router?: TestRouter) => Promise<GraphqlAnswer>> {
  const purpose = `P-${randomUUID()}`;
  authority.grant(system.id, purpose, {
    id,
    budget: { requestsPerSecond: 100_000, costPerMinute: 1_000_000, ...budget },
  });
  const token = await authority.token(system, { purpose });
  const ask = async (query: string, router = routers[0]!): Promise<GraphqlAnswer> =>
    await router.ask(query, { token });
  // Answered once, and for nothing, where everybody has heard of the grant.
  for (const router of routers)
    await vi.waitFor(
      async () => expect((await ask("{ __typename }", router)).status).toBe(200),
      10_000,
    );
  return ask;
}

const codeOf = ({ body }: GraphqlAnswer): unknown => body.errors?.[0]?.extensions["code"];
const verdict = (answer: GraphqlAnswer): unknown => codeOf(answer) ?? answer.status;

async function degraded(router: TestRouter): Promise<unknown> {
  const response = await fetch(new URL("/health/ready", router.url));
  return ((await response.json()) as { degraded?: unknown }).degraded;
}

const PLACES: [string, Record<string, string>][] = [["in one router", {}]];
if (REDIS_URL !== undefined) PLACES.push(["in Redis", { REDIS_URL }]);

describe.each(PLACES)("budgets kept %s", (_title, settings) => {
  let router: TestRouter;
  beforeAll(async () => {
    router = await TestRouter.start(supergraph, settings, authority);
    // Planned once, so that what follows stays within one second.
    const ask = await grantOf([router], {});
    expect((await ask(things(1))).status).toBe(200);
  });
  afterAll(async () => {
    await router.stop();
  });
  beforeEach(() => {
    asked = 0;
  });

  test("requests a second", async () => {
    const ask = await grantOf([router], { requestsPerSecond: 2 });
    // The first answer that is no refusal opens a second of its own.
    const answers = await vi.waitFor(async () => {
      const three = await Promise.all([1, 2, 3].map(async () => await ask(things(1))));
      expect(three.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 429]);
      return three;
    }, 10_000);
    const refused = answers.find(({ status }) => status === 429)!;
    expect(codeOf(refused)).toBe("ADMIT_RATE_EXCEEDED");
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(refused.body.data).toBeUndefined();
  });

  test("cost a minute: all of an operation's or nothing", async () => {
    const ask = await grantOf([router], { costPerMinute: 10 });
    expect(verdict(await ask(things(4)))).toBe(200);
    expect(verdict(await ask(things(4)))).toBe(200);
    const refused = await ask(things(4));
    expect(refused.status).toBe(429);
    const seconds = Number(refused.headers.get("retry-after"));
    expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60).toBe(true);
    expect(refused.body).toEqual({
      errors: [
        {
          message: "The grant's cost for this minute is used up.",
          extensions: {
            code: "ADMIT_COST_EXCEEDED",
            cost: 4,
            costPerMinute: 10,
            retryAfterSeconds: seconds,
            requestId: refused.headers.get("x-request-id"),
          },
        },
      ],
    });
    // What was refused has paid nothing.
    expect(verdict(await ask(things(2)))).toBe(200);
    expect(verdict(await ask(things(1)))).toBe("ADMIT_COST_EXCEEDED");
    expect(verdict(await ask("{ __typename }"))).toBe(200);
    expect(asked).toBe(3);
  });

  test("more than any minute has is refused for good", async () => {
    const ask = await grantOf([router], { costPerMinute: 10 });
    const refused = await ask(things(11));
    expect(refused.status).toBe(400);
    expect(refused.headers.get("retry-after")).toBeNull();
    expect(refused.body.errors?.[0]?.extensions).toMatchObject({
      code: "ADMIT_COST_TOO_HIGH",
      cost: 11,
      costPerMinute: 10,
    });
    expect(asked).toBe(0);
    expect(verdict(await ask(things(10)))).toBe(200);
  });

  test("requests are counted before cost: what came too fast has paid none", async () => {
    const ask = await grantOf([router], { requestsPerSecond: 1, costPerMinute: 10 });
    const paid = await vi.waitFor(async () => {
      const two = await Promise.all([1, 2].map(async () => await ask(things(4))));
      expect(two.map(verdict)).toContain("ADMIT_RATE_EXCEEDED");
      const answered = two.filter(({ status }) => status === 200).length;
      expect(answered).toBe(1);
      return answered * 4;
    }, 10_000);
    await vi.waitFor(async () => expect(verdict(await ask(things(10 - paid)))).toBe(200), 5_000);
    await vi.waitFor(
      async () => expect(verdict(await ask(things(1)))).toBe("ADMIT_COST_EXCEEDED"),
      5_000,
    );
  });

  test("each grant has its own, whatever its id", async () => {
    const run = randomUUID();
    for (const id of [`__proto__${run}`, `constructor${run}`, `${run}:${run}`]) {
      const ask = await grantOf([router], { costPerMinute: 5 }, id);
      expect(verdict(await ask(things(5)))).toBe(200);
      expect(verdict(await ask(things(1)))).toBe("ADMIT_COST_EXCEEDED");
    }
  });

  test("an amended budget holds from then on, what was spent counts", async () => {
    const id = randomUUID();
    const ask = await grantOf([router], { costPerMinute: 5 }, id);
    expect(verdict(await ask(things(5)))).toBe(200);
    expect(verdict(await ask(things(1)))).toBe("ADMIT_COST_EXCEEDED");
    const grant = authority.registry.grants.find((each) => each.id === id)!;
    authority.grant(system.id, grant.purpose, {
      ...grant,
      budget: { ...grant.budget, costPerMinute: 8 },
    });
    await vi.waitFor(async () => expect(verdict(await ask(things(3)))).toBe(200), 10_000);
    expect(verdict(await ask(things(1)))).toBe("ADMIT_COST_EXCEEDED");
  });

  test("fields that are refused cost nothing", async () => {
    const ask = await grantOf([router], { costPerMinute: 5 });
    const { cost } = await ask("{ thing { name } secret { name } }");
    expect(cost).toEqual({ estimated: 1, actual: 1 });
    const nothing = await ask("{ secret { name } }");
    expect(nothing.body.data).toBeNull();
    expect(nothing.cost).toEqual({ estimated: 0, actual: 0 });
  });

  test("a list that must be sliced is refused unsliced", async () => {
    const ask = await grantOf([router], {});
    const refused = await ask("{ sliced { name } }");
    expect(refused.status).toBe(400);
    expect(refused.body.errors?.[0]).toMatchObject({
      message: "The field Query.sliced needs exactly one of the arguments first.",
      extensions: { code: "ADMIT_SLICING_ARGUMENT" },
    });
    expect(asked).toBe(0);
  });

  test("what it was estimated at and what it cost is said", async () => {
    const ask = await grantOf([router], {});
    const { cost } = await ask(things(7));
    expect(cost).toEqual({ estimated: 7, actual: 2 });
  });
});

test("where tokens are the grants there are no budgets, and costs are said", async () => {
  const router = await TestRouter.start(supergraph, { LIST_SIZE_DEFAULT: "6" });
  const { status, cost } = await router.ask("{ things { name } }");
  expect(status).toBe(200);
  expect(cost).toEqual({ estimated: 6, actual: 2 });
  await router.stop();
});

test("two routers without Redis have each the whole budget", async () => {
  const routers = await Promise.all(
    [1, 2].map(async () => await TestRouter.start(supergraph, {}, authority)),
  );
  const ask = await grantOf(routers, { costPerMinute: 5 });
  for (const router of routers) {
    expect(verdict(await ask(things(5), router))).toBe(200);
    expect(verdict(await ask(things(1), router))).toBe("ADMIT_COST_EXCEEDED");
    expect(await degraded(router)).toEqual([]);
  }
  await Promise.all(routers.map(async (router) => await router.stop()));
});

describe.runIf(REDIS_URL !== undefined)("two routers that share a Redis", () => {
  let proxy: CuttableProxy;
  let routers: TestRouter[];
  beforeAll(async () => {
    proxy = await CuttableProxy.start(REDIS_URL!);
    const settings = { REDIS_URL: proxy.url, BUDGET_SHARE_PERCENT: "25" };
    routers = await Promise.all(
      [1, 2].map(async () => await TestRouter.start(supergraph, settings, authority)),
    );
  });
  afterAll(async () => {
    await Promise.all(routers.map(async (router) => await router.stop()));
    await proxy.cut();
  });
  const bothSay = async (state: unknown): Promise<void> =>
    await vi.waitFor(async () => {
      for (const router of routers) expect(await degraded(router)).toEqual(state);
    }, 15_000);

  test("have one budget between them", async () => {
    const [one, other] = routers;
    const ask = await grantOf(routers, { costPerMinute: 10 });
    expect(verdict(await ask(things(6), one))).toBe(200);
    expect(verdict(await ask(things(6), other))).toBe("ADMIT_COST_EXCEEDED");
    expect(verdict(await ask(things(4), other))).toBe(200);
    expect(verdict(await ask(things(1), one))).toBe("ADMIT_COST_EXCEEDED");
  });

  test.each([
    ["is gone", async () => await proxy.cut(), false],
    ["says nothing any more", async () => await Promise.resolve(proxy.hold()), false],
    [
      "says nothing any more, and has forgotten its connections",
      async () => await Promise.resolve(proxy.hold()),
      true,
    ],
  ])(
    "give a share each while Redis %s, and share again when it is back",
    async (_title, lose, forget) => {
      const [one, other] = routers;
      await bothSay([]);
      const ask = await grantOf(routers, { costPerMinute: 100, requestsPerSecond: 40 });
      expect(verdict(await ask(things(60), one))).toBe(200);

      await lose();
      await bothSay(WITHOUT_REDIS);
      for (const router of [one, other]) {
        expect(verdict(await ask(things(25), router))).toBe(200);
        const refused = await ask(things(1), router);
        expect(verdict(refused)).toBe("ADMIT_COST_EXCEEDED");
        expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
        // More than the share, not more than the budget: it may be had when Redis is back.
        expect(verdict(await ask(things(80), router))).toBe("ADMIT_COST_EXCEEDED");
        expect(verdict(await ask(things(101), router))).toBe("ADMIT_COST_TOO_HIGH");
      }

      await proxy.restore({ forget });
      await bothSay([]);
      expect(verdict(await ask(things(40), other))).toBe(200);
      expect(verdict(await ask(things(1), one))).toBe("ADMIT_COST_EXCEEDED");
    },
  );

  test("answer requests that are under way when Redis falls silent", async () => {
    await bothSay([]);
    const ask = await grantOf(routers, { costPerMinute: 100 });
    proxy.hold();
    expect(verdict(await ask(things(5)))).toBe(200);
    expect(await degraded(routers[0]!)).toEqual(WITHOUT_REDIS);
    await proxy.restore();
    await bothSay([]);
  });

  test("start without it, and share it when it comes", async () => {
    await proxy.cut();
    const late = await TestRouter.start(supergraph, { REDIS_URL: proxy.url }, authority);
    expect(await degraded(late)).toEqual(WITHOUT_REDIS);
    await proxy.restore();
    await vi.waitFor(async () => expect(await degraded(late)).toEqual([]), 15_000);
    await bothSay([]);
    const ask = await grantOf([late, ...routers], { costPerMinute: 10 });
    expect(verdict(await ask(things(10), late))).toBe(200);
    expect(verdict(await ask(things(1), routers[0]))).toBe("ADMIT_COST_EXCEEDED");
    await late.stop();
  });
});

test("a REDIS_URL that is no Redis is said at once", async () => {
  await expect(
    TestRouter.start(supergraph, { REDIS_URL: "postgresql://127.0.0.1/x" }),
  ).rejects.toThrow(/REDIS_URL/);
});
