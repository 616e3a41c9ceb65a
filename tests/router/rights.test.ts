import { createHash } from "node:crypto";
import type { FeedGrant, Limits } from "@truc/contracts";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { RecordingSubgraphs } from "../harness/recording-subgraphs.ts";
import { SHIPS_AND_SAILORS } from "../harness/ships-and-sailors.ts";
import { TestAuthority, type TestSystem } from "../harness/test-authority.ts";
import { composeSupergraph, TestRouter, type GraphqlAnswer } from "../harness/test-router.ts";

const SETS = {
  subjectSets: {
    subgraph: "crews",
    operation: "query ($citizen: String!) { sets(citizen: $citizen) { household wards } }",
    scopes: ["crews:kin"],
    entity: "Sailor",
  },
};
const QUERY = `{ sailor(id: 1) { name } }`;
const LIMITS: Limits = { provinces: ["01", "31"], subjects: "any", search: false, linked: 2 };

let authority: TestAuthority;
let system: TestSystem;
let world: RecordingSubgraphs;
let router: TestRouter;

beforeAll(async () => {
  authority = await TestAuthority.start();
  system = await authority.system("harbour");
  world = await RecordingSubgraphs.start(SHIPS_AND_SAILORS, SETS);
  router = await TestRouter.start(composeSupergraph(world.subgraphs), world.settings, authority);
});
beforeEach(() => void world.take());
afterAll(async () => {
  await router.stop();
  await world.stop();
  await authority.stop();
});

const codeOf = ({ status, body }: GraphqlAnswer): [number, unknown] => [
  status,
  body.errors?.[0]?.extensions["code"],
];

async function ask(
  grant: Partial<FeedGrant> | undefined,
  {
    claims = {},
    query = QUERY,
    extensions,
  }: {
    claims?: Record<string, unknown>;
    query?: string;
    extensions?: Record<string, unknown>;
  } = {},
): Promise<GraphqlAnswer> {
  if (grant !== undefined) authority.grant("harbour", "VOYAGE", grant);
  const { revision } = authority.registry;
  await received(revision);
  const token = await authority.token(system, { purpose: "VOYAGE", ...claims });
  return await router.ask(query, { token, ...(extensions && { extensions }) });
}

/** Waits until the router has a revision of the registry. */
async function received(revision: number): Promise<void> {
  await vi.waitFor(
    () => expect(router.log.join("")).toContain(`"revision":${revision},"msg":"registry received"`),
    10_000,
  );
}

describe("without a grant in force nothing is answered", () => {
  test.each([
    ["none for this purpose", {}, { purpose: "OTHER" }],
    ["a suspended one", { status: "suspended" as const }, {}],
    ["one that is over", { validUntil: "2026-01-01" }, {}],
    ["one to come", { validFrom: "2099-01-01" }, {}],
  ])("%s", async (_case, grant, claims) => {
    const answer = await ask(grant, { claims });
    expect(codeOf(answer)).toEqual([403, "AUTHORIZE_GRANT_MISSING"]);
    expect(world.take()).toEqual([]);
    expect(router.records().at(-1)).toMatchObject({
      system: "harbour",
      decision: "refused",
      code: "AUTHORIZE_GRANT_MISSING",
    });
  });
});

test("scopes are what token, grant and the purpose's ceiling of today all have", async () => {
  authority.change(({ purposes }) => ({
    purposes: [
      ...purposes.filter(({ code }) => code !== "VOYAGE"),
      {
        code: "VOYAGE",
        legalBasis: "Maritime Act 5",
        ceiling: ["a", "b", "c"],
        disclosureDelayDays: 0,
      },
    ],
  }));
  await ask({ scopes: ["b", "c", "d"], limits: LIMITS }, { claims: { scope: "a c d e b" } });
  const [fetch] = world.take();
  expect(fetch?.permit).toMatchObject({
    scopes: ["b", "c"],
    limits: LIMITS,
    system: "harbour",
    agency: "harbour-agency",
    purpose: "VOYAGE",
  });
  expect(Object.keys(fetch!.permit)).not.toContain("pins");
  expect(router.records().at(-1)).toMatchObject({
    agency: "harbour-agency",
    purpose: "VOYAGE",
    legalBasis: "Maritime Act 5",
    person: undefined,
  });
});

