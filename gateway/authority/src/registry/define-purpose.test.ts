import { databaseServers } from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { approveScopes } from "./decide-scopes.ts";
import { definePurpose, type PurposeText } from "./define-purpose.ts";
import { revokeGrant } from "./end-grant.ts";
import { askFor, by, byOn, startTestRegistry, type TestRegistry } from "./test-registry.ts";

describe.each(databaseServers())("a purpose on $dialect", (server) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startTestRegistry(server);
  });
  afterAll(() => registry.close());

  const SALE = {
    code: "SALE",
    text: "Selling plots.",
    legalBasis: "The law on plots",
    ceiling: ["land:plot", "people:home", "people:name"],
    disclosureDelayDays: 0,
  };
  const define = async (changes: Partial<PurposeText>, order = by("op")) =>
    await definePurpose(registry.db, order, { ...SALE, ...changes });
  const defined = async (): Promise<unknown> => {
    const [line] = await registry.lines(1);
    const { code: _code, ...before } = SALE;
    return { ...before, ...line!.new };
  };

  test("means what it meant while there are live grants for it, and may be narrowed", async () => {
    await define({ disclosureDelayDays: 30 });
    const grant = await askFor(registry);
    const widened: Partial<PurposeText>[] = [
      { text: "Selling anything." },
      { legalBasis: "No law" },
      { ceiling: [...SALE.ceiling, "land:debt"] },
      { disclosureDelayDays: 31 },
      { ceiling: ["land:plot"], disclosureDelayDays: 31 },
    ];
    const refuseAll = async (): Promise<void> => {
      for (const changes of widened)
        await expect(define({ disclosureDelayDays: 30, ...changes })).rejects.toMatchObject({
          extensions: { code: "REGISTRY_PURPOSE_IN_USE" },
        });
    };
    // Asked for already, and then approved.
    await refuseAll();
    await approveScopes(registry.db, by("head-land"), {
      grant,
      request: grant,
      scopes: ["land:plot"],
    });
    await refuseAll();
    await define({ disclosureDelayDays: 7 });
    await define({ disclosureDelayDays: 7, ceiling: ["land:plot"] });
    expect(await defined()).toMatchObject({ disclosureDelayDays: 7, ceiling: ["land:plot"] });
    // What was narrowed stays so, although it was wider before.
    await expect(define({ disclosureDelayDays: 7 })).rejects.toMatchObject({
      extensions: { code: "REGISTRY_PURPOSE_IN_USE" },
    });
    await revokeGrant(registry.db, by("op"), grant);
    await define({ text: "Selling anything.", disclosureDelayDays: 90 });
    expect(await defined()).toMatchObject({ text: "Selling anything.", disclosureDelayDays: 90 });
  });

  test("is free again after the last day of the last grant for it", async () => {
    await define({});
    await askFor(registry, { validUntil: "2027-03-01" });
    const change = { text: "Selling plots and houses." };
    await expect(define(change, byOn("op", "2027-03-01"))).rejects.toMatchObject({
      extensions: { code: "REGISTRY_PURPOSE_IN_USE" },
    });
    await define(change, byOn("op", "2027-03-02"));
    expect(await defined()).toMatchObject(change);
  });
});
