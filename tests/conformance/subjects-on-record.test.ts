import { databaseServers } from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Supergraph } from "../../gateway/router/src/supergraph/supergraph.ts";
import { loadedSupergraph, readOperation } from "../harness/loaded-supergraph.ts";
import { throughStages } from "../harness/through-stages.ts";
import { country, type FilledRegister, registers, startFilled } from "./registers.ts";

/*
 * Whose data is on record when nobody may be named: the caller holds no scope that opens a key, every register is asked
 * under exactly the caller's scopes, and each gives what leads to the data subjects all the same.
 */

const blocks = [...country.blocks()];
const pinsOf = (holders: readonly object[]): string[] =>
  holders.flatMap((holder) => ("citizen" in holder ? [String(holder.citizen)] : []));
const isOpen = ({ to }: { to: string | null }): boolean => to === null;

const insured = blocks
  .flatMap(({ insurance }) => insurance)
  .find(({ healthCards, contributions }) => healthCards.length > 0 && contributions.length > 0)!;
const parcel = blocks
  .flatMap(({ parcels }) => parcels)
  .find(({ rights }) => rights.length > 1 && rights.every(isOpen))!;
const company = blocks
  .flatMap(({ companies }) => companies)
  .find(({ owners, representatives }) => owners.length > 1 && representatives.length > 0)!;
const household = blocks
  .flatMap(({ households }) => households)
  .find(({ members }) => members.length > 2 && members.every(isOpen))!;

interface Case {
  title: string;
  scopes: string[];
  query: string;
  variables: Record<string, unknown>;
  subjects: Record<string, readonly string[]>;
}

const cases: Case[] = [
  {
    title: "the holder of a health card",
    scopes: ["insurance:card"],
    query: "query ($n: HealthCardNumber!) { healthCard(number: $n) { validFrom } }",
    variables: { n: insured.healthCards[0]!.number },
    subjects: { Citizen: [insured.pin] },
  },
  {
    title: "the holder of an insurance profile and of all that is in it",
    scopes: ["insurance:card", "insurance:contributions"],
    query: `query ($c: PersonalIdentificationNumber!) {
      insuranceOf(citizen: $c) { synthetic } contributionsBy(citizen: $c) { nodes { __typename } }
    }`,
    variables: { c: insured.pin },
    subjects: { Citizen: [insured.pin] },
  },
  {
    title: "who holds rights to a parcel, and the parcel",
    scopes: ["land:parcel", "land:rights"],
    query:
      "query ($p: LandParcelId!) { parcel(id: $p) { area rightHolders { nameOnCertificate share { numerator } } } }",
    variables: { p: parcel.id },
    subjects: {
      LandParcel: [parcel.id],
      Citizen: pinsOf(parcel.rights.map(({ holder }) => holder)),
      Company: parcel.rights.flatMap(({ holder }) => ("company" in holder ? [holder.company] : [])),
    },
  },
  {
    title: "owners and representatives of a company, and the company",
    scopes: ["business:owners", "business:representatives"],
    query:
      "query ($c: EnterpriseCode!) { company(code: $c) { owners { share { numerator } } representatives { title } } }",
    variables: { c: company.code },
    subjects: {
      Company: [
        company.code,
        ...company.owners.flatMap(({ holder }) => ("company" in holder ? [holder.company] : [])),
      ],
      Citizen: [
        ...pinsOf(company.owners.map(({ holder }) => holder)),
        ...company.representatives.map(({ pin }) => pin),
      ],
    },
  },
  {
    title: "everybody in a household",
    scopes: ["population:residence"],
    query: "query ($n: HouseholdNumber!) { household(number: $n) { synthetic } }",
    variables: { n: household.number },
    subjects: { Citizen: household.members.map(({ pin }) => pin) },
  },
  {
    title: "relatives through another register, without a name",
    scopes: ["insurance:card", "population:family"],
    query: `query ($n: HealthCardNumber!) {
      healthCard(number: $n) { holder { maritalStatus mother { relation } father { relation } } }
    }`,
    variables: { n: insured.healthCards[0]!.number },
    subjects: { Citizen: [insured.pin, ...parentsOf(insured.pin)] },
  },
];

function parentsOf(pin: string): string[] {
  const person = blocks.flatMap(({ people }) => people).find((each) => each.pin === pin)!;
  return [person.mother, person.father].filter((parent) => parent !== null);
}

const [server] = databaseServers();

describe.runIf(server !== undefined)("whose data is on record when no key may be seen", () => {
  const filled = new Map<string, FilledRegister>();
  let supergraph: Supergraph;
  beforeAll(async () => {
    await Promise.all(
      registers.map(async (each) => filled.set(each.name, await startFilled(each, server!))),
    );
    supergraph = loadedSupergraph(
      Object.fromEntries(registers.map(({ name, definition }) => [name, definition.schema])),
    );
  });
  afterAll(async () => {
    await Promise.all([...filled.values()].map(async (each) => await each.close()));
  });

  it.each(cases)("$title", async ({ scopes, query, variables, subjects: expected }) => {
    const operation = readOperation(supergraph, query, variables);
    const { answer, subjects } = await throughStages(
      operation,
      new Set(scopes),
      async (name, fetch) => {
        const { subgraph } = filled.get(name)!;
        const options = { scopes, variables: fetch.variables as Record<string, unknown> };
        return await subgraph.query(fetch.query, options);
      },
    );
    expect(answer.errors).toBeUndefined();
    const found = Object.fromEntries(
      [...subjects.byType].map(([type, keys]) => [type, [...keys].toSorted()]),
    );
    const wanted = Object.entries(expected).filter(([, keys]) => keys.length > 0);
    expect(found).toEqual(
      Object.fromEntries(wanted.map(([type, keys]) => [type, [...new Set(keys)].toSorted()])),
    );
    const told = JSON.stringify(answer);
    for (const key of Object.values(found).flat()) expect(told).not.toContain(key);
  });
});