describe("what a grant demands", () => {
  const demanding = { demandsActor: true, demandsCase: true };

  test("without an officer, or without a case, nothing is answered", async () => {
    const actor = await authority.actorToken(system);
    const given = [{ caseReference: "12/HS-2026" }, { actor }, { actor, caseReference: null }];
    const codes = [];
    for (const extensions of given) codes.push(codeOf(await ask(demanding, { extensions })));
    expect(codes).toEqual([
      [403, "AUTHORIZE_ACTOR_MISSING"],
      [403, "AUTHORIZE_CASE_MISSING"],
      [403, "AUTHORIZE_CASE_MISSING"],
    ]);
    expect(world.take()).toEqual([]);
  });

  test("officer and case reach every subgraph and the record", async () => {
    const extensions = {
      actor: await authority.actorToken(system, { sub: "officer-7" }),
      caseReference: "12/2026:HS-Đ.4_b",
    };
    const answer = await ask(demanding, {
      query: `{ ship(id: "s1") { owner { wage } } }`,
      extensions,
    });
    expect(answer.body.data).toEqual({ ship: { owner: { wage: 200 } } });
    const facts = { actor: "officer-7", caseReference: "12/2026:HS-Đ.4_b" };
    const requestId = answer.headers.get("x-request-id");
    expect(world.take().map(({ request }) => request.extensions)).toEqual([
      expect.objectContaining({ ...facts, requestId }),
      expect.objectContaining({ ...facts, requestId }),
    ]);
    expect(router.records().at(-1)).toMatchObject({
      actor: facts.actor,
      case: facts.caseReference,
    });
  });

  test("by GET as by POST", async () => {
    const token = await authority.token(system, { purpose: "VOYAGE" });
    const actor = await authority.actorToken(system);
    const search = new URLSearchParams({
      query: QUERY,
      extensions: JSON.stringify({ actor, caseReference: "7" }),
    });
    const response = await fetch(`${router.url}?${search.toString()}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(response.status).toBe(200);
    expect(router.records().at(-1)).toMatchObject({ actor: "officer-7", case: "7" });
  });

  test.each([[""], ["a b"], ["a\nb"], ["x".repeat(65)], [7], [["a"]], ["<b>"]])(
    "%j is no case, whether one is demanded or not",
    async (caseReference) => {
      const answer = await ask({}, { extensions: { caseReference } });
      expect(codeOf(answer)).toEqual([400, "AUTHORIZE_CASE_INVALID"]);
    },
  );

  test.each([
    ["079300001234"],
    ["٠٧٩٣٠٠٠٠١٢٣٤"],
    ["HS-079300001234"],
    ["079300001234/2026"],
    ["0793000012345"],
  ])("%s may hold somebody's number, and is no case", async (caseReference) => {
    const answer = await ask({}, { extensions: { caseReference } });
    expect(codeOf(answer)).toEqual([400, "AUTHORIZE_CASE_INVALID"]);
    expect(answer.body.errors![0]!.message).toBe(
      "A case reference is a text of 1 to 64 letters, digits and . _ / : -, without twelve digits in a row.",
    );
    expect(JSON.stringify(router.records().at(-1))).not.toContain(caseReference);
    expect(router.log.join("")).not.toContain(caseReference);
  });

  test.each([["07930000123"], ["0793-0000-1234"]])(
    "%s is nobody's number",
    async (caseReference) => {
      expect((await ask({}, { extensions: { caseReference } })).status).toBe(200);
      world.take();
    },
  );

  test("who sends neither, where neither is demanded, is answered", async () => {
    expect((await ask({})).status).toBe(200);
    const { extensions } = world.take()[0]!.request;
    expect(Object.keys(extensions!).toSorted()).toEqual(["operationDigest", "permit", "requestId"]);
  });
});

test("a refusal for what the rights do not cover is on record with officer, case, law and what was refused", async () => {
  const schema = `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@requiresScopes"])
    type Query { open: Int  secret: Int @requiresScopes(scopes: [["s"]]) }`;
  const strict = await TestRouter.start(
    composeSupergraph([{ name: "only", url: "http://127.0.0.1:9/graphql", schema }]),
    { UNAUTHORIZED: "reject" },
    authority,
  );
  authority.grant("harbour", "CUSTOMS");
  const token = await authority.token(system, { purpose: "CUSTOMS" });
  const extensions = { actor: await authority.actorToken(system), caseReference: "7/HS" };
  await vi.waitFor(
    async () =>
      expect(codeOf(await strict.ask("{ open s: secret }", { token, extensions }))).toEqual([
        403,
        "AUTHORIZE_SCOPE_MISSING",
      ]),
    10_000,
  );
  expect(strict.records().at(-1)).toMatchObject({
    decision: "refused",
    outcome: "refused",
    actor: "officer-7",
    case: "7/HS",
    legalBasis: "Act on CUSTOMS",
    refused: ["Query.secret"],
  });
  await strict.stop();
});

describe("a grant for registered operations only", () => {
  const hash = createHash("sha256").update(QUERY).digest("hex");

  test("answers them, under the registry's name, and no other text", async () => {
    authority.change(() => ({ operations: [{ hash, name: "NameOfSailor", text: QUERY }] }));
    const grant = { operations: "registered" as const, registered: [hash] };
    expect((await ask(grant)).status).toBe(200);
    expect(router.records().at(-1)).toMatchObject({ operationName: "NameOfSailor" });
    const other = await ask(grant, { query: `${QUERY} ` });
    expect(codeOf(other)).toEqual([403, "AUTHORIZE_OPERATION_UNREGISTERED"]);
    expect(world.take()).toHaveLength(1);
  });

  test("another grant's operations are not this one's", async () => {
    const grant = { operations: "registered" as const, registered: ["0".repeat(64)] };
    expect(codeOf(await ask(grant))).toEqual([403, "AUTHORIZE_OPERATION_UNREGISTERED"]);
  });
});

describe("people", () => {
  const limited = (subjects: Limits["subjects"]) => ({ limits: { ...LIMITS, subjects } });
  const claims = { sub: "pairwise-1" };
  beforeAll(() => {
    authority.people.set("pairwise-1", { pin: "901", status: "active" });
    authority.people.set("clerk", { pin: null, status: "active" });
    authority.people.set("barred", { pin: "902", status: "suspended" });
  });
  const permitFor = async (grant: Partial<FeedGrant>, who: Record<string, unknown>) => {
    world.take();
    await ask(grant, { claims: who });
    return world.take().find(({ request }) => request.query.includes("sailor"))?.permit;
  };

  test.each([
    ["self", ["901", "901-child"]],
    ["household", ["901", "901-child", "901-spouse"]],
    ["any", undefined],
  ] as const)("a signed-in person under %s", async (subjects, pins) => {
    const permit = await permitFor(limited(subjects), claims);
    expect(permit).toMatchObject({ self: "901", person: "pairwise-1" });
    expect(permit?.pins).toEqual(pins);
  });

  test("nobody signed in, or somebody without a PIN: nobody is covered", async () => {
    for (const who of [{}, { sub: "clerk" }]) {
      const permit = await permitFor(limited("household"), who);
      expect([permit?.pins, permit?.self]).toEqual([[], undefined]);
    }
  });

  test("whose records belong to her is asked once, under a permit of the router's own", async () => {
    const fresh = { pin: "903", status: "active" } as const;
    authority.people.set("pairwise-3", fresh);
    const before = authority.asked.filter((subject) => subject === "pairwise-3").length;
    authority.grant("harbour", "VOYAGE", limited("self"));
    await received(authority.registry.revision);
    const token = await authority.token(system, { purpose: "VOYAGE", sub: "pairwise-3" });
    world.take();
    await Promise.all(Array.from({ length: 5 }, async () => await router.ask(QUERY, { token })));
    const asked = world.take().filter(({ request }) => request.query.includes("sets("));
    expect(asked.map(({ permit, request }) => [permit, request.variables])).toEqual([
      [
        expect.objectContaining({
          aud: "crews",
          scopes: ["crews:kin"],
          limits: { subjects: "any", search: true, linked: 3 },
          distance: 0,
          system: "router",
          purpose: "SUBJECT_SETS",
        }),
        { citizen: "903" },
      ],
    ]);
    expect(authority.asked.filter((subject) => subject === "pairwise-3")).toHaveLength(before + 1);
  });

  test("two people never share a permit, though their rights are alike", async () => {
    authority.people.set("pairwise-4", { pin: "904", status: "active" });
    const first = await permitFor(limited("any"), claims);
    const second = await permitFor(limited("any"), { sub: "pairwise-4" });
    expect([first?.self, first?.person, second?.self, second?.person]).toEqual([
      "901",
      "pairwise-1",
      "904",
      "pairwise-4",
    ]);
  });

  test("somebody suspended, or whom nobody knows, is refused", async () => {
    for (const sub of ["barred", "stranger"]) {
      const answer = await ask(limited("self"), { claims: { sub } });
      expect(codeOf(answer)).toEqual([401, "TOKEN_REVOKED"]);
      expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer error="invalid_token"/);
    }
  });

  test("the authority does not say who it is: try again", async () => {
    authority.subjectStatus = 503;
    authority.people.set("pairwise-5", { pin: "905", status: "active" });
    const answer = await ask(limited("self"), { claims: { sub: "pairwise-5" } });
    authority.subjectStatus = 200;
    expect(codeOf(answer)).toEqual([503, "AUTHORITY_UNAVAILABLE"]);
    expect(answer.headers.get("retry-after")).toBe("5");
    expect((await ask(undefined, { claims: { sub: "pairwise-5" } })).status).toBe(200);
  });
});

test("the register that knows whose records belong to whom is down: a person is alone", async () => {
  authority.people.set("pairwise-6", { pin: "906", status: "active" });
  await world.down("crews");
  await ask(
    { limits: { ...LIMITS, subjects: "household" } },
    { claims: { sub: "pairwise-6" }, query: `{ ship(id: "s1") { name } }` },
  );
  expect(world.take().map(({ permit }) => permit.pins)).toEqual([["906"]]);
});

test("when the router stops, no connection is left over which the authority was asked", async () => {
  authority.people.set("pairwise-7", { pin: "907", status: "active" });
  await ask(undefined, { claims: { sub: "pairwise-7" } });
  expect(authority.connections.size).toBeGreaterThan(0);
  await router.stop();
  await vi.waitFor(() => expect(authority.connections.size).toBe(0), 10_000);
});
