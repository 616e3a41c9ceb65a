import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { FeedGrant, RegistrySnapshot } from "@truc/contracts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { CuttableProxy } from "../harness/cuttable-proxy.ts";
import { RouterSetup } from "../harness/router-process.ts";
import type { ServiceProcess } from "../harness/service-process.ts";
import { TestAuthority, type TestSystem } from "../harness/test-authority.ts";
import { composeSupergraph } from "../harness/test-router.ts";

const SUPERGRAPH = composeSupergraph([
  {
    name: "any",
    url: "http://127.0.0.1:9/graphql",
    schema:
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3") type Query { a: Int }',
  },
]);

/** Two routers, each a process of its own, at one authority; the wire of the second can be cut. */
let authority: TestAuthority;
let office: TestSystem;
let wire: CuttableProxy;
let setup: RouterSetup;
let processes: ServiceProcess[];
let connected: string;
let cuttable: string;

beforeAll(async () => {
  authority = await TestAuthority.start();
  office = await authority.system("office");
  authority.grant("office", "LAND");
  authority.people.set("somebody", { pin: "901000000001", status: "active" });
  wire = await CuttableProxy.start(authority.url);
  setup = await RouterSetup.make(SUPERGRAPH, authority);
  const second = join(setup.directory, "journal-2");
  mkdirSync(second);
  processes = [
    setup.start(),
    setup.start({
      AUTHORITY_FEED: wire.url,
      FEED_SILENCE_MS: "1000",
      AUDIT: `journal:${second}`,
    }),
  ];
  [connected = "", cuttable = ""] = await Promise.all(
    processes.map(async (each) => await each.ready()),
  );
  await answers(connected);
  await answers(cuttable);
}, 60_000);
afterAll(async () => {
  await Promise.all(processes.map(async (each) => await each.signal("SIGTERM")));
  await setup.stop();
  await wire.cut();
  await authority.stop();
});

/** What a router answers to the office, for a person of hers. */
async function outcome(router: string): Promise<string> {
  const token = await authority.token(office, {
    purpose: "LAND",
    sub: "somebody",
    agency: "office-agency",
  });
  const { status, body } = await setup.ask(router, "{ __typename }", {
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
  });
  const { errors } = body as { errors?: { extensions: { code: string } }[] };
  return `${status} ${errors?.[0]?.extensions.code ?? "answered"}`;
}
async function becomes(router: string, wanted: string): Promise<void> {
  await vi.waitFor(async () => expect(await outcome(router)).toBe(wanted), 20_000);
}
const answers = async (router: string): Promise<void> => await becomes(router, "200 answered");
const both = async (wanted: string): Promise<void> => {
  await Promise.all([becomes(connected, wanted), becomes(cuttable, wanted)]);
};

describe("what is suspended is refused by every connected router, and let in again when it is resumed", () => {
  const system = (facts: object) => (registry: RegistrySnapshot) => ({
    systems: registry.systems.map((each) => ({ ...each, ...facts })),
  });
  const grants = (change: (grant: FeedGrant) => FeedGrant[]) => (registry: RegistrySnapshot) => ({
    grants: registry.grants.flatMap(change),
  });
  test.each<[string, (registry: RegistrySnapshot) => Partial<RegistrySnapshot>, string]>([
    [
      "a grant",
      grants((grant) => [{ ...grant, status: "suspended" }]),
      "403 AUTHORIZE_GRANT_MISSING",
    ],
    ["a grant, revoked for good", grants(() => []), "403 AUTHORIZE_GRANT_MISSING"],
    ["a system", system({ status: "suspended" }), "401 TOKEN_REVOKED"],
    ["a system, gone for good", () => ({ systems: [] }), "401 TOKEN_REVOKED"],
    ["a system that moved to another agency", system({ agency: "other" }), "401 TOKEN_REVOKED"],
    ["the key that asked for the token", system({ keys: [] }), "401 TOKEN_REVOKED"],
    ["a person", () => ({ suspendedSubjects: ["somebody"] }), "401 TOKEN_REVOKED"],
  ])("%s", async (_case, suspend, refusal) => {
    const before = authority.registry;
    authority.change(suspend);
    await both(refusal);
    expect(setup.records().at(-1)).toMatchObject({
      system: "office",
      person: "somebody",
      decision: "refused",
      code: refusal.slice(4),
    });
    authority.change(() => before);
    await both("200 answered");
  });
});

