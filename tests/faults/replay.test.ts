import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { CuttableProxy } from "../harness/cuttable-proxy.ts";
import { ProofKey } from "../harness/proof-key.ts";
import { TestAuthority, type TestSystem } from "../harness/test-authority.ts";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";

const PUBLIC = "https://api.example.org/graphql";
const REDIS = process.env["TRUC_TEST_REDIS_URL"];
const SUPERGRAPH = composeSupergraph([
  {
    name: "any",
    url: "http://127.0.0.1:9/graphql",
    schema:
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3") type Query { a: Int }',
  },
]);

describe.runIf(REDIS !== undefined)("what may be used once, with two routers at one Redis", () => {
  let authority: TestAuthority;
  let office: TestSystem;
  let wire: CuttableProxy;
  let routers: TestRouter[];
  let key: ProofKey;
  let bound: string;

  beforeAll(async () => {
    authority = await TestAuthority.start();
    office = await authority.system("office");
    authority.grant("office", "LAND");
    wire = await CuttableProxy.start(REDIS!);
    const settings = { PUBLIC_URL: PUBLIC };
    routers = [
      await TestRouter.start(SUPERGRAPH, { ...settings, REDIS_URL: REDIS! }, authority),
      await TestRouter.start(SUPERGRAPH, { ...settings, REDIS_URL: wire.url }, authority),
    ];
    key = await ProofKey.make();
    bound = await authority.token(office, { purpose: "LAND", cnf: { jkt: key.thumbprint } });
  });
  afterAll(async () => {
    for (const router of routers) await router.stop();
    await wire.cut();
    await authority.stop();
  });

  async function send(
    router: TestRouter,
    headers: Record<string, string>,
    extensions: object = {},
  ): Promise<[number, unknown]> {
    const response = await fetch(router.url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ query: "{ __typename }", extensions }),
    });
    const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
    return [response.status, errors?.[0]?.extensions.code];
  }
  const withProof = async (router: TestRouter, dpop: string) =>
    await send(router, { authorization: `DPoP ${bound}`, dpop });
  const withActor = async (router: TestRouter, actor: string) => {
    const token = await authority.token(office, { purpose: "LAND" });
    return await send(router, { authorization: `Bearer ${token}` }, { actor });
  };

  test("a proof that one router has seen is refused by the other", async () => {
    const once = key.proof(bound, { htu: PUBLIC });
    expect(await withProof(routers[0]!, once)).toEqual([200, undefined]);
    expect(await withProof(routers[1]!, once)).toEqual([401, "DPOP_INVALID"]);
  });

  test("an actor token that one router has seen is refused by the other", async () => {
    const once = await authority.actorToken(office);
    expect(await withActor(routers[1]!, once)).toEqual([200, undefined]);
    expect(await withActor(routers[0]!, once)).toEqual([403, "AUTHORIZE_ACTOR_INVALID"]);
  });

  test("Redis lost: what may be used once is refused, what needs no memory is answered", async () => {
    const router = routers[1]!;
    await wire.cut();
    await vi.waitFor(
      async () =>
        expect(await withProof(router, key.proof(bound, { htu: PUBLIC }))).toEqual([
          503,
          "DPOP_UNAVAILABLE",
        ]),
      10_000,
    );
    expect(await withActor(router, await authority.actorToken(office))).toEqual([
      503,
      "AUTHORIZE_ACTOR_UNAVAILABLE",
    ]);
    const token = await authority.token(office, { purpose: "LAND" });
    expect(await send(router, { authorization: `Bearer ${token}` })).toEqual([200, undefined]);
    await wire.restore();
    await vi.waitFor(
      async () =>
        expect(await withProof(router, key.proof(bound, { htu: PUBLIC }))).toEqual([
          200,
          undefined,
        ]),
      10_000,
    );
  });
});
