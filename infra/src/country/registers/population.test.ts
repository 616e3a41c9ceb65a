import { subgraph } from "@truc/population";
import {
  createTestDatabase,
  databaseServers,
  startSubgraph,
  type TestSubgraph,
} from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeCountry } from "../country.ts";
import { loadCountry } from "../load.ts";
import type { Person } from "../model.ts";
import { loader } from "./population.ts";

const country = makeCountry({ seed: 11, citizens: 1_200 });
const blocks = [...country.blocks()];
const people = blocks.flatMap((block) => block.people);
const households = blocks.flatMap((block) => block.households);

const RECORD = `{
  id synthetic fullName familyName middleName givenName otherName sex birthDate
  birthPlace { code asOf province line } birthRegistration { code asOf province line }
  nativePlace { code asOf province line } ethnicity religion nationality bloodGroup
  identityCard { number issued expires } maritalStatus deathDate missingSince phone email residenceProvince
  father { citizen { id } } mother { citizen { id } } legalRepresentative { citizen { id } }
  marriages { spouse { citizen { id } } from to } residences { kind from to place { code asOf province line } }
}`;

const reference = (pin: string | null) => (pin === null ? null : { citizen: { id: pin } });
const placeOf = ({ commune, asOf, province, line }: Person["birthPlace"]) => ({
  code: commune,
  asOf,
  province,
  line,
});

/** What the register must answer for a person of the model, put together without its code. */
function expected(person: Person) {
  const {
    pin,
    familyName,
    middleName,
    givenName,
    province,
    father,
    mother,
    legalRepresentative,
    ...rest
  } = person;
  return {
    ...rest,
    id: pin,
    synthetic: true,
    fullName: `${familyName} ${middleName} ${givenName}`.replace("  ", " "),
    familyName,
    middleName,
    givenName,
    birthPlace: placeOf(person.birthPlace),
    birthRegistration: placeOf(person.birthRegistration),
    nativePlace: placeOf(person.nativePlace),
    residenceProvince: province,
    father: reference(father),
    mother: reference(mother),
    legalRepresentative: reference(legalRepresentative),
    marriages: person.marriages
      .toSorted((a, b) => a.from.localeCompare(b.from))
      .map(({ spouse, from, to }) => ({ spouse: reference(spouse), from, to })),
    residences: person.residences
      .toSorted((a, b) => b.from.localeCompare(a.from) || a.kind.localeCompare(b.kind))
      .map(({ kind, from, to, place }) => ({ kind, from, to, place: placeOf(place) })),
  };
}

describe.each(databaseServers())("the synthetic country's population on $dialect", (server) => {
  let register: TestSubgraph;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    const database = await createTestDatabase(server);
    drop = () => database.drop();
    register = await startSubgraph(subgraph, database.url);
    await loadCountry({ country, registers: [{ name: "population", url: database.url, loader }] });
  });
  afterAll(async () => {
    await register.stop();
    await drop();
  });

  async function ask(
    query: string,
    variables: Record<string, unknown>,
  ): Promise<Record<string, any>> {
    const { data, errors } = await register.query(query, { variables });
    expect(errors).toBeUndefined();
    return data;
  }

  test("every citizen comes out as the country has it", async () => {
    for (let at = 0; at < people.length; at += 500) {
      const part = people.slice(at, at + 500);
      const { citizens } = await ask(
        `query ($ids: [PersonalIdentificationNumber!]!) { citizens(ids: $ids) ${RECORD} }`,
        { ids: part.map(({ pin }) => pin) },
      );
      expect(citizens).toEqual(part.map(expected));
    }
  });

  test("every household has its members", async () => {
    for (const { number, head, members, place } of households.slice(0, 40)) {
      const { household } = await ask(
        `query ($number: HouseholdNumber!) { household(number: $number) {
          place { code asOf province line } head { citizen { id } } members(former: true) { citizen { id } relation from to }
        } }`,
        { number },
      );
      expect(household.place).toEqual(placeOf(place));
      expect(household.head).toEqual({ citizen: { id: head } });
      const found = household.members.map(({ citizen, ...member }: any) => ({
        pin: citizen.id,
        ...member,
      }));
      expect(found).toHaveLength(members.length);
      expect(found).toEqual(expect.arrayContaining(members));
    }
  });

  test("everybody is found under a commune of today, whenever the home was recorded", async () => {
    const successors = new Map(
      country
        .units()
        .filter(({ to }) => to !== null)
        .map((unit) => [unit.code, unit.succeededBy]),
    );
    for (const person of people.filter((_, index) => index % 40 === 0)) {
      const home = person.residences.findLast(
        ({ place, to }) =>
          place.province === person.province && (to === null || to === person.deathDate),
      );
      const { commune, asOf } = home!.place;
      const today = asOf < "2025-07-01" ? successors.get(commune)![0] : commune;
      const { searchCitizens } = await ask(
        `query ($filter: CitizenFilter!) { searchCitizens(filter: $filter, first: 100) { nodes { id } } }`,
        {
          filter: {
            name: `${person.familyName} ${person.middleName} ${person.givenName}`
              .normalize("NFD")
              .replaceAll("Đ", "D"),
            commune: today,
            birthDate: { from: person.birthDate, to: person.birthDate },
          },
        },
      );
      expect(searchCitizens.nodes).toContainEqual({ id: person.pin });
    }
  });

  test("administrative units of both eras are there", async () => {
    const { before, after } = await ask(
      `{ before: administrativeUnit(code: "15", asOf: "2025-06-30") { name successors { code name } }
         after: administrativeUnit(code: "15", asOf: "2025-07-01") { name validFrom } }`,
      {},
    );
    expect(before).toEqual({ name: "Yên Bái", successors: [{ code: "15", name: "Lào Cai" }] });
    expect(after).toEqual({ name: "Lào Cai", validFrom: "2025-07-01" });
  });
});

test("a person who moved twice on one day has one home from that day", () => {
  const [first] = people;
  const [residence] = first!.residences;
  const twice = { ...residence!, to: residence!.from };
  const [block] = blocks;
  const tables = loader.block({
    ...block!,
    people: [{ ...first!, residences: [twice, residence!] }],
  });
  const residences = tables.find(({ table }) => table === "residence")!;
  expect(residences.rows).toHaveLength(1);
  expect(residences.rows[0]![residences.columns.indexOf("valid_to")]).toBe(residence!.to);
});
