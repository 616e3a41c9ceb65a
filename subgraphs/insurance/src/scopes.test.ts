import type { Limits } from "@truc/contracts";
import { databaseServers } from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  cardRow,
  companyOf,
  contributionRow,
  numberOf,
  pinOf,
  profileRow,
  startRegister,
  type TestRegister,
} from "./register-fixture.ts";

/** Keys of somebody on file, and of nobody. */
interface Keys {
  pin: string;
  number: string;
  card: string;
  company: string;
  clinic: string;
}

const KNOWN: Keys = {
  pin: pinOf(1),
  number: numberOf(1),
  card: `DN401${numberOf(1)}`,
  company: companyOf(1),
  clinic: "01001",
};
const UNKNOWN: Keys = {
  pin: pinOf(9),
  number: numberOf(9),
  card: `DN401${numberOf(9)}`,
  company: companyOf(9),
  clinic: "01999",
};

/** Limits that cover what is asked for take no scope's place. */
const limits: Limits = { provinces: ["01"], subjects: "any", search: true, linked: 3 };

const CARD = ["insurance:card"];
const CONTRIBUTIONS = ["insurance:contributions"];
const ANY = ["insurance:card", "insurance:contributions", "insurance:benefits"];
const NUMBER = ["insurance:card", "insurance:contributions"];
const PAGE =
  "{ nodes { __typename } edges { cursor } pageInfo { hasNextPage startCursor endCursor } }";

/** Every root, and every relation the register adds, asked for what nobody would guard by itself. */
const GUARDED: [name: string, scopes: string[], query: (keys: Keys) => string][] = [
  ["insuranceOf", ANY, ({ pin }) => `{ insuranceOf(citizen: "${pin}") { __typename synthetic } }`],
  [
    "insuranceProfiles",
    ANY,
    ({ pin }) => `{ insuranceProfiles(citizens: ["${pin}"]) { __typename } }`,
  ],
  [
    "insuranceByNumber",
    NUMBER,
    ({ number }) => `{ insuranceByNumber(number: "${number}") { __typename } }`,
  ],
  ["healthCard", CARD, ({ card }) => `{ healthCard(number: "${card}") { __typename } }`],
  ["healthCards", CARD, ({ card }) => `{ healthCards(numbers: ["${card}"]) { __typename } }`],
  [
    "searchHealthCards",
    CARD,
    ({ clinic }) =>
      `{ searchHealthCards(filter: { province: "01", clinic: "${clinic}", validOn: "2026-01-01" }) ${PAGE} }`,
  ],
  [
    "contributionsOf",
    CONTRIBUTIONS,
    ({ company }) => `{ contributionsOf(company: "${company}") ${PAGE} }`,
  ],
  ["contributionsBy", CONTRIBUTIONS, ({ pin }) => `{ contributionsBy(citizen: "${pin}") ${PAGE} }`],
  ["Citizen.insurance", ANY, ({ pin }) => entity("Citizen", "id", pin, "insurance { __typename }")],
  [
    "Citizen.healthCard",
    CARD,
    ({ pin }) => entity("Citizen", "id", pin, "healthCard { __typename }"),
  ],
  [
    "Citizen.healthCards",
    CARD,
    ({ pin }) => entity("Citizen", "id", pin, "healthCards { __typename }"),
  ],
  [
    "Company.contributions",
    CONTRIBUTIONS,
    ({ company }) => entity("Company", "code", company, `contributions ${PAGE}`),
  ],
];

function entity(type: string, key: string, value: string, selection: string): string {
  return `{ _entities(representations: [{ __typename: "${type}", ${key}: "${value}" }]) { ... on ${type} { ${selection} } } }`;
}

describe.each(databaseServers().slice(0, 1))("scopes of the insurance register", (server) => {
  let register: TestRegister;
  beforeAll(async () => {
    register = await startRegister(server, {
      profile: [profileRow(1)],
      contribution: [contributionRow("c1", 1)],
      benefit: [],
      health_card: [cardRow("DN4", 1)],
    });
  });
  afterAll(async () => await register?.close());

  test.each(GUARDED)(
    "%s: nothing but %j tells whether anything is there",
    async (_, own, query) => {
      const { served } = register;
      const others = served.scopes.filter((scope) => !own.includes(scope));
      for (const scopes of [["business:profile"], others, []]) {
        const { data, errors } = await served.query(query(KNOWN), { scopes });
        expect(errors!.map(({ extensions }) => extensions["code"])).toContain(
          "UNAUTHORIZED_FIELD_OR_TYPE",
        );
        expect(data ?? null).toBeNull();
        expect(served.statements).toBe(0);
        expect((await served.query(query(UNKNOWN), { scopes })).errors).toEqual(errors);
        expect((await served.query(query(KNOWN), { scopes, limits })).errors).toEqual(errors);
      }
      for (const scope of own) {
        const allowed = await served.query(query(KNOWN), { scopes: [scope] });
        expect(allowed.errors).toBeUndefined();
        expect(JSON.stringify(allowed.data)).toContain("__typename");
      }
    },
  );

  test("who may not search is told so first, with nothing read", async () => {
    const { served } = register;
    const { data, errors } = await served.query(
      `{ searchHealthCards(filter: { province: "00004", clinic: "01001", validOn: "2026-01-01" }) { nodes { number } } }`,
      { scopes: CARD, limits: { ...limits, search: false } },
    );
    expect(data).toEqual({ searchHealthCards: null });
    expect(errors!.map(({ extensions }) => extensions["code"])).toEqual(["SEARCH_NOT_GRANTED"]);
    expect(served.statements).toBe(0);
  });
});
