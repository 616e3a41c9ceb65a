import { databaseServers } from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DAUGHTER, FATHER, HOUSEHOLD, insertFamily, MOTHER, UNKNOWN } from "./testing/family.ts";
import { startRegister, type TestRegister } from "./testing/start-register.ts";

/** What each category opens, and nothing of any other. */
const categories: Record<string, string[]> = {
  "population:identity": [
    "synthetic fullName familyName middleName givenName otherName birthDate sex nationality deathDate missingSince",
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
    "father { name relation citizen { __typename } }",
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
    // As another register's relation leads there; the roots ask for a scope of their own.
    const query = `{ _entities(representations: [{ __typename: "Citizen", id: "${FATHER}" }]) {
      ... on Citizen { ${selection} } } }`;
    const allowed = await register.subgraph.query(query, { scopes: [scope] });
    expect(allowed.errors).toBeUndefined();
    expect(allowed.data._entities[0]).not.toBeNull();
    const others = all.filter((other) => other !== scope);
    const refused = await register.subgraph.query(query, { scopes: others });
    expect(refused.errors?.length).toBeGreaterThan(0);
    expect(JSON.stringify(refused)).toContain(scope);
  });

  test.each<[what: string, scope: string, selection: (known: boolean) => string]>([
    [
      "a citizen's number",
      "population:identity",
      (known) => `citizen(id: "${known ? FATHER : UNKNOWN}") { __typename }`,
    ],
    [
      "citizens' numbers",
      "population:identity",
      (known) => `citizens(ids: ["${known ? FATHER : UNKNOWN}"]) { __typename }`,
    ],
    [
      "a name and a birth date",
      "population:identity",
      (known) =>
        `searchCitizens(filter: { name: "${known ? "Nguyen Hung" : "Nguyen Nemo"}"
          birthDate: { from: "1970-02-03", to: "1970-02-03" } }) {
          nodes { __typename } edges { cursor } pageInfo { hasNextPage endCursor } }`,
    ],
    [
      "a household's number",
      "population:residence",
      (known) => `household(number: "${known ? HOUSEHOLD : "999999999"}") { __typename }`,
    ],
  ])("whether %s is anybody's takes %s", async (_what, scope, selection) => {
    const others = all.filter((other) => other !== scope);
    const refused = await Promise.all(
      [true, false].map((known) =>
        register.subgraph.query(`{ root: ${selection(known)} }`, { scopes: others }),
      ),
    );
    expect(refused[0]!.data).toBeUndefined();
    expect(refused[0]!.errors?.[0]?.extensions["code"]).toBe("UNAUTHORIZED_FIELD_OR_TYPE");
    expect(refused[1]).toEqual(refused[0]);
    const allowed = await register.subgraph.query(`{ root: ${selection(true)} }`, {
      scopes: [scope],
    });
    expect(allowed.errors).toBeUndefined();
    expect(JSON.stringify(allowed.data)).toMatch(/"__typename":"(Citizen|Household)"/);
  });

  test.each([
    ["province", { province: "01" }],
    ["commune", { commune: "00004" }],
    ["household number", { householdNumber: HOUSEHOLD }],
  ])("a search by %s takes population:residence as well", async (what, more) => {
    const search = (scopes: string[]) =>
      register.subgraph.query(
        `query ($filter: CitizenFilter!) { searchCitizens(filter: $filter) { nodes { id } } }`,
        {
          scopes,
          variables: {
            filter: {
              name: "Nguyễn Hùng",
              birthDate: { from: "1970-02-03", to: "1970-02-03" },
              ...more,
            },
          },
        },
      );
    const { data, errors } = await search(all.filter((scope) => scope !== "population:residence"));
    expect(data).toEqual({ searchCitizens: null });
    expect(errors).toMatchObject([
      {
        message: `A search by ${what} needs the scope population:residence.`,
        path: ["searchCitizens"],
        extensions: {
          code: "UNAUTHORIZED_FIELD_OR_TYPE",
          scopes: [["population:residence"]],
          argument: `filter.${Object.keys(more)[0]}`,
        },
      },
    ]);
    const allowed = await search(["population:identity", "population:residence"]);
    expect(allowed).toEqual({ data: { searchCitizens: { nodes: [{ id: FATHER }] } } });
  });

  test("whose records belong to a citizen takes identity, family and residence", async () => {
    const ask = (scopes: string[], pin: string) =>
      register.subgraph.query(`{ subjectSet(citizen: "${pin}") { household wards } }`, { scopes });
    const needed = ["population:family", "population:identity", "population:residence"];
    for (const missing of needed) {
      const others = all.filter((scope) => scope !== missing);
      const refused = await ask(others, FATHER);
      expect(refused.data).toBeUndefined();
      expect(refused.errors?.[0]?.extensions).toMatchObject({
        code: "UNAUTHORIZED_FIELD_OR_TYPE",
        coordinate: "Query.subjectSet",
      });
      expect(await ask(others, UNKNOWN)).toEqual(refused);
    }
    const allowed = await ask(needed, FATHER);
    expect(allowed).toEqual({
      data: { subjectSet: { household: [FATHER, MOTHER, DAUGHTER], wards: [DAUGHTER] } },
    });
  });

  test("that a household's record is invented takes population:residence", async () => {
    const query = `{ household(number: "${HOUSEHOLD}") { synthetic } }`;
    expect(await register.subgraph.query(query, { scopes: ["population:residence"] })).toEqual({
      data: { household: { synthetic: true } },
    });
  });

  test("without any scope: administrative units", async () => {
    const open = `{ administrativeUnit(code: "01", asOf: "2026-01-01") { name } }`;
    expect(await register.subgraph.query(open, { scopes: [] })).toEqual({
      data: { administrativeUnit: { name: "Hà Nội" } },
    });
  });
});
