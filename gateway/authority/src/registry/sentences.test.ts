import { databaseServers } from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addSystemKey, registerSystem, retireSystemKey } from "./systems.ts";
import { amendGrant } from "./amend-grant.ts";
import { definePurpose } from "./define-purpose.ts";
import { registerPerson } from "./people.ts";
import { requestGrant } from "./request-grant.ts";
import { suspend } from "./status.ts";
import { makeSystemKey } from "../system-key.ts";
import { askFor, by, requestOf, startTestRegistry, type TestRegistry } from "./test-registry.ts";

const [server] = databaseServers();

/** What somebody reads who was refused: what is wrong, where, and what it should be. */
describe.runIf(server !== undefined)("what the registry says", () => {
  let registry: TestRegistry;
  let grant: string;
  beforeAll(async () => {
    registry = await startTestRegistry(server!);
    grant = await askFor(registry, { system: "counter" });
  });
  afterAll(() => registry.close());

  const ask = (changes: Record<string, unknown>) => (): Promise<unknown> =>
    requestGrant(registry.db, by("clerk"), requestOf(changes as never));
  const wrongAt = (place: string, what: string): string =>
    `What the registry was told is wrong at ${place}: ${what}.`;

  test.each<[sentence: string, attempt: () => Promise<unknown>]>([
    [
      wrongAt("limits.linked", "linked is a whole number from 0 to 3"),
      ask({ limits: { linked: 4 } }),
    ],
    [
      wrongAt("limits.linked", "linked is a whole number from 0 to 3"),
      ask({ limits: { linked: 1.5 } }),
    ],
    [wrongAt("scopes", "at least one scope is needed"), ask({ scopes: [] })],
    [wrongAt("scopes.0", "a scope is register:category"), ask({ scopes: ["Thửa đất"] })],
    [
      wrongAt("scopes.0", "a scope's name has at most 64 characters"),
      ask({ scopes: [`land:${"x".repeat(60)}`] }),
    ],
    [
      wrongAt("limits.provinces", "name 1 to 100 provinces, or none for the whole country"),
      ask({ limits: { provinces: [] } }),
    ],
    [
      wrongAt("limits.provinces.0.asOf", "a day is written YYYY-MM-DD, and is one of the calendar"),
      ask({ limits: { provinces: [{ code: "01", asOf: "2026-02-30" }] } }),
    ],
    [
      wrongAt("budget.requestsPerSecond", "requestsPerSecond is a whole number from 1 to 100,000"),
      ask({ budget: { requestsPerSecond: 0 } }),
    ],
    [
      wrongAt("budget.costPerMinute", "costPerMinute is a whole number from 1 to 1,000,000,000"),
      ask({ budget: { costPerMinute: 2_000_000_000 } }),
    ],
    [
      wrongAt("validUntil", "a day is written YYYY-MM-DD, and is one of the calendar"),
      ask({ validUntil: "next year" }),
    ],
    [
      wrongAt("limits.subjects", "it is any, self or household"),
      ask({ limits: { subjects: "x" } }),
    ],
    [wrongAt("demandsCase", "it is true or false"), ask({ demandsCase: "yes" })],
    [wrongAt("demandsReceipt", "it is true or false"), ask({ demandsReceipt: 1 })],
    [
      wrongAt("id", "a person's id is lower-case letters, digits and hyphens"),
      () => registerPerson(registry.db, by("op"), { id: "Lan", name: "Lan" }),
    ],
    [
      wrongAt("name", "a name has 1 to 200 characters"),
      () => registerPerson(registry.db, by("op"), { id: "lan", name: "" }),
    ],
    [
      wrongAt("id", "an id is lower-case letters, digits and hyphens"),
      () => registerSystem(registry.db, by("clerk"), { id: "X", agency: "bureau", name: "X" }),
    ],
    [
      wrongAt("keys", "it has at most 10 items"),
      () =>
        registerSystem(registry.db, by("clerk"), {
          id: "x",
          agency: "bureau",
          name: "X",
          keys: Array.from({ length: 11 }, () => ({})),
        }),
    ],
    [
      wrongAt("disclosureDelayDays", "disclosureDelayDays is a whole number from 0 to 3,650"),
      () =>
        definePurpose(registry.db, by("op"), {
          code: "NEW",
          text: "New.",
          legalBasis: "A law",
          ceiling: ["people:name"],
          disclosureDelayDays: -1,
        }),
    ],
    [
      wrongAt("validUntil", "a day is written YYYY-MM-DD, and is one of the calendar"),
      () => amendGrant(registry.db, by("clerk"), { grant, validUntil: "2026-13-01" }),
    ],
    ["There is no scope land:gold, land:tin.", ask({ scopes: ["land:gold", "land:tin"] })],
    [
      "The purpose SALE does not reach land:debt, platform:grants.",
      ask({ scopes: ["land:debt", "people:name", "platform:grants"] }),
    ],
    [
      "The grant is only asked for, so there is nothing to suspend or resume: its owners refuse it, or the agency withdraws it.",
      () => suspend(registry.db, by("op"), { kind: "grant", id: grant }),
    ],
  ])("%s", async (sentence, attempt) => {
    await expect(attempt()).rejects.toMatchObject({ message: sentence });
  });

  test("of many scopes there are not it names ten", async () => {
    const scopes = Array.from({ length: 12 }, (_, index) => `land:x${index}`);
    await expect(ask({ scopes })()).rejects.toMatchObject({
      message: `There is no scope ${scopes.slice(0, 10).join(", ")} and 2 more.`,
    });
  });

  test("of a key that was retired, that it was", async () => {
    const { publicKey: key } = await makeSystemKey();
    const id = await addSystemKey(registry.db, by("clerk"), { system: "counter", key });
    await retireSystemKey(registry.db, by("clerk"), id);
    await expect(suspend(registry.db, by("op"), { kind: "key", id })).rejects.toMatchObject({
      message: "The key was retired, so it stays as it is.",
    });
  });
});
