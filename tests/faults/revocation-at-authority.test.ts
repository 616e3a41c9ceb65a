import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { AuthorityProcess } from "../harness/authority-process.ts";
import { RouterSetup } from "../harness/router-process.ts";
import type { ServiceProcess } from "../harness/service-process.ts";
import { composeSupergraph } from "../harness/test-router.ts";

const SUPERGRAPH = composeSupergraph([
  {
    name: "any",
    url: "http://127.0.0.1:9/graphql",
    schema:
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3") type Query { a: Int }',
  },
]);

/** Two routers and the authority, each a process of its own, over one registry in PostgreSQL. */
let authority: AuthorityProcess;
let setup: RouterSetup;
let processes: ServiceProcess[];
let routers: string[];
let token: string;

beforeAll(async () => {
  authority = await AuthorityProcess.start();
  setup = await RouterSetup.make(SUPERGRAPH);
  const settings = await authority.routerSettings();
  processes = ["first", "second"].map((name) => {
    const journal = join(setup.directory, name);
    mkdirSync(journal);
    return setup.start({ ...settings, AUDIT: `journal:${journal}`, FEED_SILENCE_MS: "3000" });
  });
  routers = await Promise.all(processes.map(async (each) => await each.ready()));
  token = await authority.personToken();
  await all("200 answered");
}, 60_000);
afterAll(async () => {
  await Promise.all(processes.map(async (each) => await each.signal("SIGTERM")));
  await setup.stop();
  await authority.stop();
});

/** What a router answers to the office, for a person who has signed in through it. */
async function outcome(router: string): Promise<string> {
  const { status, body } = await setup.ask(router, "{ __typename }", {
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
  });
  const { errors } = body as { errors?: { extensions: { code: string } }[] };
  return `${status} ${errors?.[0]?.extensions.code ?? "answered"}`;
}
async function all(wanted: string): Promise<void> {
  await Promise.all(
    routers.map(
      async (router) =>
        await vi.waitFor(async () => expect(await outcome(router)).toBe(wanted), 20_000),
    ),
  );
}

describe("stopped at the authority by the operator's key, it is refused by both routers, and let in again", () => {
  test.each([
    ["grant", "403 AUTHORIZE_GRANT_MISSING"],
    ["system", "401 TOKEN_REVOKED"],
    ["agency", "401 TOKEN_REVOKED"],
    ["key", "401 TOKEN_REVOKED"],
    ["person", "401 TOKEN_REVOKED"],
  ] as const)("a %s", async (kind, refusal) => {
    await authority.order("suspend", kind);
    await all(refusal);
    await authority.order("resume", kind);
    await all("200 answered");
  });
});

test("an authority that died is missed, and what it knew is in force again when it is back", async () => {
  await authority.kill();
  await all("503 REGISTRY_STALE");
  await authority.restart();
  await all("200 answered");
});

test("a grant that is revoked is refused for good", async () => {
  await authority.order("revoke", "grant");
  await all("403 AUTHORIZE_GRANT_MISSING");
});
