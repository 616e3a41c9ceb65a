import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkPlatform, makeSystemKey } from "@truc/authority";
import { expect, test } from "vitest";
import { readFederation } from "../federation.ts";
import { demoPlatform } from "./platform.ts";
import { DEMO_SYSTEMS, type DemoSystem } from "./systems.ts";

async function platform() {
  const keys = {} as Record<DemoSystem, Awaited<ReturnType<typeof makeSystemKey>>["publicKey"][]>;
  for (const { id } of DEMO_SYSTEMS) keys[id] = [(await makeSystemKey()).publicKey];
  return demoPlatform(keys, "2026-11-22");
}

test("the demo's platform is a sound definition, and its grants end after 24 months", async () => {
  const demo = await platform();
  expect(checkPlatform(demo)).toMatchObject(demo);
  expect(new Set(demo.grants.map(({ validUntil }) => validUntil))).toEqual(new Set(["2028-11-22"]));
});

test("every scope that a subgraph's schema demands is defined, and owned by one agency", async () => {
  const { scopes } = await platform();
  const demanded = new Set<string>();
  for (const { folder } of readFederation()) {
    const schema = readFileSync(join(folder, "schema.graphql"), "utf8");
    for (const [rule] of schema.matchAll(/@requiresScopes\(\s*scopes:[^)]*\)/g)) {
      for (const [, scope] of rule.matchAll(/"([^"]+)"/g)) demanded.add(scope!);
    }
  }
  expect(demanded.size).toBeGreaterThan(0);
  const defined = scopes.map(({ name }) => name);
  expect([...demanded].filter((scope) => !defined.includes(scope))).toEqual([]);
  expect(defined.filter((scope) => !demanded.has(scope))).toEqual([]);
});

test("nobody gets sensitive personal data in the demo", async () => {
  const { grants } = await platform();
  expect(grants.flatMap(({ scopes }) => scopes)).not.toContain("population:sensitive");
});

test("the portal reaches whoever is signed in, without searches and relations", async () => {
  const { grants } = await platform();
  expect(grants.find(({ system }) => system === "portal")!.limits).toEqual({
    subjects: "self",
    search: false,
    linked: 0,
  });
});

test("the portal shows people who looked at their data, and an investigation only later", async () => {
  const { grants, purposes } = await platform();
  const withOwn = grants.filter(({ scopes }) => scopes.includes("audit:own"));
  expect(withOwn.map(({ system }) => system)).toEqual(["portal"]);
  const delayed = purposes.filter(({ disclosureDelayDays = 0 }) => disclosureDelayDays > 0);
  expect(delayed.map(({ code, disclosureDelayDays }) => [code, disclosureDelayDays])).toEqual([
    ["ASSET_DECLARATION", 90],
  ]);
});

test("the land office reaches the parcels of its province, and one relation further", async () => {
  const { grants } = await platform();
  const [transfer] = checkPlatform(await platform()).grants.filter(
    ({ system, purpose }) => system === "land-office" && purpose === "LAND_TRANSFER",
  );
  expect(transfer!.limits).toEqual({
    provinces: [{ code: "01", asOf: "2025-07-01" }],
    linked: 1,
  });
  const limited = grants.filter(({ limits }) => limits?.provinces !== undefined);
  expect(limited).toHaveLength(1);
});

test("two operators, an auditor, and for every agency whoever decides and whoever asks, never the same", async () => {
  const { people = [], scopes, systems } = await platform();
  const holders = (role: string) =>
    people.flatMap((person) =>
      person.roles.filter((each) => each.role === role).map(({ agency }) => [person.id, agency]),
    );
  expect(holders("operator").map(([id]) => id)).toEqual(["operator-1", "operator-2"]);
  expect(holders("auditor").map(([id]) => id)).toEqual(["auditor"]);
  const [deciding, asking] = [holders("owner-admin"), holders("agency-admin")];
  expect(new Set(deciding.map(([, agency]) => agency))).toEqual(
    new Set(scopes.map(({ owner }) => owner)),
  );
  expect(new Set(asking.map(([, agency]) => agency))).toEqual(
    new Set(systems.map(({ agency }) => agency)),
  );
  const both = deciding.filter(([id]) => asking.some(([other]) => other === id));
  expect(both).toEqual([]);
});
