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
  type TableRows,
  type TestRegister,
} from "./register-fixture.ts";

const EMPLOYER = companyOf(1);
const OTHER_EMPLOYER = companyOf(2);

const rows: TableRows = {
  profile: [
    profileRow(1),
    profileRow(2, {
      social_insurance_number: null,
      number_from: null,
      number_to: null,
      pin_from: "2026-01-15",
      province: "46",
    }),
    profileRow(3, { number_to: "2024-02-01", pin_from: null }),
  ],
  contribution: [
    contributionRow("c1", 1, {
      from_date: "2018-01-01",
      to_date: "2019-12-31",
      employer: OTHER_EMPLOYER,
      salary_base: 5_000_000,
    }),
    contributionRow("c2", 1, { from_date: "2020-01-01", salary_base: 9_007_199_254_740_991 }),
    contributionRow("c3", 2, { from_date: "2026-01-15", employer: EMPLOYER }),
    contributionRow("c4", 3, { from_date: "2020-01-01", to_date: "2024-01-31" }),
    contributionRow("c5", 3, {
      from_date: "2010-01-01",
      to_date: "2010-12-31",
      employer: null,
      kind: "VOLUNTARY",
    }),
  ],
  benefit: [
    {
      id: "b1",
      pin: pinOf(1),
      kind: "SICKNESS",
      monthly_amount: 4_000_000,
      from_date: "2021-02-01",
      to_date: "2021-03-15",
      province: "01",
    },
    {
      id: "b2",
      pin: pinOf(1),
      kind: "MATERNITY",
      monthly_amount: 7_000_000,
      from_date: "2022-05-01",
      to_date: "2022-10-31",
      province: "01",
    },
  ],
  health_card: [
    cardRow("DN4", 1, { from_date: "2019-01-01", to_date: "2019-12-31" }),
    cardRow("DN4", 1, {
      from_date: "2020-01-01",
      clinic_code: "01002",
      clinic_name: "Trạm y tế Cửa Nam",
      five_years_from: null,
    }),
    cardRow("TE1", 2, {
      number: "TE146" + pinOf(2).slice(2),
      from_date: "2026-01-15",
      province: "46",
    }),
    cardRow("HT3", 3, { from_date: "2020-01-01", to_date: "2024-02-01" }),
    cardRow("ZZ5", 3, { from_date: "2015-01-01", to_date: "2019-12-31" }),
  ],
};

