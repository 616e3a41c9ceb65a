import { subgraph } from "@truc/insurance";
import { migrate, openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers, startSubgraph } from "@truc/service/testing";
import { describe, expect, test } from "vitest";
import type { Block, Insurance, Person } from "../model.ts";
import { loader } from "./insurance.ts";

const insured: Insurance = {
  pin: "901190000001",
  socialInsuranceNumber: "0190000001",
  numberFrom: "2012-05-01",
  office: "01",
  contributions: [
    {
      id: "c1",
      employer: "0190000017",
      salaryBase: 9_000_000,
      kind: "COMPULSORY",
      from: "2012-05-01",
      to: null,
    },
  ],
  benefits: [
    { id: "b1", kind: "SICKNESS", monthlyAmount: 2_000_000, from: "2020-01-01", to: "2020-02-01" },
  ],
  healthCards: [
    {
      number: "DN4010190000001",
      type: "DN",
      level: 4,
      clinic: { code: "01001", name: "Bệnh viện Ba Đình" },
      fiveYearsFrom: "2017-05-01",
      from: "2012-05-01",
      to: null,
    },
  ],
};
const nobodysFile = { contributions: [], benefits: [], healthCards: [] };
const newborn: Insurance = {
  ...nobodysFile,
  pin: "901226000002",
  socialInsuranceNumber: null,
  numberFrom: null,
  office: "46",
  healthCards: [
    { ...insured.healthCards[0]!, number: "TE1461226000002", from: "2026-02-03", to: "2032-09-30" },
  ],
};
const longDead: Insurance = {
  ...nobodysFile,
  pin: "901140000003",
  socialInsuranceNumber: "0190000003",
  numberFrom: "1995-01-01",
  office: "01",
};

const block: Block = {
  index: 0,
  people: [
    { pin: insured.pin, deathDate: null },
    { pin: newborn.pin, deathDate: null },
    { pin: longDead.pin, deathDate: "2020-06-30" },
  ] as Person[],
  households: [],
  parcels: [],
  companies: [],
  insurance: [insured, newborn, longDead],
  conflicts: [],
};

test("the number ends where the PIN begins, unless its holder died before", () => {
  const [profiles] = loader.block(block);
  expect(profiles).toEqual({
    table: "profile",
    columns: [
      "pin",
      "social_insurance_number",
      "number_from",
      "number_to",
      "pin_from",
      "province",
      "province_as_of",
      "synthetic",
    ],
    rows: [
      [
        insured.pin,
        "0190000001",
        "2012-05-01",
        "2025-07-31",
        "2025-08-01",
        "01",
        "2025-07-01",
        true,
      ],
      [newborn.pin, null, null, null, "2026-02-03", "46", "2025-07-01", true],
      [longDead.pin, "0190000003", "1995-01-01", "2020-06-30", null, "01", "2025-07-01", true],
    ],
  });
});

describe.each(databaseServers())("the insurance register's rows on $dialect", (server) => {
  test("fit its tables and come out of its fields", async () => {
    const database = await createTestDatabase(server);
    const db = openDatabase(database.url);
    await migrate(db, subgraph.migrations);
    for (const { table, columns, rows } of loader.block(block)) {
      const values = rows.map((row) =>
        Object.fromEntries(columns.map((column, index) => [column, row[index]])),
      );
      await db.kysely.insertInto(table).values(values).execute();
    }
    await db.close();
    const register = await startSubgraph(subgraph, database.url);
    const { data, errors } = await register.query(`{ insuranceOf(citizen: "${insured.pin}") {
      synthetic contributions { employer { code } salaryBase } benefits { kind } healthCard { number firstClinic { name } fiveYearsFrom }
    } }`);
    await register.stop();
    await database.drop();
    expect(errors).toBeUndefined();
    expect(data.insuranceOf).toEqual({
      synthetic: true,
      contributions: [{ employer: { code: "0190000017" }, salaryBase: 9_000_000 }],
      benefits: [{ kind: "SICKNESS" }],
      healthCard: {
        number: "DN4010190000001",
        firstClinic: { name: "Bệnh viện Ba Đình" },
        fiveYearsFrom: "2017-05-01",
      },
    });
  });
});
