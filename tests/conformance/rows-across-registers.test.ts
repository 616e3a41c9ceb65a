import { databaseServers, type TestResult } from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../../infra/src/country/model.ts";
import { samples } from "../../infra/src/country/country.ts";
import { country, type FilledRegister, registers, startFilled } from "./registers.ts";

/*
 * Rows over several registers: what one register's answer leads to is asked of the next under a permit that states the
 * distance, made out here by hand. That the router counts the same is for tests/router to show.
 */

const DAY = "2026-11-15";
const NOBODY = "999999999999";

const blocks = [...country.blocks()];
const people = new Map(blocks.flatMap((block) => block.people).map((each) => [each.pin, each]));
const fullName = ({ familyName, middleName, givenName }: Person) =>
  [familyName, middleName, givenName].filter((part) => part !== "").join(" ");

/** The demonstration's parcel, which a citizen of another province has a share of. */
const parcel = blocks
  .flatMap(({ parcels }) => parcels)
  .find(({ id }) => id === samples(country).parcel)!;
const HERE = parcel.place.province;
const holders = parcel.rights
  .filter(({ from, to }) => from <= DAY && (to === null || to > DAY))
  .toSorted((a, b) => (a.from + a.id < b.from + b.id ? -1 : 1))
  .map(({ holder }) => people.get((holder as { citizen: string }).citizen)!);
const distant = holders.find(({ province }) => province !== HERE)!;

/** A company with an employee who is insured in another province. */
const employment = blocks
  .flatMap(({ insurance }) => insurance)
  .flatMap(({ pin, office, contributions }) =>
    contributions.map(({ employer, to }) => ({ pin, office, employer, to })),
  )
  .find(({ employer, office, to }) => to === null && officeOf(employer) !== office)!;

function officeOf(code: string): string | undefined {
  return blocks.flatMap(({ companies }) => companies).find((company) => company.code === code)
    ?.headOffice.province;
}

/** One whose profile, contributions and card an insurance office manages, which does not know where she lives. */
const insured = blocks
  .flatMap(({ insurance }) => insurance)
  .find(
    ({ socialInsuranceNumber, contributions, healthCards }) =>
      socialInsuranceNumber !== null && contributions.length > 0 && healthCards.length > 0,
  )!;

const CITIZEN = `query ($id: PersonalIdentificationNumber!) {
  _entities(representations: [{ __typename: "Citizen", id: $id }]) { ... on Citizen { id fullName } }
}`;
const LOOK_UP = `query ($id: PersonalIdentificationNumber!) { citizen(id: $id) { id fullName } }`;
const BY_NAME = `query ($name: String!, $born: LocalDate!) {
  searchCitizens(filter: { name: $name, birthDate: { from: $born, to: $born } }) { nodes { id } pageInfo { hasNextPage endCursor } }
}`;