describe.each(databaseServers())("insurance register on $dialect", (server) => {
  let register: TestRegister;
  beforeAll(async () => {
    register = await startRegister(server, rows);
  });
  afterAll(async () => await register?.close());

  const ask = async (query: string, variables: Record<string, unknown> = {}) =>
    await register.served.query(query, { variables });

  test("gives a profile with everything on file, latest first", async () => {
    const answer = await ask(
      `query ($citizen: PersonalIdentificationNumber!) { insuranceOf(citizen: $citizen) {
        synthetic holder { id } socialInsuranceNumber socialInsuranceNumberFrom socialInsuranceNumberTo pinFrom
        managingProvince { code asOf }
        healthCard { number } healthCards { validFrom validTo }
        contributions { from to salaryBase kind employer { code } employee { id } }
        benefits { kind monthlyAmount from to }
      } }`,
      { citizen: pinOf(1) },
    );
    expect(answer).toEqual({
      data: {
        insuranceOf: {
          synthetic: true,
          holder: { id: pinOf(1) },
          socialInsuranceNumber: numberOf(1),
          socialInsuranceNumberFrom: "2010-03-01",
          socialInsuranceNumberTo: "2025-07-31",
          pinFrom: "2025-08-01",
          managingProvince: { code: "01", asOf: "2025-07-01" },
          healthCard: { number: `DN401${numberOf(1)}` },
          healthCards: [
            { validFrom: "2020-01-01", validTo: null },
            { validFrom: "2019-01-01", validTo: "2019-12-31" },
          ],
          contributions: [
            {
              from: "2020-01-01",
              to: null,
              salaryBase: 9_007_199_254_740_991,
              kind: "COMPULSORY",
              employer: { code: EMPLOYER },
              employee: { id: pinOf(1) },
            },
            {
              from: "2018-01-01",
              to: "2019-12-31",
              salaryBase: 5_000_000,
              kind: "COMPULSORY",
              employer: { code: OTHER_EMPLOYER },
              employee: { id: pinOf(1) },
            },
          ],
          benefits: [
            { kind: "MATERNITY", monthlyAmount: 7_000_000, from: "2022-05-01", to: "2022-10-31" },
            { kind: "SICKNESS", monthlyAmount: 4_000_000, from: "2021-02-01", to: "2021-03-15" },
          ],
        },
      },
    });
  });

  test("knows nothing of a stranger, and of a person without benefits an empty list", async () => {
    expect(
      await ask(
        `{ insuranceOf(citizen: "${pinOf(99)}") { pinFrom } healthCard(number: "DN4019999999999") { number } }`,
      ),
    ).toEqual({
      data: { insuranceOf: null, healthCard: null },
    });
    expect(
      await ask(
        `{ insuranceOf(citizen: "${pinOf(3)}") { pinFrom healthCard { number } benefits { kind } } }`,
      ),
    ).toEqual({
      data: { insuranceOf: { pinFrom: null, healthCard: null, benefits: [] } },
    });
  });

  test("finds a profile by the former social insurance number", async () => {
    const query =
      "query ($number: SocialInsuranceNumber!) { insuranceByNumber(number: $number) { holder { id } } }";
    expect(await ask(query, { number: numberOf(3) })).toEqual({
      data: { insuranceByNumber: { holder: { id: pinOf(3) } } },
    });
    expect(await ask(query, { number: "0999999999" })).toEqual({
      data: { insuranceByNumber: null },
    });
  });

  test("reads type, level and share off a card's number; a number issued again gives the latest issue", async () => {
    const card = `query ($number: HealthCardNumber!) { healthCard(number: $number) {
      number type typeMeaning benefitLevel paidPercent validFrom validTo fiveYearsFrom firstClinic { code name } holder { id }
    } }`;
    expect(await ask(card, { number: `DN401${numberOf(1)}` })).toEqual({
      data: {
        healthCard: {
          number: `DN401${numberOf(1)}`,
          type: "DN",
          typeMeaning: "employee of an enterprise",
          benefitLevel: 4,
          paidPercent: 80,
          validFrom: "2020-01-01",
          validTo: null,
          fiveYearsFrom: null,
          firstClinic: { code: "01002", name: "Trạm y tế Cửa Nam" },
          holder: { id: pinOf(1) },
        },
      },
    });
    const unlisted = await ask(card, { number: `ZZ501${numberOf(3)}` });
    expect(unlisted.data.healthCard).toMatchObject({
      type: null,
      typeMeaning: null,
      benefitLevel: 5,
      paidPercent: 100,
    });
    expect(unlisted.errors).toBeUndefined();
  });

  test("batches keep the order asked, with null for the unknown and one statement for all", async () => {
    const profiles = await ask(
      "query ($citizens: [PersonalIdentificationNumber!]!) { insuranceProfiles(citizens: $citizens) { holder { id } } }",
      { citizens: [pinOf(3), pinOf(99), pinOf(1), pinOf(3)] },
    );
    expect(profiles.data.insuranceProfiles).toEqual([
      { holder: { id: pinOf(3) } },
      null,
      { holder: { id: pinOf(1) } },
      { holder: { id: pinOf(3) } },
    ]);
    expect(register.served.statements).toBe(1);
    const cards = await ask(
      "query ($numbers: [HealthCardNumber!]!) { healthCards(numbers: $numbers) { number } }",
      {
        numbers: [`HT301${numberOf(3)}`, "DN4019999999999", `DN401${numberOf(1)}`],
      },
    );
    expect(cards.data.healthCards).toEqual([
      { number: `HT301${numberOf(3)}` },
      null,
      { number: `DN401${numberOf(1)}` },
    ]);
    expect(register.served.statements).toBe(1);
  });

  test("pages through an employer's contributions, latest first", async () => {
    const page = `query ($company: EnterpriseCode!, $first: Int, $after: String, $on: LocalDate) {
      contributionsOf(company: $company, first: $first, after: $after, on: $on) {
        edges { cursor node { from } } nodes { employee { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      } }`;
    const one = (await ask(page, { company: EMPLOYER, first: 2 })).data.contributionsOf;
    expect(one.nodes).toEqual([{ employee: { id: pinOf(2) } }, { employee: { id: pinOf(3) } }]);
    expect(one.edges.map(({ node }: { node: unknown }) => node)).toEqual([
      { from: "2026-01-15" },
      { from: "2020-01-01" },
    ]);
    expect(one.pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: one.edges[0].cursor,
      endCursor: one.edges[1].cursor,
    });
    const two = (await ask(page, { company: EMPLOYER, first: 2, after: one.pageInfo.endCursor }))
      .data.contributionsOf;
    expect(two.nodes).toEqual([{ employee: { id: pinOf(1) } }]);
    expect(two.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    // Both ends of a period belong to it.
    for (const [on, count] of [
      ["2024-01-31", 2],
      ["2024-02-01", 1],
      ["2020-01-01", 2],
      ["2019-12-31", 0],
    ]) {
      expect(
        (await ask(page, { company: EMPLOYER, on })).data.contributionsOf.nodes,
        String(on),
      ).toHaveLength(Number(count));
    }
  });

  test("gives a citizen's contributions, voluntary ones without employer", async () => {
    const { data } = await ask(
      `{ contributionsBy(citizen: "${pinOf(3)}") { nodes { from kind employer { code } } pageInfo { hasNextPage } } }`,
    );
    expect(data.contributionsBy).toEqual({
      nodes: [
        { from: "2020-01-01", kind: "COMPULSORY", employer: { code: EMPLOYER } },
        { from: "2010-01-01", kind: "VOLUNTARY", employer: null },
      ],
      pageInfo: { hasNextPage: false },
    });
  });

  test("searches one clinic's cards of one day", async () => {
    const search = `query ($filter: HealthCardFilter!, $first: Int, $after: String) {
      searchHealthCards(filter: $filter, first: $first, after: $after) { nodes { number validFrom } pageInfo { hasNextPage endCursor } } }`;
    const filter = { province: "01", clinic: "01001", validOn: "2019-06-30" };
    const all = await ask(search, { filter });
    expect(all.data.searchHealthCards.nodes).toEqual([
      { number: `DN401${numberOf(1)}`, validFrom: "2019-01-01" },
      { number: `ZZ501${numberOf(3)}`, validFrom: "2015-01-01" },
    ]);
    const first = await ask(search, { filter, first: 1 });
    expect(first.data.searchHealthCards.pageInfo.hasNextPage).toBe(true);
    const next = await ask(search, {
      filter,
      first: 1,
      after: first.data.searchHealthCards.pageInfo.endCursor,
    });
    expect(next.data.searchHealthCards.nodes).toEqual([all.data.searchHealthCards.nodes[1]]);
    for (const [more, count] of [
      [{ type: "DN" }, 1],
      [{ type: "DN", benefitLevel: 4 }, 1],
      [{ type: "DN", benefitLevel: 3 }, 0],
      [{ type: "TE" }, 0],
      [{ province: "46" }, 0],
      [{ clinic: "01002" }, 0],
      [{ validOn: "2019-12-31" }, 2],
      [{ validOn: "2020-01-01" }, 1],
    ] as const) {
      const { data } = await ask(search, { filter: { ...filter, ...more } });
      expect(data.searchHealthCards.nodes, JSON.stringify(more)).toHaveLength(count);
    }
  });

  test("adds its fields to citizens and companies, as the router asks for them", async () => {
    const { data } = await ask(
      `query ($representations: [_Any!]!) { _entities(representations: $representations) {
        ... on Citizen { id insurance { pinFrom } healthCard { number } healthCards { number }
          healthCardEntitlement(on: "2026-11-22") { entitled reason type benefitLevel province until } }
        ... on Company { code contributions(first: 1) { nodes { employee { id } } pageInfo { hasNextPage } } }
      } }`,
      {
        representations: [
          { __typename: "Citizen", id: pinOf(2), birthDate: "2026-01-10", residenceProvince: "46" },
          { __typename: "Company", code: EMPLOYER },
          { __typename: "Citizen", id: pinOf(99), birthDate: null, residenceProvince: null },
          { __typename: "Company", code: companyOf(9) },
        ],
      },
    );
    expect(data._entities).toEqual([
      {
        id: pinOf(2),
        insurance: { pinFrom: "2026-01-15" },
        healthCard: { number: `TE146${pinOf(2).slice(2)}` },
        healthCards: [{ number: `TE146${pinOf(2).slice(2)}` }],
        healthCardEntitlement: {
          entitled: true,
          reason: "UNDER_SIX",
          type: "TE",
          benefitLevel: 1,
          province: "46",
          until: "2032-09-30",
        },
      },
      {
        code: EMPLOYER,
        contributions: { nodes: [{ employee: { id: pinOf(2) } }], pageInfo: { hasNextPage: true } },
      },
      {
        id: pinOf(99),
        insurance: null,
        healthCard: null,
        healthCards: [],
        healthCardEntitlement: {
          entitled: false,
          reason: "BIRTH_DATE_UNKNOWN",
          type: null,
          benefitLevel: null,
          province: null,
          until: null,
        },
      },
      { code: companyOf(9), contributions: { nodes: [], pageInfo: { hasNextPage: false } } },
    ]);
  });

  const refusals: [string, string, string][] = [
    [
      `{ insuranceOf(citizen: "12345") { pinFrom } }`,
      "ARGUMENT_INVALID",
      `Argument "citizen": a personal identification number has exactly 12 digits.`,
    ],
    [
      `{ healthCard(number: "DN601") { number } }`,
      "ARGUMENT_INVALID",
      `Argument "number": a health card number has 2 capital letters, a benefit level from 1 to 5 and 12 digits.`,
    ],
    [
      `{ insuranceByNumber(number: "1") { pinFrom } }`,
      "ARGUMENT_INVALID",
      `Argument "number": a social insurance number has exactly 10 digits.`,
    ],
    [
      `{ contributionsOf(company: "${EMPLOYER}", first: 101) { nodes { from } } }`,
      "ARGUMENT_INVALID",
      `Argument "first": a page has from 1 to 100 entries.`,
    ],
    [
      `{ contributionsOf(company: "${EMPLOYER}", after: "WyJ4IiwxXQ") { nodes { from } } }`,
      "ARGUMENT_INVALID",
      `Argument "after": a cursor is one that an earlier page of the same list gave.`,
    ],
    [
      `{ searchHealthCards(filter: { province: "01", clinic: "01001", validOn: "2020-01-01" }, after: "WyJ4IiwieSJd") { nodes { number } } }`,
      "ARGUMENT_INVALID",
      `Argument "after": a cursor is one that an earlier page of the same list gave.`,
    ],
    [
      `{ searchHealthCards(filter: { province: "00004", clinic: "01001", validOn: "2020-01-01" }) { nodes { number } } }`,
      "ARGUMENT_INVALID",
      `Argument "filter.province": a province has a code of 2 digits.`,
    ],
    [
      `{ searchHealthCards(filter: { province: "01", clinic: "01001", validOn: "2020-01-01", benefitLevel: 4 }) { nodes { number } } }`,
      "ARGUMENT_INVALID",
      `Argument "filter.benefitLevel": a benefit level is searched together with a type.`,
    ],
    [
      `{ searchHealthCards(filter: { province: "01", clinic: "01001", validOn: "2020-01-01", type: DN, benefitLevel: 6 }) { nodes { number } } }`,
      "ARGUMENT_INVALID",
      `Argument "filter.benefitLevel": a benefit level is a number from 1 to 5.`,
    ],
  ];
  test.each(refusals)("refuses %s", async (query, code, message) => {
    const { errors } = await ask(query);
    expect(errors?.map((error) => [error.extensions["code"], error.message])).toEqual([
      [code, message],
    ]);
  });

  test("refuses a batch of more than 500 keys and takes 500", async () => {
    const query =
      "query ($citizens: [PersonalIdentificationNumber!]!) { insuranceProfiles(citizens: $citizens) { pinFrom } }";
    const citizens = Array.from({ length: 501 }, (_, n) => pinOf(n));
    const { errors } = await ask(query, { citizens });
    expect(errors?.map((error) => [error.extensions["code"], error.message])).toEqual([
      ["BATCH_TOO_LARGE", `Argument "citizens": a batch look-up takes at most 500 keys.`],
    ]);
    expect(
      (await ask(query, { citizens: citizens.slice(0, 500) })).data.insuranceProfiles,
    ).toHaveLength(500);
  });

  test.each([
    [
      `{ healthCard(number: "DN4010190000001") { validFrom } }`,
      ["insurance:contributions", "insurance:benefits"],
    ],
    [
      `{ insuranceOf(citizen: "${pinOf(1)}") { benefits { kind } } }`,
      ["insurance:card", "insurance:contributions"],
    ],
    [
      `{ contributionsOf(company: "${EMPLOYER}") { pageInfo { endCursor } } }`,
      ["insurance:card", "insurance:benefits"],
    ],
    [
      `{ _entities(representations: [{ __typename: "Citizen", id: "${pinOf(1)}", birthDate: "2024-01-01", residenceProvince: "01" }]) {
        ... on Citizen { healthCardEntitlement { entitled } } } }`,
      ["insurance:card", "population:identity"],
    ],
  ])("without the scope it answers nothing: %s", async (query, scopes) => {
    const { data, errors } = await register.served.query(query, { scopes });
    expect(data ?? null).toBeNull();
    expect(errors?.[0]?.extensions["code"]).toMatch(
      /UNAUTHORIZED_FIELD_OR_TYPE|AUTHORIZE_SCOPE_MISSING/,
    );
  });
});
