import { databaseServers } from "@truc/service/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findLiveGrant } from "../registry.ts";
import { amendGrant } from "./amend-grant.ts";
import { definePurpose } from "./define-purpose.ts";
import { revokeGrant, withdrawRequest } from "./end-grant.ts";
import { requestGrant } from "./request-grant.ts";
import { registrySnapshot } from "./snapshot.ts";
import { resume, suspend } from "./status.ts";
import {
  askFor,
  by,
  byOn,
  requestOf,
  startTestRegistry,
  type TestRegistry,
  TODAY,
  approveOpen,
  rejectOpen,
} from "./test-registry.ts";

describe.each(databaseServers())("grants on $dialect", (server) => {
  let registry: TestRegistry;
  beforeEach(async () => {
    registry = await startTestRegistry(server);
  });
  afterEach(() => registry.close());

  const fed = async (id: string) =>
    (await registrySnapshot(registry.db)).grants.find((grant) => grant.id === id);
  const scopesFed = async (id: string) => (await fed(id))?.scopes;
  const statusOf = async (id: string): Promise<string> =>
    (await registry.db.kysely
      .selectFrom("grant_")
      .select("status")
      .where("id", "=", id)
      .executeTakeFirst())!.status;
  const approve = (person: string, grant: string, ...scopes: string[]) =>
    approveOpen(registry.db, by(person), { grant, scopes });
  const reject = (person: string, grant: string, ...scopes: string[]) =>
    rejectOpen(registry.db, by(person), { grant, scopes });
  /** A grant that both owners have approved. */
  const approved = async (changes = {}): Promise<string> => {
    const id = await askFor(registry, changes);
    await approve("head-people", id, "people:name");
    await approve("head-land", id, "land:plot");
    return id;
  };

  test("a request opens nothing; then it works as far as it is approved", async () => {
    const id = await askFor(registry);
    expect([await statusOf(id), await fed(id)]).toEqual(["requested", undefined]);
    expect(await findLiveGrant(registry.db, "desk", "SALE", TODAY)).toBeNull();
    await approve("head-land", id, "land:plot");
    expect([await statusOf(id), await scopesFed(id)]).toEqual(["active", ["land:plot"]]);
    expect(await findLiveGrant(registry.db, "desk", "SALE", TODAY)).toMatchObject({
      scopes: ["land:plot"],
    });
    await approve("head-people", id, "people:name");
    expect(await scopesFed(id)).toEqual(["land:plot", "people:name"]);
    expect(await findLiveGrant(registry.db, "desk", "SALE", TODAY)).toMatchObject({
      scopes: ["land:plot", "people:name"],
    });
  });

  test("a first request that states no limits gets look-ups only, and the budget of the documentation", async () => {
    const id = await approved();
    expect(await fed(id)).toMatchObject({
      status: "active",
      limits: { subjects: "any", search: false, linked: 0 },
      budget: { requestsPerSecond: 100, costPerMinute: 1_000_000 },
      operations: "any",
      demandsActor: false,
      demandsCase: false,
      demandsReceipt: false,
      validFrom: "2026-11-22",
      validUntil: "2027-11-22",
    });
    expect((await fed(id))!.limits).not.toHaveProperty("provinces");
  });

  test("codes of provinces mean what they meant on their day", async () => {
    const id = await approved({
      limits: {
        provinces: [
          { code: "64", asOf: "2025-06-30" },
          { code: "52", asOf: "2025-06-30" },
          { code: "44", asOf: "2025-07-01" },
          { code: "15", asOf: "2020-01-01" },
        ],
        subjects: "household",
        search: true,
        linked: 2,
      },
      budget: { requestsPerSecond: 7 },
      operations: "registered",
      demandsActor: true,
      demandsCase: true,
      demandsReceipt: true,
    });
    expect(await fed(id)).toMatchObject({
      limits: { provinces: ["15", "44", "52"], subjects: "household", search: true, linked: 2 },
      budget: { requestsPerSecond: 7, costPerMinute: 1_000_000 },
      operations: "registered",
      demandsActor: true,
      demandsCase: true,
      demandsReceipt: true,
    });
  });

  test("the history keeps who, when, why and the old value of every step", async () => {
    const id = await requestGrant(registry.db, by("clerk", "A sale."), requestOf());
    await approveOpen(registry.db, by("head-land", "Fine."), {
      grant: id,
      scopes: ["land:plot"],
    });
    await rejectOpen(registry.db, by("head-people", "Too much."), {
      grant: id,
      scopes: ["people:name"],
    });
    await revokeGrant(registry.db, by("op", "Over."), id);
    const at = Math.floor(Date.parse("2026-11-21T17:30:00Z") / 1000);
    const rows = await registry.db.kysely
      .selectFrom("history")
      .select("at")
      .where("subject", "=", id)
      .execute();
    expect(rows.map((row) => Number(row.at))).toEqual([at, at, at, at]);
    const [revoked, rejected, allowed, asked] = await registry.lines(4);
    const common = { kind: "grant", subject: id };
    expect(asked).toMatchObject({
      ...common,
      person: "clerk",
      what: "request",
      reason: "A sale.",
      old: null,
      new: { system: "desk", purpose: "SALE", scopes: ["people:name", "land:plot"] },
    });
    expect(allowed).toEqual({
      ...common,
      person: "head-land",
      what: "approve",
      reason: "Fine.",
      old: { status: "requested", request: id, decisions: { "land:plot": "requested" } },
      new: { status: "active", decisions: { "land:plot": "approved" } },
    });
    expect(rejected).toMatchObject({
      person: "head-people",
      what: "reject",
      new: { status: "active", decisions: { "people:name": "rejected" } },
    });
    expect(revoked).toEqual({
      ...common,
      person: "op",
      what: "revoke",
      reason: "Over.",
      old: { status: "active" },
      new: { status: "revoked" },
    });
  });

  test("a grant of which everything is refused is rejected, and makes room for another", async () => {
    const id = await askFor(registry);
    await reject("head-people", id, "people:name");
    expect(await statusOf(id)).toBe("requested");
    await reject("head-land", id, "land:plot");
    expect(await statusOf(id)).toBe("rejected");
    expect(await askFor(registry)).not.toBe(id);
  });

  test("what is undecided can be withdrawn; what was approved stays", async () => {
    const id = await askFor(registry);
    await approve("head-land", id, "land:plot");
    await withdrawRequest(registry.db, by("clerk"), id);
    expect([await statusOf(id), await scopesFed(id)]).toEqual(["active", ["land:plot"]]);
    const other = await askFor(registry, { system: "counter" });
    await withdrawRequest(registry.db, by("clerk"), other);
    expect(await statusOf(other)).toBe("ended");
  });

  describe("an amendment", () => {
    test("of scopes takes effect one by one, and until then the grant stands", async () => {
      const id = await askFor(registry, { scopes: ["land:plot"] });
      await approve("head-land", id, "land:plot");
      expect(await askFor(registry, { scopes: ["people:name", "people:home"] })).toBe(id);
      expect(await scopesFed(id)).toEqual(["land:plot"]);
      await approve("head-people", id, "people:home");
      expect(await scopesFed(id)).toEqual(["land:plot", "people:home"]);
      await reject("head-people", id, "people:name");
      expect(await scopesFed(id)).toEqual(["land:plot", "people:home"]);
      const [line] = await registry.lines(1);
      expect(line!.new).toMatchObject({ amendment: "approved" });
    });

    test("of terms takes effect when every owner has agreed, with the scopes approved under it", async () => {
      const id = await approved({ limits: { provinces: [{ code: "01", asOf: TODAY }] } });
      const before = await fed(id);
      await askFor(registry, {
        scopes: ["people:home"],
        limits: { provinces: null, linked: 1 },
        validUntil: "2028-11-22",
      });
      expect(await fed(id)).toEqual(before);
      await approve("head-people", id, "people:name", "people:home");
      expect(await fed(id)).toEqual(before);
      await approve("head-land", id, "land:plot");
      expect(await fed(id)).toEqual({
        ...before,
        scopes: ["land:plot", "people:home", "people:name"],
        limits: { subjects: "any", search: false, linked: 1 },
        validUntil: "2028-11-22",
      });
    });

    test("that drops all a grant held brings its own terms with the first new scope", async () => {
      const id = await askFor(registry, {
        scopes: ["land:plot"],
        limits: { search: true, linked: 3 },
      });
      await approve("head-land", id, "land:plot");
      await amendGrant(registry.db, by("clerk"), {
        grant: id,
        scopes: ["people:name"],
        limits: { provinces: [{ code: "01", asOf: TODAY }], search: false, linked: 0 },
      });
      expect(await scopesFed(id)).toEqual([]);
      await approve("head-people", id, "people:name");
      expect(await fed(id)).toMatchObject({
        scopes: ["people:name"],
        limits: { provinces: ["01"], subjects: "any", search: false, linked: 0 },
      });
    });

    test("that no longer demands receipts waits for the owners, as one that demands them does not", async () => {
      const id = await approved();
      await amendGrant(registry.db, by("head-land"), { grant: id, demandsReceipt: true });
      expect(await fed(id)).toMatchObject({ demandsReceipt: true });
      await amendGrant(registry.db, by("clerk"), { grant: id, demandsReceipt: false });
      expect(await fed(id)).toMatchObject({ demandsReceipt: true });
      await approve("head-people", id, "people:name");
      await approve("head-land", id, "land:plot");
      expect(await fed(id)).toMatchObject({ demandsReceipt: false });
    });

    test("of terms to which one owner does not agree changes nothing", async () => {
      const id = await approved();
      const before = await fed(id);
      await askFor(registry, { limits: { search: true } });
      await approve("head-people", id, "people:name");
      await reject("head-land", id, "land:plot");
      expect(await fed(id)).toEqual(before);
      await expect(approve("head-people", id, "people:name")).rejects.toMatchObject({
        extensions: { code: "REGISTRY_REQUEST_CHANGED" },
      });
      // And it is out of the way.
      await askFor(registry, { limits: { linked: 1 } });
    });

    test("that was approved in part does not undo a narrowing since", async () => {
      const id = await approved();
      await askFor(registry, { limits: { search: true, linked: 3 } });
      await approve("head-people", id, "people:name");
      await amendGrant(registry.db, by("head-people"), {
        grant: id,
        limits: { subjects: "self" },
      });
      await expect(approve("head-land", id, "land:plot")).rejects.toMatchObject({
        extensions: { code: "REGISTRY_REQUEST_CHANGED" },
      });
      expect((await fed(id))!.limits).toEqual({ subjects: "self", search: false, linked: 0 });
    });
  });

  describe("narrowing", () => {
    test("by an owner takes effect at once", async () => {
      const id = await approved({ limits: { search: true, linked: 2 } });
      await amendGrant(registry.db, by("head-land"), {
        grant: id,
        limits: { provinces: [{ code: "79", asOf: TODAY }], linked: 1 },
        budget: { costPerMinute: 500 },
        demandsActor: true,
        validUntil: "2027-01-31",
      });
      expect(await fed(id)).toMatchObject({
        scopes: ["land:plot", "people:name"],
        limits: { provinces: ["79"], subjects: "any", search: true, linked: 1 },
        budget: { requestsPerSecond: 100, costPerMinute: 500 },
        demandsActor: true,
        validUntil: "2027-01-31",
      });
    });

    test("an owner drops its own scopes, the agency any", async () => {
      const id = await askFor(registry, { scopes: ["people:name", "people:home", "land:plot"] });
      await approve("head-people", id, "people:name", "people:home");
      await approve("head-land", id, "land:plot");
      await amendGrant(registry.db, by("head-people"), {
        grant: id,
        scopes: ["people:name", "land:plot"],
      });
      expect(await scopesFed(id)).toEqual(["land:plot", "people:name"]);
      await amendGrant(registry.db, by("clerk"), { grant: id, scopes: ["people:name"] });
      expect(await scopesFed(id)).toEqual(["people:name"]);
    });

    test("what the agency drops goes at once, what it asks for in the same breath waits", async () => {
      const id = await approved();
      await amendGrant(registry.db, by("clerk"), {
        grant: id,
        scopes: ["people:home", "land:plot"],
      });
      expect(await scopesFed(id)).toEqual(["land:plot"]);
      await approve("head-people", id, "people:home");
      expect(await scopesFed(id)).toEqual(["land:plot", "people:home"]);
    });

    test("of a purpose's ceiling cuts every grant for it", async () => {
      const id = await approved();
      await definePurpose(registry.db, by("op"), {
        code: "SALE",
        text: "Selling plots.",
        legalBasis: "The law on plots",
        ceiling: ["land:plot"],
      });
      expect(await scopesFed(id)).toEqual(["land:plot"]);
    });
  });

  describe("suspending", () => {
    test("holds until whoever did it resumes it, each for itself", async () => {
      const id = await approved();
      const target = { kind: "grant" as const, id };
      await suspend(registry.db, by("head-land"), target);
      await suspend(registry.db, by("op"), target);
      expect((await fed(id))!.status).toBe("suspended");
      expect(await findLiveGrant(registry.db, "desk", "SALE", TODAY)).toBeNull();
      await resume(registry.db, by("op-2"), target);
      expect((await fed(id))!.status).toBe("suspended");
      for (const person of ["clerk", "op", "head-people"])
        await expect(resume(registry.db, by(person), target)).rejects.toMatchObject({
          extensions: { code: "REGISTRY_SUSPENDED_BY_OTHERS" },
        });
      await resume(registry.db, by("head-land"), target);
      expect((await fed(id))!.status).toBe("active");
      const [line] = await registry.lines(1);
      expect(line).toMatchObject({
        what: "resume",
        old: { status: "suspended", suspendedBy: ["land-office"] },
        new: { status: "active", suspendedBy: [] },
      });
    });

    test.each(["head-people", "head-land", "op", "clerk"])(
      "%s may suspend and revoke",
      async (person) => {
        const id = await approved();
        await suspend(registry.db, by(person), { kind: "grant", id });
        expect(await statusOf(id)).toBe("suspended");
        await revokeGrant(registry.db, by(person), id);
        expect([await statusOf(id), await fed(id)]).toEqual(["revoked", undefined]);
      },
    );
  });

  test("a grant whose last day is over makes room for the next", async () => {
    const id = await approved({ validUntil: "2026-12-31" });
    const next = await requestGrant(
      registry.db,
      byOn("clerk", "2027-01-01"),
      requestOf({ validUntil: "2027-12-31" }),
    );
    expect(next).not.toBe(id);
    expect([await statusOf(id), await statusOf(next)]).toEqual(["ended", "requested"]);
    const [asked, ended] = await registry.lines(2);
    expect([asked!.what, asked!.subject, ended!.what, ended!.subject]).toEqual([
      "request",
      next,
      "end",
      id,
    ]);
  });
});
