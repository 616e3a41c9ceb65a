import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeCountry } from "../../infra/src/country/country.ts";
import { type Answer, Platform } from "../harness/platform.ts";

const COUNTRY = { seed: 3, citizens: 200 };
const COUNTER = { system: "service-counter", purpose: "ONE_STOP_SERVICE" };
const QUERY = readFileSync(new URL("query.graphql", import.meta.url), "utf8");
const DAY = "2026-11-15";

/**
 * The most SQL statements that each register may need for QUERY: one a loader and a level of the query, whatever the
 * number of citizens. Who adds a field with a loader of its own to QUERY raises its register's bound by one.
 */
const BOUNDS = { business: 5, insurance: 4, land: 5, population: 12 };

/** How many statements of a register two fetches may share, where chance has them travel together. */
const SHARED = 1;

let platform: Platform;

beforeAll(async () => {
  platform = await Platform.start(COUNTRY);
});
afterAll(async () => {
  expect(await platform.stop()).toBe(0);
});

/** Asks for the sample citizen, who has something in every register, and others up to a number. */
async function askFor(citizens: number): Promise<Answer> {
  const sample = platform.file.samples.citizen;
  const others = [...makeCountry(COUNTRY).blocks()]
    .flatMap(({ people }) => people.map(({ pin }) => pin))
    .filter((pin) => pin !== sample);
  const answer = await platform.ask(COUNTER, QUERY, {
    ids: [sample, ...others].slice(0, citizens),
    on: DAY,
  });
  expect(answer.body.errors).toBeUndefined();
  expect(answer.body.data!["citizens"]).toHaveLength(citizens);
  return answer;
}

test("the sample citizen has something at every end of the query", async () => {
  const [citizen] = (await askFor(1)).body.data!["citizens"];
  expect(citizen.spouse.citizen.fullName).toEqual(expect.any(String));
  expect(citizen.children[0].citizen.healthCardEntitlement.until).toEqual(expect.any(String));
  expect(citizen.household.members[0].citizen.fullName).toEqual(expect.any(String));
  expect(citizen.landRights.nodes[0].parcel.rightHolders[0].citizen.fullName).toEqual(
    expect.any(String),
  );
  expect(citizen.landRights.nodes[0].parcel.place.unit.name).toEqual(expect.any(String));
  const { company } = citizen.companies.nodes[0];
  expect(company.representatives[0].citizen.fullName).toEqual(expect.any(String));
  expect(company.contributions.nodes[0].employee.fullName).toEqual(expect.any(String));
  expect(citizen.insurance.contributions[0].employer.name).toEqual(expect.any(String));
  expect(citizen.healthCards[0].firstClinic.name).toEqual(expect.any(String));
});

test.each([5, 50])(
  "%i citizens cost the same SQL statements in each of four registers",
  async (count) => {
    for (let round = 0; round < 5; round += 1) {
      const { requestId } = await askFor(count);
      const found = platform.journals.statementsOf(requestId);
      expect(Object.keys(found)).toEqual(Object.keys(BOUNDS));
      for (const [register, bound] of Object.entries(BOUNDS)) {
        expect(found[register], register).toBeLessThanOrEqual(bound);
        expect(found[register], register).toBeGreaterThanOrEqual(bound - SHARED);
      }
    }
  },
);

/** Follows a relation that leads back to where it came from, round after round, from one citizen on. */
function multiplied(rounds: number, round: (inner: string) => string): string {
  const nested = Array.from({ length: rounds }).reduce<string>((inner) => round(inner), "id");
  return `query ($id: PersonalIdentificationNumber!) { citizen(id: $id) { id ${nested} } }`;
}

test.each([
  [
    "household by household",
    multiplied(9, (inner) => `household { members { citizen { ${inner} } } }`),
  ],
  [
    "from parcels to those who hold them",
    multiplied(
      5,
      (inner) =>
        `landRights(first: 100) { nodes { parcel { id rightHolders { citizen { ${inner} } } } } }`,
    ),
  ],
])(
  "an operation that may multiply itself %s is refused, nothing is fetched, and nobody else notices",
  async (_way, query) => {
    const [refused, small] = await Promise.all([
      platform.ask(COUNTER, query, { id: platform.file.samples.citizen }),
      askFor(1),
    ]);
    expect(refused.status).toBe(400);
    expect(refused.body.errors!.map(({ extensions }) => extensions["code"])).toEqual([
      "ADMIT_ANSWER_TOO_LARGE",
    ]);
    expect(platform.journals.statementsOf(refused.requestId)).toEqual({});
    expect(small.body.errors).toBeUndefined();
  },
);
