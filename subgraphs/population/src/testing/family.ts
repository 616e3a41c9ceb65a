import type { Database } from "@truc/service";
import { citizenRow, insert, placeRow, type Row, unitRow } from "./register.ts";

export const GRANDFATHER = "901040000005";
export const FATHER = "901070000001";
export const MOTHER = "901172000002";
export const FORMER_WIFE = "901171000006";
export const SON = "901095000003";
export const DAUGHTER = "901315000004";
/** The mother of the father: her PIN is on his record, but the register holds none of hers. */
export const UNKNOWN = "901145000009";
export const HOUSEHOLD = "010000001";
export const REFORM = "2025-07-01";

const units: Row[] = [
  unitRow("01", "Hà Nội", null),
  unitRow("10", "Lào Cai", null, { to: REFORM }),
  unitRow("15", "Yên Bái", null, { to: REFORM }),
  unitRow("15", "Lào Cai", null, { from: REFORM }),
  unitRow("00001", "Phường Phúc Xá", "01", { to: REFORM }),
  unitRow("00004", "Phường Trúc Bạch", "01", { to: REFORM }),
  unitRow("00004", "Phường Ba Đình", "01", { from: REFORM }),
  unitRow("00091", "Phường Hồng Hà", "01", { from: REFORM }),
  unitRow("04252", "Phường Yên Bái", "15", { from: REFORM }),
];

const successors: Row[] = [
  ["10", "15"],
  ["15", "15"],
  ["00001", "00004"],
  ["00001", "00091"],
  ["00004", "00004"],
].map(([code, successor]) => ({ code: code!, valid_from: "1000-01-01", successor: successor! }));

const people: Row[] = [
  citizenRow(GRANDFATHER, ["Nguyễn", "Văn", "Đức"], {
    sex: "MALE",
    birth_date: "1940-11-12",
    death_date: "2020-02-02",
    marital_status: "WIDOWED",
    residence_as_of: "2001-01-01",
  }),
  citizenRow(FATHER, ["Nguyễn", "Văn", "Hùng"], {
    sex: "MALE",
    birth_date: "1970-02-03",
    other_name: "Nguyễn Tèo",
    ethnicity: "Kinh",
    religion: "Phật giáo",
    blood_group: "AB",
    card_number: FATHER,
    card_issued: "2021-05-06",
    card_expires: "2030-02-03",
    marital_status: "MARRIED",
    phone: "+84113000001",
    email: "c000001@cong-dan.example",
  }),
  citizenRow(MOTHER, ["Trần", "Thị", "Ánh"], {
    birth_date: "1972-08-09",
    marital_status: "MARRIED",
  }),
  citizenRow(FORMER_WIFE, ["Lê", "Thị", "Yến"], {
    birth_date: "1971-01-01",
    marital_status: "DIVORCED",
    missing_since: "2015-01-01",
    residence_commune: "00001",
    residence_as_of: "2012-01-01",
  }),
  citizenRow(SON, ["Nguyễn", "", "Đức"], {
    sex: "MALE",
    birth_date: "1995-03-04",
    residence_commune: "04252",
    residence_province: "15",
  }),
  citizenRow(DAUGHTER, ["Nguyễn", "Thu", "An"], { birth_date: "2015-06-07" }),
];

const trucBach = placeRow("place", "00004", "2001-01-01", "01", "Số 5 phố Ngũ Xã");
const baDinh = placeRow("place", "00004", "2025-08-01", "01", "Số 9 phố Đội Cấn");
const yenBai = placeRow("place", "04252", "2025-09-01", "15", "Tổ 3");

const residences: Row[] = [
  { pin: FATHER, kind: "PERMANENT", valid_from: "2001-01-01", valid_to: "2025-08-01", ...trucBach },
  { pin: FATHER, kind: "PERMANENT", valid_from: "2025-08-01", valid_to: null, ...baDinh },
  { pin: FATHER, kind: "CURRENT", valid_from: "2025-08-01", valid_to: null, ...baDinh },
  {
    pin: MOTHER,
    kind: "TEMPORARY",
    valid_from: "2010-01-01",
    valid_to: "2011-01-01",
    ...trucBach,
  },
  { pin: SON, kind: "PERMANENT", valid_from: "2025-08-01", valid_to: null, ...baDinh },
  { pin: SON, kind: "TEMPORARY", valid_from: "2025-09-01", valid_to: null, ...yenBai },
  { pin: SON, kind: "CURRENT", valid_from: "2025-09-01", valid_to: null, ...yenBai },
];

const relations: Row[] = [
  [FATHER, "FATHER", GRANDFATHER],
  [FATHER, "MOTHER", UNKNOWN],
  [SON, "FATHER", FATHER],
  [SON, "MOTHER", FORMER_WIFE],
  [DAUGHTER, "FATHER", FATHER],
  [DAUGHTER, "MOTHER", MOTHER],
  [DAUGHTER, "LEGAL_REPRESENTATIVE", MOTHER],
].map(([pin, relation, relative]) => ({ pin: pin!, relation: relation!, relative: relative! }));

const marriages: Row[] = [
  { pin: FATHER, spouse: MOTHER, valid_from: "2005-05-05", valid_to: null },
  { pin: FATHER, spouse: FORMER_WIFE, valid_from: "1994-04-04", valid_to: "2000-10-10" },
  { pin: MOTHER, spouse: FATHER, valid_from: "2005-05-05", valid_to: null },
  { pin: FORMER_WIFE, spouse: FATHER, valid_from: "1994-04-04", valid_to: "2000-10-10" },
];

const members: Row[] = [
  { pin: GRANDFATHER, relation: "PARENT", valid_from: "1990-01-01", valid_to: "2020-02-02" },
  { pin: FATHER, relation: "HEAD", valid_from: "2001-01-01", valid_to: null },
  { pin: SON, relation: "CHILD", valid_from: "1995-03-04", valid_to: "2025-09-01" },
  { pin: MOTHER, relation: "SPOUSE", valid_from: "2005-05-05", valid_to: null },
  { pin: DAUGHTER, relation: "CHILD", valid_from: "2015-06-07", valid_to: null },
].map((member) => ({ household: HOUSEHOLD, ...member }));

/** Three generations of one family and the places they lived in. */
export async function insertFamily(db: Database): Promise<void> {
  await insert(db, "administrative_unit", units);
  await insert(db, "administrative_unit_successor", successors);
  await insert(db, "citizen", people);
  await insert(db, "residence", residences);
  await insert(db, "family_relation", relations);
  await insert(db, "marriage", marriages);
  await insert(db, "household", [{ number: HOUSEHOLD, synthetic: true, head: FATHER, ...baDinh }]);
  await insert(db, "household_member", members);
}
