import { afterKey, type CursorValue, type Database, defineLoader } from "@truc/service";
import { BEFORE_RECORDS } from "./rows.ts";
import { nameForms } from "../unit-name.ts";

/** A unit, or what a code means on a day. */
export interface UnitKey {
  code: string;
  asOf: string;
}

/** A row of `administrative_unit` as it was on the day `asOf`. */
export interface AdministrativeUnit extends UnitKey {
  name: string;
  level: string;
  parentCode: string | null;
  nameSort: string;
  /** First day; BEFORE_RECORDS where that is not known. */
  since: string;
  validFrom: string | null;
  validTo: string | null;
}

type Row = Omit<AdministrativeUnit, "asOf" | "validFrom">;

function units(db: Database) {
  return db.kysely
    .selectFrom("administrative_unit as unit")
    .select([
      "unit.code",
      "unit.name",
      "unit.level",
      "unit.parent as parentCode",
      "unit.name_sort as nameSort",
      "unit.valid_from as since",
      "unit.valid_to as validTo",
    ])
    .$castTo<Row>();
}

function asOf(row: Row, day: string): AdministrativeUnit {
  return { ...row, asOf: day, validFrom: row.since === BEFORE_RECORDS ? null : row.since };
}

/** What a code meant on a day. */
export const unitByKey = defineLoader<UnitKey, AdministrativeUnit | null>({
  name: "unitByKey",
  missing: null,
  async batch(db, keys) {
    const codes = [...new Set(keys.map(({ code }) => code))];
    const meanings = Map.groupBy(
      await units(db).where("unit.code", "in", codes).execute(),
      ({ code }) => code,
    );
    const found = new Map<UnitKey, AdministrativeUnit>();
    for (const key of keys) {
      const row = meanings
        .get(key.code)
        ?.find(
          ({ since, validTo }) => since <= key.asOf && (validTo === null || key.asOf < validTo),
        );
      if (row !== undefined) found.set(key, asOf(row, key.asOf));
    }
    return found;
  },
});

/** The codes of the units of today that took a unit over; the key's day is the first of the unit's own. */
export const successorsOf = defineLoader<{ code: string; since: string }, string[]>({
  name: "successorsOf",
  missing: [],
  async batch(db, keys) {
    const rows = await db.kysely
      .selectFrom("administrative_unit_successor")
      .select(["code", "valid_from as since", "successor"])
      .where("code", "in", [...new Set(keys.map(({ code }) => code))])
      .orderBy("successor")
      .$castTo<{ code: string; since: string; successor: string }>()
      .execute();
    return new Map(
      keys.map((key) => [
        key,
        rows
          .filter(({ code, since }) => code === key.code && since === key.since)
          .map(({ successor }) => successor),
      ]),
    );
  },
});

/** A span of days in which a code meant one unit; the last day is not part of it. */
export interface UnitSpan {
  code: string;
  from: string;
  to: string | null;
}

/** A unit of today and every unit it took over; empty when the code means none today. */
export async function spansOfToday(db: Database, code: string): Promise<UnitSpan[]> {
  return await db.kysely
    .selectFrom("administrative_unit as unit")
    .select(["unit.code", "unit.valid_from as from", "unit.valid_to as to"])
    .where("unit.code", "=", code)
    .where("unit.valid_to", "is", null)
    .unionAll(
      db.kysely
        .selectFrom("administrative_unit_successor as former")
        .innerJoin("administrative_unit as unit", (join) =>
          join
            .onRef("unit.code", "=", "former.code")
            .onRef("unit.valid_from", "=", "former.valid_from"),
        )
        .select(["unit.code", "unit.valid_from as from", "unit.valid_to as to"])
        .where("former.successor", "=", code),
    )
    .$castTo<UnitSpan>()
    .execute();
}

/** What searchAdministrativeUnits looks for. */
export interface UnitSearch {
  asOf: string;
  name: string | null;
  level: string | null;
  parent: string | null;
  first: number;
  after: CursorValue[] | null;
}

/** What sorts a search's units, and what their cursors hold. */
export const UNIT_SORT = ["unit.name_sort", "unit.code"] as const;

/** Units of one day in Vietnamese order of name; one row more than `first` where there are more. */
export async function findUnits(db: Database, search: UnitSearch): Promise<AdministrativeUnit[]> {
  const { name, level, parent, first, after } = search;
  let query = units(db);
  if (name !== null) {
    query = query.where((row) =>
      row.or(
        nameForms(name).map((form) =>
          // A range instead of LIKE, which no plan of a prepared statement can use: "~" comes after every letter.
          row.and([row("unit.name_search", ">=", form), row("unit.name_search", "<", `${form}~`)]),
        ),
      ),
    );
  }
  if (level !== null) query = query.where("unit.level", "=", level);
  if (parent !== null) query = query.where("unit.parent", "=", parent);
  const rows = await query
    .where("unit.valid_from", "<=", search.asOf)
    .where((row) =>
      row.or([row("unit.valid_to", "is", null), row("unit.valid_to", ">", search.asOf)]),
    )
    .where(afterKey(UNIT_SORT, after))
    .orderBy("unit.name_sort")
    .orderBy("unit.code")
    .limit(first + 1)
    .execute();
  return rows.map((row) => asOf(row, search.asOf));
}
