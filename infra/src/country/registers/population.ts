import { BEFORE_RECORDS, nameColumns, storedNameForm } from "@truc/population";
import { sortKey } from "@truc/service";
import type {
  AdministrativeUnit,
  Household,
  Person,
  Place,
  RegisterLoader,
  TableRows,
} from "../model.ts";

type Value = TableRows["rows"][number][number];
/** One row by column; every record of a table has the same columns in the same order. */
type Row = Record<string, Value>;

/** The population register's part of the country. */
export const loader: RegisterLoader = {
  register: "population",
  units: (units) =>
    tables({
      administrative_unit: units.map(unitRow),
      administrative_unit_successor: units.flatMap(successorRows),
    }),
  block: ({ people, households }) =>
    tables({
      citizen: people.map(citizenRow),
      residence: people.flatMap(residenceRows),
      family_relation: people.flatMap(relationRows),
      marriage: people.flatMap(marriageRows),
      household: households.map(householdRow),
      household_member: households.flatMap(memberRows),
    }),
};

function tables(rowsByTable: Record<string, readonly Row[]>): TableRows[] {
  return Object.entries(rowsByTable).flatMap(([name, rows]) => {
    const [first] = rows;
    if (first === undefined) return [];
    return [
      { table: name, columns: Object.keys(first), rows: rows.map((row) => Object.values(row)) },
    ];
  });
}

function unitRow(unit: AdministrativeUnit): Row {
  return {
    code: unit.code,
    valid_from: unit.from ?? BEFORE_RECORDS,
    valid_to: unit.to,
    level: unit.level,
    name: unit.name,
    name_search: storedNameForm(unit.name),
    name_sort: sortKey(unit.name),
    parent: unit.parent,
  };
}

function successorRows(unit: AdministrativeUnit): Row[] {
  return [...new Set(unit.succeededBy)].map((successor) => ({
    code: unit.code,
    valid_from: unit.from ?? BEFORE_RECORDS,
    successor,
  }));
}

function placeColumns(prefix: string, place: Place | null): Row {
  return {
    [`${prefix}_commune`]: place?.commune ?? null,
    [`${prefix}_as_of`]: place?.asOf ?? null,
    [`${prefix}_province`]: place?.province ?? null,
    [`${prefix}_line`]: place?.line ?? null,
  };
}

function citizenRow(person: Person): Row {
  const home = lastHome(person)?.place;
  return {
    pin: person.pin,
    synthetic: true,
    ...nameColumns(person),
    family_name: person.familyName,
    middle_name: person.middleName,
    given_name: person.givenName,
    other_name: person.otherName,
    sex: person.sex,
    birth_date: person.birthDate,
    ...placeColumns("birth_place", person.birthPlace),
    ...placeColumns("birth_registration", person.birthRegistration),
    ...placeColumns("native_place", person.nativePlace),
    ethnicity: person.ethnicity,
    religion: person.religion,
    nationality: person.nationality,
    blood_group: person.bloodGroup,
    card_number: person.identityCard?.number ?? null,
    card_issued: person.identityCard?.issued ?? null,
    card_expires: person.identityCard?.expires ?? null,
    marital_status: person.maritalStatus,
    death_date: person.deathDate,
    missing_since: person.missingSince,
    phone: person.phone,
    email: person.email,
    residence_commune: home?.commune ?? null,
    residence_as_of: home?.asOf ?? null,
    residence_province: person.province,
  };
}

const NEAREST_KIND_FIRST = ["CURRENT", "TEMPORARY", "PERMANENT"];

/** Where a person lives, or lived last: of the residences that ended last, the one nearest to daily life. */
function lastHome({ residences }: Person): Person["residences"][number] | undefined {
  return residences.toSorted(
    (a, b) =>
      compare(b.to ?? "9999", a.to ?? "9999") ||
      NEAREST_KIND_FIRST.indexOf(a.kind) - NEAREST_KIND_FIRST.indexOf(b.kind) ||
      compare(b.from, a.from),
  )[0];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function residenceRows({ pin, residences }: Person): Row[] {
  // Whoever moved on the very day of moving in has only the later home of that day.
  const byStart = new Map(
    residences.map((residence) => [`${residence.kind} ${residence.from}`, residence]),
  );
  return [...byStart.values()].map(({ kind, from, to, place }) => ({
    pin,
    kind,
    valid_from: from,
    valid_to: to,
    ...placeColumns("place", place),
  }));
}

function relationRows({ pin, father, mother, legalRepresentative }: Person): Row[] {
  const relatives = [
    ["FATHER", father],
    ["MOTHER", mother],
    ["LEGAL_REPRESENTATIVE", legalRepresentative],
  ] as const;
  return relatives.flatMap(([relation, relative]) =>
    relative === null ? [] : [{ pin, relation, relative }],
  );
}

function marriageRows({ pin, marriages }: Person): Row[] {
  return marriages.map(({ spouse, from, to }) => ({ pin, valid_from: from, valid_to: to, spouse }));
}

function householdRow({ number, head, place }: Household): Row {
  return { number, synthetic: true, head, ...placeColumns("place", place) };
}

function memberRows({ number, members }: Household): Row[] {
  return members.map(({ pin, relation, from, to }) => ({
    household: number,
    pin,
    relation,
    valid_from: from,
    valid_to: to,
  }));
}
