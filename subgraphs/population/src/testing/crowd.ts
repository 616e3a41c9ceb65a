import type { Database } from "@truc/service";
import { citizenRow, insert, placeRow, type Row, unitRow } from "./register.ts";

const PEOPLE = 40_000;
const HOUSEHOLD_SIZE = 4;
const COMMUNES = 2_000;
const FAMILY = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ"];
const MIDDLE = ["Văn", "Thị", "Đức", "Minh", "Thu", "Ngọc", "Hữu", "Quang", "Thanh", "Xuân", "Bảo"];
const GIVEN = [
  "An",
  "Bình",
  "Cường",
  "Dũng",
  "Đạt",
  "Giang",
  "Hà",
  "Khánh",
  "Lan",
  "Mai",
  "Nam",
  "Oanh",
  "Phúc",
];

/** The PIN of the person at a place in the crowd. */
export function crowdPin(index: number): string {
  return `990000${String(index).padStart(6, "0")}`;
}

/** The number of the household at a place in the crowd. */
export function crowdHousehold(index: number): string {
  return `99${String(index).padStart(7, "0")}`;
}

/** The commune of today at a place in the crowd; each took over five earlier ones, ten thousand as in the country. */
export function crowdCommune(index: number): string {
  return String(50_000 + index);
}

function crowdMember(index: number): Row {
  const year = 1940 + (index % 80);
  const day = new Date(Date.UTC(year, 0, 1 + (index % 365))).toISOString().slice(0, 10);
  const name = [FAMILY[index % 10]!, MIDDLE[index % 11]!, GIVEN[index % 13]!] as const;
  return citizenRow(crowdPin(index), name, {
    birth_date: day,
    residence_commune: crowdCommune(index % COMMUNES),
    residence_province: "99",
  });
}

/** Enough people, homes and units that a database would not choose to read a whole table by mistake. */
export async function insertCrowd(db: Database): Promise<void> {
  const everybody = Array.from({ length: PEOPLE }, (_, index) => index);
  const home = placeRow("place", crowdCommune(1), "2025-08-01", "99", "Tổ 1");
  await insert(db, "citizen", everybody.map(crowdMember));
  for (const kind of ["PERMANENT", "CURRENT"]) {
    await insert(
      db,
      "residence",
      everybody.map((index) => ({
        pin: crowdPin(index),
        kind,
        valid_from: "2025-08-01",
        valid_to: null,
        ...home,
      })),
    );
  }
  const heads = everybody.filter((index) => index % HOUSEHOLD_SIZE === 0);
  await insert(
    db,
    "household",
    heads.map((index) => ({
      number: crowdHousehold(index / HOUSEHOLD_SIZE),
      synthetic: true,
      head: crowdPin(index),
      ...home,
    })),
  );
  await insert(
    db,
    "household_member",
    everybody.map((index) => ({
      household: crowdHousehold(Math.floor(index / HOUSEHOLD_SIZE)),
      pin: crowdPin(index),
      relation: index % HOUSEHOLD_SIZE === 0 ? "HEAD" : "CHILD",
      valid_from: "2025-08-01",
      valid_to: null,
    })),
  );
  const children = everybody.filter((index) => index % HOUSEHOLD_SIZE !== 0);
  await insert(
    db,
    "family_relation",
    children.map((index) => ({
      pin: crowdPin(index),
      relation: "FATHER",
      relative: crowdPin(index - (index % HOUSEHOLD_SIZE)),
    })),
  );
  await insert(
    db,
    "marriage",
    everybody.map((index) => ({
      pin: crowdPin(index),
      valid_from: "2000-01-01",
      valid_to: null,
      spouse: crowdPin(index % 2 === 0 ? index + 1 : index - 1),
    })),
  );
  await insertUnits(db);
}

async function insertUnits(db: Database): Promise<void> {
  const reform = "2025-07-01";
  const communes = Array.from({ length: COMMUNES }, (_, index) => index);
  const earlier = communes.flatMap((index) =>
    [10_000, 20_000, 40_000, 60_000, 70_000]
      .map((base) => base + index)
      .map((code) => ({ index, code: String(code) })),
  );
  await insert(db, "administrative_unit", [
    ...communes.map((index) =>
      unitRow(crowdCommune(index), `Xã ${MIDDLE[index % 11]!} ${index}`, "99", { from: reform }),
    ),
    ...earlier.map(({ index, code }) =>
      unitRow(code, `Xã ${GIVEN[index % 13]!} ${code}`, "98", { to: reform }),
    ),
  ]);
  await insert(
    db,
    "administrative_unit_successor",
    earlier.map(({ index, code }) => ({
      code,
      valid_from: "1000-01-01",
      successor: crowdCommune(index),
    })),
  );
}
