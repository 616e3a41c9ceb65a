import { UNLIMITED } from "@truc/contracts";
import { openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers } from "@truc/service/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { monthsAfter, type PlatformDefinition } from "./platform-definition.ts";
import { registerPlatform } from "./register-platform.ts";
import { registrySnapshot } from "./registry/snapshot.ts";
import { findActiveSystem, findLiveGrant } from "./registry.ts";
import { makeSystemKey } from "./system-key.ts";
import { tablesOf } from "./tables.ts";
import { testPlatform } from "./test-authority.ts";

const DAY = "2026-11-22";

describe.each(databaseServers())("on $dialect", (server) => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let platform: PlatformDefinition;
  beforeEach(async () => {
    database = await createTestDatabase(server);
    platform = (await testPlatform()).platform;
  });
  afterEach(() => database.drop());

  async function read<T>(look: (db: ReturnType<typeof openDatabase>) => Promise<T>): Promise<T> {
    const db = openDatabase(database.url, { maxConnections: 1 });
    try {
      return await look(db);
    } finally {
      await db.close();
    }
  }
  async function revision(): Promise<number> {
    const row = await read((db) =>
      tablesOf(db).selectFrom("registry_revision").select("revision").executeTakeFirst(),
    );
    return Number(row!.revision);
  }

  test("writes a platform once, however often it is registered", async () => {
    expect(await registerPlatform(database.url, platform)).toBeGreaterThan(0);
    expect(await revision()).toBe(1);
    expect(await registerPlatform(database.url, platform)).toBe(0);
    expect(await revision()).toBe(1);
    expect(await read((db) => findLiveGrant(db, "reader", "LENDING", DAY))).toEqual({
      agency: "archive",
      purpose: "LENDING",
      scopes: ["books:loan", "books:title"],
    });
    expect((await read((db) => findActiveSystem(db, "reader")))!.keys).toEqual(
      platform.systems[0]!.keys,
    );
  });

  test("lets registrations at the same time through one after the other", async () => {
    const written = await Promise.all(
      Array.from({ length: 4 }, () => registerPlatform(database.url, platform)),
    );
    expect(written.filter((rows) => rows > 0)).toHaveLength(1);
    expect(await revision()).toBe(1);
  });

  test("adds what is missing, and changes nothing that is there, grants in whichever state among it", async () => {
    await registerPlatform(database.url, platform);
    platform.agencies[0]!.name = "The National Library";
    platform.purposes[0]!.ceiling = ["books:title"];
    platform.grants[0]!.scopes = ["books:title"];
    platform.grants[0]!.validUntil = "2026-12-31";
    expect(await registerPlatform(database.url, platform)).toBe(0);
    expect(await revision()).toBe(1);
    platform.agencies.push({ id: "museum", name: "The Museum" });
    platform.people = [
      { id: "head", name: "The Head", roles: [{ role: "owner-admin", agency: "museum" }] },
      { id: "reader-1", name: "A Reader", roles: [{ role: "citizen" }], pin: "901190000001" },
    ];
    expect(await registerPlatform(database.url, platform)).toBe(3);
    expect(await revision()).toBe(2);
    const grant = (await read((db) => findLiveGrant(db, "reader", "LENDING", "2027-12-31")))!;
    expect(grant.scopes).toEqual(["books:loan", "books:title"]);
    const names = await read((db) =>
      tablesOf(db).selectFrom("agency").select("name").orderBy("name").execute(),
    );
    expect(names.map(({ name }) => name)).toEqual(["The Archive", "The Library", "The Museum"]);
  });

  test("puts all it adds into the history as done with the operator's key, and no PIN", async () => {
    platform.people = [
      { id: "reader-1", name: "A Reader", roles: [{ role: "citizen" }], pin: "901190000001" },
    ];
    await registerPlatform(database.url, platform);
    const lines = await read((db) =>
      tablesOf(db).selectFrom("history").selectAll().orderBy("line").execute(),
    );
    expect(lines.map(({ line }) => line)).toEqual(lines.map((_, index) => index + 1));
    expect(new Set(lines.map(({ person }) => person))).toEqual(new Set(["operator-key"]));
    const counted = (kind: string) => lines.filter((line) => line.kind === kind).length;
    const { agencies, scopes, purposes, systems, people, grants } = platform;
    const kinds = { agency: agencies, scope: scopes, purpose: purposes, system: systems };
    for (const [kind, defined] of Object.entries({ ...kinds, person: people, grant: grants }))
      expect([kind, counted(kind)]).toEqual([kind, defined.length]);
    expect(counted("key")).toBe(systems.flatMap(({ keys }) => keys).length);
    expect(JSON.stringify(lines)).not.toContain("901190000001");
    const grant = lines.find(({ new_value: value }) => value?.includes('"purpose":"LENDING"'))!;
    expect(JSON.parse(grant.new_value!)).toMatchObject({
      system: "reader",
      scopes: ["books:title", "books:loan"],
      status: "active",
    });
  });

  test("keeps a grant's terms, with old province codes resolved and nothing limited that is not stated", async () => {
    Object.assign(platform.grants[0]!, {
      limits: { provinces: [{ code: "64", asOf: "2020-01-01" }], subjects: "self" },
      demandsCase: true,
      demandsReceipt: true,
    });
    await registerPlatform(database.url, platform);
    const { grants } = await read((db) => registrySnapshot(db));
    const byName = (system: string, purpose: string) =>
      grants.find((grant) => grant.system === system && grant.purpose === purpose)!;
    expect(byName("reader", "LENDING")).toMatchObject({
      limits: { provinces: ["52"], subjects: "self", search: true, linked: 3 },
      demandsCase: true,
      demandsActor: false,
      demandsReceipt: true,
    });
    expect(byName("other", "COUNTING").limits).toEqual(UNLIMITED);
  });

  test("gives what is older than terms and ways back from a sign-in those of the definition", async () => {
    const limits = { subjects: "self", search: false, linked: 0 } as const;
    const [first, ...others] = platform.grants;
    const narrowed = {
      ...platform,
      systems: platform.systems.map((system) => ({
        ...system,
        redirectUris: ["http://127.0.0.1/back"],
      })),
      grants: [{ ...first!, limits }, ...others],
    };
    await registerPlatform(database.url, narrowed);
    await read(async (db) => {
      await tablesOf(db).updateTable("grant_").set({ terms: null }).execute();
      await tablesOf(db).deleteFrom("system_redirect_uri").execute();
    });
    expect(await registerPlatform(database.url, narrowed)).toBeGreaterThan(0);
    const { grants } = await read((db) => registrySnapshot(db));
    const grant = grants.find(
      ({ system, purpose }) => system === first!.system && purpose === first!.purpose,
    );
    expect(grant!.limits).toEqual(limits);
    expect(
      await read((db) => tablesOf(db).selectFrom("system_redirect_uri").select("uri").execute()),
    ).toEqual(platform.systems.map(() => ({ uri: "http://127.0.0.1/back" })));
    expect(await registerPlatform(database.url, narrowed)).toBe(0);
  });

  test("accepts several keys of a system, and keeps those registered before", async () => {
    await registerPlatform(database.url, platform);
    const before = platform.systems[0]!.keys;
    const { publicKey } = await makeSystemKey();
    platform.systems[0]!.keys = [publicKey];
    expect(await registerPlatform(database.url, platform)).toBe(1);
    const { keys } = (await read((db) => findActiveSystem(db, "reader")))!;
    expect(new Set(keys.map(({ kid }) => kid))).toEqual(new Set([before[0]!.kid, publicKey.kid]));
  });

  test("does not undo what was decided since", async () => {
    await registerPlatform(database.url, platform);
    await read(async (db) => {
      const tables = tablesOf(db);
      await tables
        .updateTable("system")
        .set({ status: "suspended" })
        .where("id", "=", "former")
        .execute();
      await tables
        .updateTable("grant_")
        .set({ status: "revoked", live: null })
        .where("system", "=", "reader")
        .execute();
      await tables
        .updateTable("grant_")
        .set({ status: "suspended" })
        .where("system", "=", "other")
        .execute();
      await tables
        .updateTable("system_key")
        .set({ status: "suspended" })
        .where("system", "=", "other")
        .execute();
    });
    expect(await registerPlatform(database.url, platform)).toBe(0);
    expect(await read((db) => findActiveSystem(db, "former"))).toBeNull();
    expect(await read((db) => findLiveGrant(db, "reader", "LENDING", DAY))).toBeNull();
    expect(await read((db) => findLiveGrant(db, "other", "COUNTING", DAY))).toBeNull();
    expect((await read((db) => findActiveSystem(db, "other")))!.keys).toEqual([]);
  });

  test("refuses a key that belongs to another system already, and writes nothing", async () => {
    await registerPlatform(database.url, platform);
    const [first, second] = platform.systems;
    [first!.keys, second!.keys] = [second!.keys, first!.keys];
    platform.agencies[0]!.name = "Another name";
    await expect(registerPlatform(database.url, platform)).rejects.toThrow(
      "A key of system reader belongs to system former already: make a new one.",
    );
    expect(await revision()).toBe(1);
    const names = await read((db) =>
      tablesOf(db).selectFrom("agency").select("name").orderBy("name").execute(),
    );
    expect(names).toEqual([{ name: "The Archive" }, { name: "The Library" }]);
  });

  test("gives a grant's first and last day in full", async () => {
    await registerPlatform(database.url, platform);
    const days = ["2025-12-31", "2026-01-01", "2027-12-31", "2028-01-01"];
    const grants = await read(async (db) => {
      const found = [];
      for (const day of days) found.push(await findLiveGrant(db, "reader", "LENDING", day));
      return found;
    });
    expect(grants.map((grant) => grant !== null)).toEqual([false, true, true, false]);
  });

  test.each<[string, (platform: PlatformDefinition) => void, string]>([
    ["an agency twice", (p) => p.agencies.push(p.agencies[0]!), "agency library is defined twice"],
    [
      "a scope of nobody",
      (p) => (p.scopes[0]!.owner = "nobody"),
      "scope books:title is owned by nobody, which is no agency",
    ],
    [
      "an unknown scope in a ceiling",
      (p) => p.purposes[0]!.ceiling.push("x:y"),
      "the ceiling of LENDING names x:y, which is no scope",
    ],
    [
      "a system of nobody",
      (p) => (p.systems[0]!.agency = "nobody"),
      "system reader belongs to nobody, which is no agency",
    ],
    [
      "one key for two systems",
      (p) => (p.systems[1]!.keys = p.systems[0]!.keys),
      "is defined twice",
    ],
    [
      "a grant beyond the ceiling",
      (p) => p.grants[0]!.scopes.push("files:list"),
      "the grant of reader for LENDING goes beyond the purpose's ceiling with files:list",
    ],
    [
      "two grants for one purpose",
      (p) => p.grants.push(p.grants[0]!),
      "grant reader for LENDING is defined twice",
    ],
    [
      "an end before the beginning",
      (p) => (p.grants[0]!.validUntil = "2025-12-31"),
      "ends before it begins",
    ],
    [
      "more than 24 months",
      (p) => (p.grants[0]!.validUntil = "2028-01-02"),
      "lasts longer than 24 months",
    ],
    [
      "a private key",
      (p) => Object.assign(p.systems[0]!.keys[0]!, { d: "x" }),
      "wrong at systems.0.keys.0",
    ],
    [
      "a key off the curve",
      (p) => (p.systems[0]!.keys[0]!.x = "A".repeat(43)),
      "its point is not on the curve",
    ],
    [
      "an administrator of nothing",
      (p) => (p.people = [{ id: "head", name: "Head", roles: [{ role: "owner-admin" }] }]),
      "an administrator has an agency, and nobody else has",
    ],
    [
      "an administrator of no agency there is",
      (p) =>
        (p.people = [
          { id: "head", name: "Head", roles: [{ role: "agency-admin", agency: "nobody" }] },
        ]),
      "person head administers nobody, which is no agency",
    ],
    [
      "a limit to no province",
      (p) => (p.grants[0]!.limits = { provinces: [{ code: "02", asOf: "2026-01-01" }] }),
      "is limited to 02 of 2026-01-01, which was no province",
    ],
    [
      "a way back to another machine in plain text",
      (p) => (p.systems[0]!.redirectUris = ["http://portal.example/back"]),
      "an address is https://…, or http:// on this machine, without user name, password or fragment",
    ],
    [
      "a way back with a password",
      (p) => (p.systems[0]!.redirectUris = ["https://us:pw@portal.example/back"]),
      "without user name, password or fragment",
    ],
    [
      "a way back with a user name",
      (p) => (p.systems[0]!.redirectUris = ["https://us@portal.example/back"]),
      "without user name, password or fragment",
    ],
    ["no date", (p) => (p.grants[0]!.validFrom = "tomorrow"), "wrong at grants.0.validFrom"],
  ])("refuses a definition with %s", async (_what, spoil, sentence) => {
    spoil(platform);
    await expect(registerPlatform(database.url, platform)).rejects.toThrow(sentence);
  });
});

test.each([
  ["2026-11-22", 24, "2028-11-22"],
  ["2024-02-29", 12, "2025-02-28"],
  ["2026-08-31", 6, "2027-02-28"],
  ["2026-12-31", 2, "2027-02-28"],
])("%s and %i months is %s", (day, months, later) => {
  expect(monthsAfter(day, months)).toBe(later);
});
