import { databaseServers } from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FATHER, HOUSEHOLD, insertFamily } from "./testing/family.ts";
import { startRegister, type TestRegister } from "./testing/start-register.ts";

/** What each category opens, and nothing of any other. */
const categories: Record<string, string[]> = {
  "population:identity": [
    "fullName familyName middleName givenName otherName birthDate sex nationality deathDate missingSince",
    "identityCard { number issued expires }",
    "birthPlace { code line unit { name } }",
    "birthRegistration { asOf }",
    "nativePlace { province }",
  ],
  "population:residence": [
    "residenceProvince",
    "permanentResidence { kind from to place { code line unit { name } } }",
    "temporaryResidence { kind }",
    "currentResidence { kind }",
    "residences { kind }",
    "household { number place { line } }",
  ],
  "population:family": [
    "maritalStatus",
    "father { name relation citizen { synthetic } }",
    "mother { name }",
    "spouse { name }",
    "children { name }",
    "legalRepresentative { name }",
    "marriages { from to spouse { name } }",
  ],
  "population:contact": ["phone email"],
  "population:sensitive": ["ethnicity religion bloodGroup"],
};
const all = Object.keys(categories);
const fields = Object.entries(categories).flatMap(([scope, selections]) =>
  selections.flatMap((selection) =>
    selection.includes("{")
      ? [[scope, selection]]
      : selection.split(" ").map((field) => [scope, field]),
  ),
) as [scope: string, selection: string][];

describe.each(databaseServers().slice(0, 1))("scopes", (server) => {
  let register: TestRegister;
  beforeAll(async () => {
    register = await startRegister(server, insertFamily);
  });
  afterAll(() => register.stop());

  test.each(fields)("%s opens %s, and no other scope does", async (scope, selection) => {
    const query = `{ citizen(id: "${FATHER}") { ${selection} } }`;
    const allowed = await register.subgraph.query(query, { scopes: [scope] });
    expect(allowed.errors).toBeUndefined();
    expect(allowed.data.citizen).not.toBeNull();
    const others = all.filter((other) => other !== scope);
    const refused = await register.subgraph.query(query, { scopes: others });
    expect(refused.errors?.length).toBeGreaterThan(0);
    expect(JSON.stringify(refused)).toContain(scope);
  });

  test("without any scope: that the record is invented, and administrative units", async () => {
    const open = `{ citizen(id: "${FATHER}") { synthetic } household(number: "${HOUSEHOLD}") { synthetic }
      administrativeUnit(code: "01", asOf: "2026-01-01") { name } }`;
    expect(await register.subgraph.query(open, { scopes: [] })).toEqual({
      data: {
        citizen: { synthetic: true },
        household: { synthetic: true },
        administrativeUnit: { name: "Hà Nội" },
      },
    });
  });
});
