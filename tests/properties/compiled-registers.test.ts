import { type Limits, UNLIMITED } from "@truc/contracts";
import {
  databaseServers,
  difference,
  PreparedExecution,
  randomOperation,
  type ReadAnswer,
  seededRandom,
} from "@truc/service/testing";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse, validate } from "graphql";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { country, type FilledRegister, registers, startFilled } from "../conformance/registers.ts";
import { samples } from "../../infra/src/country/country.ts";

const SEED = Number(process.env["COMPILED_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const CASES = Number(process.env["COMPILED_CASES"] ?? 300);
const BATCH = 6;

const people = [...country.blocks()].flatMap((block) => block.people);
const companies = [...country.blocks()].flatMap((block) => block.companies);
const parcels = [...country.blocks()].flatMap((block) => block.parcels);
const chosen = samples(country);
const pins = [chosen.citizen, ...people.slice(0, 40).map(({ pin }) => pin)];
const codes = [chosen.company, ...companies.slice(0, 20).map(({ code }) => code)];
const parcelIds = [chosen.parcel, ...parcels.slice(0, 20).map(({ id }) => id)];
const units = country
  .units()
  .filter(({ to }) => to === null)
  .slice(0, 30)
  .map(({ code }) => code);

/** Values by scalar, of which a few break its rule or mean nothing. */
const values = {
  PersonalIdentificationNumber: [...pins, "999999999999", "12"],
  EnterpriseCode: [...codes, "0100112437", "1"],
  LandParcelId: [...parcelIds, "99999-1-1", "x"],
  AdministrativeCode: [...units, "01", "1"],
  LocalDate: ["2026-01-01", "1990-02-28", "2020-06-30", "yesterday"],
};

const representations = [
  ...pins.map((id) => ({ __typename: "Citizen", id })),
  ...codes.map((code) => ({ __typename: "Company", code })),
  ...parcelIds.map((id) => ({ __typename: "LandParcel", id })),
  ...units.map((code) => ({ __typename: "AdministrativeUnit", code, asOf: "2026-01-01" })),
  { __typename: "Citizen", id: "12" },
  { __typename: "Nobody" },
];

const LIMITS: Limits[] = [
  UNLIMITED,
  UNLIMITED,
  { ...UNLIMITED, provinces: ["01", "79"], linked: 1 },
  { ...UNLIMITED, subjects: "self", linked: 0 },
  { ...UNLIMITED, search: false, provinces: [] },
];

const [server] = databaseServers();

describe.each(registers)("compiled operations of the $name register", (register) => {
  let filled: FilledRegister;
  beforeAll(async () => {
    filled = await startFilled(register, server!);
  });
  afterAll(async () => await filled?.close());
  afterEach(() => void vi.restoreAllMocks());

  const title = `are answered as graphql-js answers them (COMPILED_SEED=${SEED})`;
  it(title, { timeout: 60_000 + CASES * 200 }, async () => {
    const schema = buildSubgraphSchema(parse(register.definition.schema));
    const random = seededRandom(SEED);
    const draw = (): { query: string; variables: object } => {
      for (;;) {
        const types = Object.keys(schema.getTypeMap());
        const known = representations.filter(
          ({ __typename: type }) => types.includes(type) || type === "Nobody",
        );
        const drawn = randomOperation({ schema, random, values, representations: known });
        if (validate(schema, parse(drawn.query)).length === 0) return drawn;
      }
    };
    let found = 0;
    let failed = 0;
    for (let run = 0; run < CASES / BATCH; run++) {
      const batch = await Promise.all(
        Array.from({ length: BATCH }, async (_, item) => {
          const limits = LIMITS[Math.floor(random() * LIMITS.length)]!;
          const claims = { limits, distance: Math.floor(random() * 2), pins: pins.slice(0, 2) };
          const permit = await filled.subgraph.permit(claims);
          return { ...draw(), extensions: { permit, item } };
        }),
      );
      const ask = async (): Promise<ReadAnswer[]> =>
        (await (await filled.subgraph.post(batch)).json()) as ReadAnswer[];
      const answers = await ask();
      const byGraphQL = vi
        .spyOn(PreparedExecution.prototype, "run")
        .mockImplementation(async function (this: PreparedExecution, ...given) {
          return await this.runByGraphQL(...given);
        });
      const expected = await ask();
      expect(byGraphQL).toHaveBeenCalledTimes(BATCH);
      byGraphQL.mockRestore();
      for (const [at, answer] of expected.entries()) {
        const told = difference(answers[at]!, answer);
        if (told !== undefined) expect.fail(`${JSON.stringify(batch[at])}\n${told}`);
        if (answer.data !== null && answer.data !== undefined) found++;
        failed += answer.errors?.length ?? 0;
      }
    }
    expect(found).toBeGreaterThan(CASES / 2);
    expect(failed).toBeGreaterThan(CASES / 20);
  });
});