describe.each(databaseServers())("rows across the registers on $dialect", (server) => {
  const filled = new Map<string, FilledRegister>();
  beforeAll(async () => {
    for (const register of registers)
      filled.set(register.name, await startFilled(register, server));
  });
  afterAll(async () => {
    for (const register of filled.values()) await register.close();
  });

  /** Asks one register, as somebody limited to a province. */
  const as = (province: string, linked: number) => {
    const limits = { provinces: [province], subjects: "any" as const, search: true, linked };
    return (
      register: string,
      query: string,
      variables: Record<string, unknown>,
      distance = 0,
    ): Promise<TestResult> =>
      filled.get(register)!.subgraph.query(query, { variables, limits, distance });
  };

  /** The answer and the SQL of a question to the population register. */
  const traced = async (
    question: () => Promise<TestResult>,
  ): Promise<{ answer: TestResult; sql: string[] }> => {
    let answer: TestResult = {};
    const sql = await filled.get("population")!.subgraph.statementsOf(async () => {
      answer = await question();
    });
    return { answer, sql };
  };

  describe("journey 2: the officer of the parcel's province", () => {
    const HOLDERS = `query ($id: LandParcelId!) {
      parcel(id: $id) { rightHolders(asOf: "${DAY}") { nameOnCertificate citizen { id } } }
    }`;
    const linksOf = async (linked: number): Promise<(string | null)[]> => {
      const { data } = await as(HERE, linked)("land", HOLDERS, { id: parcel.id });
      expect(
        data.parcel.rightHolders.every(
          (holder: { nameOnCertificate: string }) => holder.nameOnCertificate !== "",
        ),
      ).toBe(true);
      return data.parcel.rightHolders.map(
        (holder: { citizen: { id: string } | null }) => holder.citizen?.id ?? null,
      );
    };

    it("has a case to work on", () => {
      expect(holders.length).toBeGreaterThan(1);
      expect(distant.province).not.toBe(HERE);
    });

    it("follows the parcel to the holder in another province", async () => {
      const officer = as(HERE, 1);
      expect(await linksOf(1)).toEqual(holders.map(({ pin }) => pin));
      const { data } = await officer("population", CITIZEN, { id: distant.pin }, 1);
      expect(data._entities).toEqual([{ id: distant.pin, fullName: fullName(distant) }]);
    });

    it("cannot look the holder up: as if there were none, answer and statements", async () => {
      const officer = as(HERE, 1);
      for (const query of [LOOK_UP, CITIZEN]) {
        const refused = await traced(() => officer("population", query, { id: distant.pin }));
        expect(Object.values(refused.answer.data).flat()).toEqual([null]);
        expect(refused.answer.errors).toBeUndefined();
        expect(await traced(() => officer("population", query, { id: NOBODY }))).toEqual(refused);
      }
    });

    it("does not find the holder by name and day of birth, as others do", async () => {
      const who = { name: fullName(distant), born: distant.birthDate };
      const search = (province: string) => as(province, 1)("population", BY_NAME, who);
      expect((await search(distant.province)).data.searchCitizens.nodes).toEqual([
        { id: distant.pin },
      ]);
      expect(await search(HERE)).toEqual({
        data: { searchCitizens: { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } } },
      });
    });

    it("without relations sees the name on the certificate and nobody behind it", async () => {
      expect(await linksOf(0)).toEqual(holders.map(() => null));
      const officer = as(HERE, 0);
      const refused = await traced(() => officer("population", CITIZEN, { id: distant.pin }, 1));
      expect(refused.answer.data).toEqual({ _entities: [null] });
      expect(await traced(() => officer("population", CITIZEN, { id: NOBODY }, 1))).toEqual(
        refused,
      );
    });

    it("sees of the holder's land and companies those of the province alone", async () => {
      const officer = as(HERE, 1);
      const land = await officer(
        "land",
        `query ($id: PersonalIdentificationNumber!) { _entities(representations: [{ __typename: "Citizen", id: $id }]) {
          ... on Citizen { landRights(first: 100) { nodes { parcel { id } } } } } }`,
        { id: distant.pin },
        1,
      );
      const held = blocks
        .flatMap(({ parcels }) => parcels)
        .flatMap(({ id, place, rights }) =>
          rights
            .filter(({ holder }) => "citizen" in holder && holder.citizen === distant.pin)
            .map(() => ({ id, province: place.province })),
        );
      const ids = land.data._entities[0].landRights.nodes.map((node: any) => node.parcel.id);
      expect(ids.toSorted()).toEqual(
        held
          .filter(({ province }) => province === HERE)
          .map(({ id }) => id)
          .toSorted(),
      );
      expect(ids.length).toBeLessThan(held.length);

      const business = await officer(
        "business",
        `query ($id: PersonalIdentificationNumber!) { _entities(representations: [{ __typename: "Citizen", id: $id }]) {
          ... on Citizen { companies { nodes { company { code } } } } } }`,
        { id: distant.pin },
        1,
      );
      const codes: string[] = business.data._entities[0].companies.nodes.map(
        (node: any) => node.company.code,
      );
      const owned = blocks
        .flatMap(({ companies }) => companies)
        .filter(({ headOffice }) => headOffice.province === HERE)
        .filter(
          ({ owners, representatives }) =>
            representatives.some(({ pin }) => pin === distant.pin) ||
            owners.some(({ holder }) => "citizen" in holder && holder.citizen === distant.pin),
        );
      expect([...new Set(codes)].toSorted()).toEqual(owned.map(({ code }) => code).toSorted());
    });
  });

  describe("journey 3: the inspector of the company's province", () => {
    const { pin, employer } = employment;
    const CONTRIBUTIONS = `query ($code: EnterpriseCode!) {
      _entities(representations: [{ __typename: "Company", code: $code }]) {
        ... on Company { contributions(first: 100, on: "${DAY}") { nodes { employee { id } } } } }
    }`;
    const employees = async (linked: number): Promise<(string | null)[]> => {
      const { data } = await as(officeOf(employer)!, linked)("insurance", CONTRIBUTIONS, {
        code: employer,
      });
      return data._entities[0].contributions.nodes.map((node: any) => node.employee?.id ?? null);
    };
    /** Whose contributions are paid on the day and managed by one of some offices. */
    const paidAt = (at: (office: string) => boolean): string[] =>
      blocks
        .flatMap(({ insurance }) => insurance)
        .filter(({ office }) => at(office))
        .flatMap(({ pin, contributions }) =>
          contributions
            .filter(({ from, to }) => from <= DAY && (to === null || to >= DAY))
            .filter((contribution) => contribution.employer === employer)
            .map(() => pin),
        );

    it("follows the company to an employee insured in another province, and to the person", async () => {
      const linked = (await employees(1)).filter((id) => id !== null);
      expect(linked.toSorted()).toEqual(paidAt(() => true).toSorted());
      expect(linked).toContain(pin);
      const inspector = as(officeOf(employer)!, 1);
      const { data } = await inspector("population", CITIZEN, { id: pin }, 1);
      expect(data._entities).toEqual([{ id: pin, fullName: fullName(people.get(pin)!) }]);
    });

    it("without relations sees what the province's office manages and nobody it is paid for", async () => {
      expect(await employees(0)).toEqual(
        paidAt((office) => office === officeOf(employer)).map(() => null),
      );
    });

    it("cannot look the employee up, in whichever register", async () => {
      const inspector = as(officeOf(employer)!, 3);
      const INSURED = `query ($id: PersonalIdentificationNumber!) { insuranceOf(citizen: $id) { pinFrom } }`;
      for (const [register, query] of [
        ["insurance", INSURED],
        ["population", LOOK_UP],
      ] as const) {
        const refused = await inspector(register, query, { id: pin });
        expect(Object.values(refused.data)).toEqual([null]);
        expect(await inspector(register, query, { id: NOBODY })).toEqual(refused);
      }
    });
  });

  describe("the officer of an insurance office's province", () => {
    const officer = as(insured.office, 1);
    const links = [
      [
        `query ($citizen: PersonalIdentificationNumber!) { found: insuranceOf(citizen: $citizen) { pinFrom link: holder { id } } }`,
        { citizen: insured.pin },
      ],
      [
        `query ($number: SocialInsuranceNumber!) { found: insuranceByNumber(number: $number) { pinFrom link: holder { id } } }`,
        { number: insured.socialInsuranceNumber },
      ],
      [
        `query ($number: HealthCardNumber!) { found: healthCard(number: $number) { number link: holder { id } } }`,
        { number: insured.healthCards[0]!.number },
      ],
      [
        `query ($company: EnterpriseCode!) { found: contributionsOf(company: $company, first: 1) { nodes { from link: employee { id } } } }`,
        { company: insured.contributions[0]!.employer },
      ],
    ] as const;

    it.each(links)(
      "is led from a record that was looked up to no person: %s",
      async (query, variables) => {
        const { data, errors } = await officer("insurance", query, variables);
        expect(errors).toBeUndefined();
        const record = data.found.nodes?.[0] ?? data.found;
        expect(Object.values(record)).toEqual([expect.any(String), null]);
        // The same record without limits leads to somebody: it is the link that the limits close.
        const open = await filled.get("insurance")!.subgraph.query(query, { variables });
        expect((open.data.found.nodes?.[0] ?? open.data.found).link.id).toMatch(/^\d{12}$/);
      },
    );
  });
});
