import { databaseServers } from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lastAdultBirthday } from "./coming-of-age.ts";
import { wardsOf } from "./source.ts";
import { citizenRow, insert, placeRow } from "./testing/register.ts";
import { startRegister, type TestRegister } from "./testing/start-register.ts";

const MOTHER = "901180000001";
const GUARDIAN = "901170000002";
const UNRECORDED = "901145000009";
const BORN_29_FEBRUARY = "901208000011";
const BORN_1_MARCH = "901208000012";
const BORN_28_FEBRUARY = "901208000013";
const DEAD_CHILD = "901215000014";
const FOSTER_CHILD = "901216000015";
const GROWN_WARD = "901190000016";
const DEAD_WARD = "901160000017";
const HOMELESS = "901150000018";

const everybody = { provinces: null, pins: null };

describe.each(databaseServers())("subject sets on $dialect", (server) => {
  let register: TestRegister;
  beforeAll(async () => {
    register = await startRegister(server, async (db) => {
      const name = ["Đỗ", "Thị", "Mai"] as const;
      await insert(db, "citizen", [
        citizenRow(MOTHER, name, { birth_date: "1980-05-05" }),
        citizenRow(GUARDIAN, name, { birth_date: "1970-05-05" }),
        citizenRow(BORN_29_FEBRUARY, name, { birth_date: "2008-02-29" }),
        citizenRow(BORN_1_MARCH, name, { birth_date: "2008-03-01" }),
        citizenRow(BORN_28_FEBRUARY, name, { birth_date: "2008-02-28" }),
        citizenRow(DEAD_CHILD, name, { birth_date: "2015-01-01", death_date: "2015-02-01" }),
        citizenRow(FOSTER_CHILD, name, { birth_date: "2016-06-06" }),
        citizenRow(GROWN_WARD, name, { birth_date: "1990-01-01" }),
        citizenRow(DEAD_WARD, name, { birth_date: "1960-01-01", death_date: "2020-01-01" }),
        citizenRow(HOMELESS, name, {}),
      ]);
      const children = [BORN_29_FEBRUARY, BORN_1_MARCH, BORN_28_FEBRUARY, DEAD_CHILD];
      await insert(db, "family_relation", [
        ...children.flatMap((pin) => [
          { pin, relation: "MOTHER", relative: MOTHER },
          { pin, relation: "LEGAL_REPRESENTATIVE", relative: MOTHER },
        ]),
        ...[FOSTER_CHILD, GROWN_WARD, DEAD_WARD].map((pin) => ({
          pin,
          relation: "LEGAL_REPRESENTATIVE",
          relative: GUARDIAN,
        })),
        { pin: MOTHER, relation: "MOTHER", relative: GUARDIAN },
      ]);
      const place = placeRow("place", "00004", "2025-08-01", "01", "Số 1");
      await insert(
        db,
        "household",
        ["010000001", "010000002"].map((number) => ({
          number,
          synthetic: true,
          head: MOTHER,
          ...place,
        })),
      );
      await insert(
        db,
        "household_member",
        [
          ["010000001", MOTHER, "HEAD", "2001-01-01", null],
          ["010000001", GUARDIAN, "PARENT", "2001-01-01", null],
          ["010000002", MOTHER, "HEAD", "2010-01-01", null],
          ["010000002", BORN_1_MARCH, "CHILD", "2010-01-01", null],
          ["010000002", BORN_29_FEBRUARY, "CHILD", "2010-01-01", "2025-01-01"],
          ["010000002", UNRECORDED, "OTHER", "2010-01-01", null],
        ].map(([household, pin, relation, valid_from, valid_to]) => ({
          household: household!,
          pin: pin!,
          relation: relation!,
          valid_from: valid_from!,
          valid_to: valid_to!,
        })),
      );
    });
  });
  afterAll(() => register.stop());

  const wards = async (pin: string, day: string) =>
    (await wardsOf.batch(register.db, [pin], everybody, { adult: lastAdultBirthday(day) })).get(
      pin,
    ) ?? [];

  test.each([
    ["2026-02-27", [BORN_29_FEBRUARY, BORN_1_MARCH, BORN_28_FEBRUARY]],
    ["2026-02-28", [BORN_29_FEBRUARY, BORN_1_MARCH]],
    ["2026-03-01", []],
    ["2024-02-29", [BORN_29_FEBRUARY, BORN_1_MARCH, BORN_28_FEBRUARY]],
  ])("on %s a mother's wards are those of her living children under 18", async (day, expected) => {
    expect(await wards(MOTHER, day)).toEqual(expected);
  });

  test("whoever represents a minor by law has her for a ward up to the day she comes of age, and the dead never", async () => {
    expect(await wards(GUARDIAN, "2026-03-01")).toEqual([FOSTER_CHILD]);
    expect(await wards(GUARDIAN, "2034-06-05")).toEqual([FOSTER_CHILD]);
    expect(await wards(GUARDIAN, "2034-06-06")).toEqual([]);
  });

  test("a grown child is nobody's ward by having been one", async () => {
    expect(await wards(GUARDIAN, "1998-05-04")).toContain(MOTHER);
    expect(await wards(GUARDIAN, "1998-05-05")).not.toContain(MOTHER);
  });

  const ask = (pin: string, claims = {}) =>
    register.subgraph.query(
      `query ($citizen: PersonalIdentificationNumber!) { subjectSet(citizen: $citizen) { household wards } }`,
      { variables: { citizen: pin }, ...claims },
    );

  test("the household is who belongs now to the one joined last, as far as they are on record", async () => {
    expect((await ask(MOTHER)).data.subjectSet.household).toEqual([MOTHER, BORN_1_MARCH]);
    expect((await ask(GUARDIAN)).data).toEqual({
      subjectSet: { household: [MOTHER, GUARDIAN].toSorted(), wards: [FOSTER_CHILD] },
    });
  });

  test("somebody alone has an empty set, and nobody has none", async () => {
    expect((await ask(HOMELESS)).data).toEqual({ subjectSet: { household: [], wards: [] } });
    expect(await ask(UNRECORDED)).toEqual({ data: { subjectSet: null } });
  });

  test("the set names its citizen, and costs three statements", async () => {
    const { data } = await register.subgraph.query(
      `{ subjectSet(citizen: "${MOTHER}") { citizen { id fullName } household wards } }`,
    );
    expect(data.subjectSet.citizen).toEqual({ id: MOTHER, fullName: "Đỗ Thị Mai" });
    expect(register.subgraph.statements).toBe(3);
  });
});

test.each([
  ["2026-11-22", "2008-11-22"],
  ["2026-02-28", "2008-02-28"],
  ["2026-03-01", "2008-03-01"],
  ["2028-02-28", "2010-02-28"],
  ["2028-02-29", "2010-02-28"],
  ["2028-03-01", "2010-03-01"],
])("on %s those born on or before %s are of age", (day, birthday) => {
  expect(lastAdultBirthday(day)).toBe(birthday);
});
