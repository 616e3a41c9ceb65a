import { databaseServers } from "@truc/service/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { amendGrant } from "./amend-grant.ts";
import { approveScopes, rejectScopes } from "./decide-scopes.ts";
import { withdrawRequest } from "./end-grant.ts";
import { registrySnapshot } from "./snapshot.ts";
import {
  approveOpen,
  askFor,
  by,
  openRequestOf,
  startTestRegistry,
  type TestRegistry,
} from "./test-registry.ts";

/** Whoever asks may withdraw and ask for something else: an owner decides on what she looked at, or on nothing. */
describe.each(databaseServers())("a request put in another's place on $dialect", (server) => {
  let registry: TestRegistry;
  beforeEach(async () => {
    registry = await startTestRegistry(server);
  });
  afterEach(() => registry.close());

  const scopes = ["land:plot"];
  const refused = async (attempt: () => Promise<unknown>, code: string): Promise<void> => {
    const before = await registry.dump();
    await expect(attempt()).rejects.toMatchObject({ extensions: { code } });
    expect(await registry.dump()).toEqual(before);
  };
  const live = async (): Promise<string> => {
    const grant = await askFor(registry, { scopes });
    await approveOpen(registry.db, by("head-land"), { grant, scopes });
    return grant;
  };

  test.each([
    ["approved", approveScopes],
    ["refused", rejectScopes],
  ] as const)("an amendment is not %s by who looked at another", async (_word, decide) => {
    const { db } = registry;
    const grant = await live();
    await askFor(registry, { scopes, limits: { linked: 1 } });
    const request = await openRequestOf(db, grant);
    await withdrawRequest(db, by("clerk"), grant);
    await askFor(registry, { scopes, limits: { search: true, linked: 3 } });
    await refused(
      () => decide(db, by("head-land"), { grant, request, scopes }),
      "REGISTRY_REQUEST_CHANGED",
    );
    const fed = (await registrySnapshot(db)).grants.find(({ id }) => id === grant);
    expect(fed!.limits).toEqual({ subjects: "any", search: false, linked: 0 });
  });

  test("a first request that was withdrawn is another grant's", async () => {
    const { db } = registry;
    const grant = await askFor(registry, { scopes });
    await withdrawRequest(db, by("clerk"), grant);
    const next = await askFor(registry, { scopes, limits: { search: true, linked: 3 } });
    expect(next).not.toBe(grant);
    await refused(
      () => approveScopes(db, by("head-land"), { grant, request: grant, scopes }),
      "REGISTRY_GRANT_STATE",
    );
    await refused(
      () => approveScopes(db, by("head-land"), { grant: next, request: grant, scopes }),
      "REGISTRY_REQUEST_CHANGED",
    );
    await approveScopes(db, by("head-land"), { grant: next, request: next, scopes });
  });

  test("what is left of a first request, withdrawn and asked for again with more, is an amendment", async () => {
    const { db } = registry;
    const grant = await askFor(registry);
    const people = { grant, scopes: ["people:name"] };
    await approveScopes(db, by("head-people"), { ...people, request: grant });
    await withdrawRequest(db, by("clerk"), grant);
    await askFor(registry, { limits: { search: true, linked: 3 } });
    await refused(
      () => approveScopes(db, by("head-land"), { grant, request: grant, scopes }),
      "REGISTRY_REQUEST_CHANGED",
    );
  });

  test("while a first request is undecided it can only become narrower", async () => {
    const { db } = registry;
    const grant = await askFor(registry, { scopes });
    const wider = { grant, limits: { linked: 3 } };
    await refused(() => amendGrant(db, by("clerk"), wider), "REGISTRY_REQUEST_PENDING");
  });

  test("two owners decide on one request, each on its own", async () => {
    const { db } = registry;
    const request = await askFor(registry);
    await Promise.all([
      approveScopes(db, by("head-land"), { grant: request, request, scopes }),
      approveScopes(db, by("head-people"), { grant: request, request, scopes: ["people:name"] }),
    ]);
    const [fed] = (await registrySnapshot(db)).grants;
    expect(fed!.scopes).toEqual(["land:plot", "people:name"]);
  });
});
