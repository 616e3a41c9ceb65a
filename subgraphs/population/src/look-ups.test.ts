import { databaseServers } from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { citizenRow, insert } from "./testing/register.ts";
import {
  DAUGHTER,
  FATHER,
  FORMER_WIFE,
  GRANDFATHER,
  HOUSEHOLD,
  insertFamily,
  MOTHER,
  SON,
  UNKNOWN,
} from "./testing/family.ts";
import { startRegister, type TestRegister } from "./testing/start-register.ts";

const PLACE = "{ code asOf province line unit { code asOf name validTo parent { name } } }";
const MEMBER = "{ name relation citizen { id fullName } }";

describe.each(databaseServers())("look-ups on $dialect", (server) => {
  let register: TestRegister;
  beforeAll(async () => {
    register = await startRegister(server, async (db) => {
      await insertFamily(db);
      const others = Array.from({ length: 60 }, (_, index) => String(990_000_000_000 + index));
      await insert(
        db,
        "citizen",
        others.map((pin) => citizenRow(pin, ["Hồ", "Văn", "Nam"])),
      );
    });
  });
  afterAll(() => register.stop());

  async function ask(
    query: string,
    variables: Record<string, unknown> = {},
  ): Promise<Record<string, any>> {
    const { data, errors } = await register.subgraph.query(query, { variables });
    expect(errors).toBeUndefined();
    return data;
  }

  test("a citizen has everything that was recorded", async () => {
    const { citizen } = await ask(
      `query ($id: PersonalIdentificationNumber!) { citizen(id: $id) {
        id synthetic fullName familyName middleName givenName otherName birthDate sex nationality ethnicity religion
        bloodGroup identityCard { number issued expires } maritalStatus deathDate missingSince phone email
        residenceProvince birthPlace { code asOf line } birthRegistration { line } nativePlace { line }
      } }`,
      { id: FATHER },
    );
    expect(citizen).toEqual({
      id: FATHER,
      synthetic: true,
      fullName: "Nguyễn Văn Hùng",
      familyName: "Nguyễn",
      middleName: "Văn",
      givenName: "Hùng",
      otherName: "Nguyễn Tèo",
      birthDate: "1970-02-03",
      sex: "MALE",
      nationality: "VN",
      ethnicity: "Kinh",
      religion: "Phật giáo",
      bloodGroup: "AB",
      identityCard: { number: FATHER, issued: "2021-05-06", expires: "2030-02-03" },
      maritalStatus: "MARRIED",
      deathDate: null,
      missingSince: null,
      phone: "+84113000001",
      email: "c000001@cong-dan.example",
      residenceProvince: "01",
      birthPlace: { code: "00004", asOf: "1980-01-01", line: "Nhà hộ sinh" },
      birthRegistration: { line: "Ủy ban nhân dân" },
      nativePlace: { line: "Làng Ngũ Xã" },
    });
  });

  test("what is not recorded is null, a death and a disappearance are dates", async () => {
    const data = await ask(`{
      dead: citizen(id: "${GRANDFATHER}") { deathDate missingSince }
      missing: citizen(id: "${FORMER_WIFE}") { deathDate missingSince identityCard { number } phone household { number } }
      child: citizen(id: "${SON}") { middleName fullName mother { name } }
      nobody: citizen(id: "${UNKNOWN}") { id }
    }`);
    expect(data).toEqual({
      dead: { deathDate: "2020-02-02", missingSince: null },
      missing: {
        deathDate: null,
        missingSince: "2015-01-01",
        identityCard: null,
        phone: null,
        household: null,
      },
      child: { middleName: "", fullName: "Nguyễn Đức", mother: { name: "Lê Thị Yến" } },
      nobody: null,
    });
  });

  test("relatives are edges: name and relation stand even where the register has no record", async () => {
    const { father, daughter } = await ask(`{
      father: citizen(id: "${FATHER}") {
        father ${MEMBER} mother ${MEMBER} spouse ${MEMBER} children ${MEMBER} legalRepresentative ${MEMBER}
        marriages { spouse { name } from to }
      }
      daughter: citizen(id: "${DAUGHTER}") { legalRepresentative ${MEMBER} spouse ${MEMBER} children ${MEMBER} }
    }`);
    expect(father).toEqual({
      father: {
        name: "Nguyễn Văn Đức",
        relation: "FATHER",
        citizen: { id: GRANDFATHER, fullName: "Nguyễn Văn Đức" },
      },
      mother: { name: null, relation: "MOTHER", citizen: null },
      spouse: {
        name: "Trần Thị Ánh",
        relation: "SPOUSE",
        citizen: { id: MOTHER, fullName: "Trần Thị Ánh" },
      },
      children: [
        { name: "Nguyễn Đức", relation: "CHILD", citizen: { id: SON, fullName: "Nguyễn Đức" } },
        {
          name: "Nguyễn Thu An",
          relation: "CHILD",
          citizen: { id: DAUGHTER, fullName: "Nguyễn Thu An" },
        },
      ],
      legalRepresentative: null,
      marriages: [
        { spouse: { name: "Lê Thị Yến" }, from: "1994-04-04", to: "2000-10-10" },
        { spouse: { name: "Trần Thị Ánh" }, from: "2005-05-05", to: null },
      ],
    });
    expect(daughter).toEqual({
      legalRepresentative: {
        name: "Trần Thị Ánh",
        relation: "LEGAL_REPRESENTATIVE",
        citizen: { id: MOTHER, fullName: "Trần Thị Ánh" },
      },
      spouse: null,
      children: [],
    });
  });

  test("residences keep the code of their day: the same code is another commune before the reform", async () => {
    const { father, son, mother } = await ask(`{
      mother: citizen(id: "${MOTHER}") { temporaryResidence { from } residences { to } }
      father: citizen(id: "${FATHER}") {
        residences { kind from to place ${PLACE} }
        permanentResidence { from } temporaryResidence { from } currentResidence { from }
      }
      son: citizen(id: "${SON}") {
        residences(kind: TEMPORARY) { kind place { line } }
        permanentResidence { place { province } } currentResidence { place { province } } residenceProvince
      }
    }`);
    const baDinh = {
      code: "00004",
      asOf: "2025-08-01",
      province: "01",
      line: "Số 9 phố Đội Cấn",
      unit: {
        code: "00004",
        asOf: "2025-08-01",
        name: "Phường Ba Đình",
        validTo: null,
        parent: { name: "Hà Nội" },
      },
    };
    expect(father).toEqual({
      residences: [
        { kind: "CURRENT", from: "2025-08-01", to: null, place: baDinh },
        { kind: "PERMANENT", from: "2025-08-01", to: null, place: baDinh },
        {
          kind: "PERMANENT",
          from: "2001-01-01",
          to: "2025-08-01",
          place: {
            code: "00004",
            asOf: "2001-01-01",
            province: "01",
            line: "Số 5 phố Ngũ Xã",
            unit: {
              code: "00004",
              asOf: "2001-01-01",
              name: "Phường Trúc Bạch",
              validTo: "2025-07-01",
              parent: { name: "Hà Nội" },
            },
          },
        },
      ],
      permanentResidence: { from: "2025-08-01" },
      temporaryResidence: null,
      currentResidence: { from: "2025-08-01" },
    });
    expect(mother).toEqual({ temporaryResidence: null, residences: [{ to: "2011-01-01" }] });
    expect(son).toEqual({
      residences: [{ kind: "TEMPORARY", place: { line: "Tổ 3" } }],
      permanentResidence: { place: { province: "01" } },
      currentResidence: { place: { province: "15" } },
      residenceProvince: "15",
    });
  });

  test("a household has its head first and former members only when asked for", async () => {
    const { household, citizen, none } = await ask(`{
      household(number: "${HOUSEHOLD}") {
        number synthetic place { line } head { name relation } members { name relation from to }
        everybody: members(former: true) { name to }
      }
      citizen(id: "${DAUGHTER}") { household { number members { citizen { id } } } }
      none: household(number: "999999999") { number }
    }`);
    expect(household).toEqual({
      number: HOUSEHOLD,
      synthetic: true,
      place: { line: "Số 9 phố Đội Cấn" },
      head: { name: "Nguyễn Văn Hùng", relation: "HEAD" },
      members: [
        { name: "Nguyễn Văn Hùng", relation: "HEAD", from: "2001-01-01", to: null },
        { name: "Trần Thị Ánh", relation: "SPOUSE", from: "2005-05-05", to: null },
        { name: "Nguyễn Thu An", relation: "CHILD", from: "2015-06-07", to: null },
      ],
      everybody: [
        { name: "Nguyễn Văn Hùng", to: null },
        { name: "Nguyễn Văn Đức", to: "2020-02-02" },
        { name: "Nguyễn Đức", to: "2025-09-01" },
        { name: "Trần Thị Ánh", to: null },
        { name: "Nguyễn Thu An", to: null },
      ],
    });
    expect(citizen).toEqual({
      household: {
        number: HOUSEHOLD,
        members: [
          { citizen: { id: FATHER } },
          { citizen: { id: MOTHER } },
          { citizen: { id: DAUGHTER } },
        ],
      },
    });
    expect(none).toBeNull();
  });

  test("a batch keeps its order, with null for the unknown and repeats for the repeated", async () => {
    const ids = [SON, UNKNOWN, FATHER, SON];
    const { citizens } = await ask(
      "query ($ids: [PersonalIdentificationNumber!]!) { citizens(ids: $ids) { id givenName } }",
      { ids },
    );
    expect(citizens).toEqual([
      { id: SON, givenName: "Đức" },
      null,
      { id: FATHER, givenName: "Hùng" },
      { id: SON, givenName: "Đức" },
    ]);
    expect(register.subgraph.statements).toBe(1);
  });

  test("entities resolve by key, in order", async () => {
    const { _entities } = await ask(
      `query ($r: [_Any!]!) { _entities(representations: $r) {
        ... on Citizen { birthDate residenceProvince } ... on AdministrativeUnit { name } } }`,
      {
        r: [
          { __typename: "Citizen", id: DAUGHTER },
          { __typename: "AdministrativeUnit", code: "15", asOf: "2025-06-30" },
          { __typename: "Citizen", id: UNKNOWN },
          { __typename: "AdministrativeUnit", code: "15", asOf: "2025-07-01" },
        ],
      },
    );
    expect(_entities).toEqual([
      { birthDate: "2015-06-07", residenceProvince: "01" },
      { name: "Yên Bái" },
      null,
      { name: "Lào Cai" },
    ]);
  });

  test("statements do not grow with the number of citizens", async () => {
    const query = `query ($ids: [PersonalIdentificationNumber!]!) { citizens(ids: $ids) {
      fullName father ${MEMBER} mother ${MEMBER} spouse ${MEMBER} children ${MEMBER}
      residences { place ${PLACE} } household { number members ${MEMBER} } } }`;
    const family = [FATHER, MOTHER, SON, DAUGHTER];
    await ask(query, { ids: family });
    const forFour = register.subgraph.statements;
    const others = Array.from({ length: 46 }, (_, index) => String(990_000_000_000 + index));
    const { citizens } = await ask(query, { ids: [...family, ...others] });
    expect(citizens.filter((citizen: unknown) => citizen !== null)).toHaveLength(50);
    expect(register.subgraph.statements).toBe(forFour);
    expect(forFour).toBe(10);
  });

  test.each([
    [
      'citizen(id: "12345") { id }',
      "ARGUMENT_INVALID",
      'Argument "id": a personal identification number has exactly 12 digits.',
    ],
    [
      'household(number: "12") { number }',
      "ARGUMENT_INVALID",
      'Argument "number": a household number has exactly 9 digits.',
    ],
    [
      'administrativeUnit(code: "1", asOf: "2025-07-01") { name }',
      "ARGUMENT_INVALID",
      'Argument "code": an administrative code has 2 digits (province) or 5 digits (commune).',
    ],
    [
      'administrativeUnit(code: "01", asOf: "2025-02-30") { name }',
      "ARGUMENT_INVALID",
      'Argument "asOf": a date is a day of the calendar written YYYY-MM-DD.',
    ],
    [
      `citizens(ids: [${Array.from({ length: 501 }, () => `"${FATHER}"`).join()}]) { id }`,
      "BATCH_TOO_LARGE",
      'Argument "ids": a batch look-up takes at most 500 keys.',
    ],
  ])("refuses %#: %s", async (field, code, message) => {
    const { errors } = await register.subgraph.query(`{ ${field} }`);
    expect(errors).toMatchObject([{ message, extensions: { code } }]);
  });

  test("500 keys are not too many", async () => {
    const { citizens } = await ask(
      `{ citizens(ids: [${Array.from({ length: 500 }, () => `"${FATHER}"`).join()}]) { id } }`,
    );
    expect(citizens).toHaveLength(500);
  });
});