test("a person who is let in again is asked about anew", async () => {
  authority.change(() => ({ suspendedSubjects: ["somebody"] }));
  await both("401 TOKEN_REVOKED");
  authority.people.set("somebody", { pin: "901000000001", status: "suspended" });
  authority.change(() => ({ suspendedSubjects: [] }));
  await both("401 TOKEN_REVOKED");
  authority.people.set("somebody", { pin: "901000000001", status: "active" });
  await both("200 answered");
});

const readiness = async (router: string): Promise<unknown> =>
  await (await fetch(`${router}/health/ready`)).json();

describe("a router without word from the authority", () => {
  test.each([
    ["cut off", async () => await wire.cut(), async () => await wire.restore()],
    [
      "behind a network that swallows everything",
      async () => wire.hold(),
      async () => await wire.restore({ forget: true }),
    ],
  ])("%s: refuses everything until it has", async (_case, cut, restore) => {
    await cut();
    await becomes(cuttable, "503 REGISTRY_STALE");
    expect(await readiness(cuttable)).toMatchObject({ ready: false, notReady: ["registry"] });
    expect(await outcome(connected)).toBe("200 answered");
    await restore();
    await answers(cuttable);
    expect(await readiness(cuttable)).toMatchObject({ ready: true });
  });

  test("knows at once, when it has word again, what was suspended meanwhile", async () => {
    await wire.cut();
    await becomes(cuttable, "503 REGISTRY_STALE");
    const before = authority.registry;
    authority.change(({ grants }) => ({
      grants: grants.map((grant) => ({ ...grant, status: "suspended" as const })),
    }));
    await becomes(connected, "403 AUTHORIZE_GRANT_MISSING");
    await wire.restore();
    // Not a single answer in between.
    let seen = await outcome(cuttable);
    while (seen === "503 REGISTRY_STALE") seen = await outcome(cuttable);
    expect(seen).toBe("403 AUTHORIZE_GRANT_MISSING");
    authority.change(() => before);
    await both("200 answered");
  });

  test("whose authority hangs up comes back by itself, and answers all the while", async () => {
    const opened = authority.opened;
    authority.hangUp();
    while (authority.opened < opened + 2) {
      expect(await outcome(connected)).toBe("200 answered");
      expect(await outcome(cuttable)).toBe("200 answered");
    }
  });

  test.each(["no line\n", `${JSON.stringify({ kind: "snapshot", snapshot: {} })}\n`])(
    "that is told %j keeps what it knows, and asks anew",
    async (line) => {
      const opened = authority.opened;
      authority.sayRaw(line);
      await vi.waitFor(() => expect(authority.opened).toBe(opened + 2), 20_000);
      expect(await outcome(connected)).toBe("200 answered");
    },
  );
});

test("a router that has never had word answers nobody, and says what is missing", async () => {
  const lonely = setup.start({
    AUTHORITY_FEED: "http://127.0.0.1:9",
    AUDIT: `journal:${join(setup.directory, "journal")}-3`,
  });
  const url = await lonely.ready();
  expect(await outcome(url)).toBe("503 REGISTRY_STALE");
  const response = await fetch(`${url}/health/ready`);
  expect(response.status).toBe(503);
  expect(((await response.json()) as { notReady: string[] }).notReady).toContain("registry");
  expect(await lonely.signal("SIGTERM")).toBe(0);
});

test("another's secret opens no feed", async () => {
  const stranger = setup.start({
    AUDIT: `journal:${join(setup.directory, "journal")}-4`,
    TOKEN_ISSUER: "https://another.example.org",
  });
  await stranger.logs("the authority's feed broke off");
  expect(stranger.stdout).toContain("it answered 401");
  await stranger.signal("SIGTERM");
});

test.each([
  [
    { AUTHORITY_FEED: undefined },
    "The setting AUTHORITY_FEED is missing: it must be set where grants are the authority's (GRANTS=authority).",
  ],
  [
    { FEED_SECRETS: undefined },
    "The setting FEED_SECRETS is missing: it must be set where grants are the authority's (GRANTS=authority).",
  ],
  [{ FEED_SECRETS: "/nowhere" }, "The file /nowhere of the setting FEED_SECRETS does not exist."],
  [{ FEED_SILENCE_MS: "60001" }, "must be a whole number from 100 to 60000"],
])("%j: one sentence, and no start", async (settings, sentence) => {
  const process = setup.start(settings);
  expect(await process.ends()).toBe(1);
  expect(process.stderr).toContain(sentence);
});
