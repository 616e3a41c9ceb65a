import { type Database, defineLoader } from "@truc/service";
import type { SelectQueryBuilder } from "kysely";
import { groupRows } from "./group-rows.ts";

/** A land-use type of one edition of the list. */
export interface LandUseType {
  code: string;
  edition: number;
  name: string;
  description: string;
  group: "AGRICULTURAL" | "NON_AGRICULTURAL" | "UNUSED";
  from: string;
  to: string | null;
}

/** A part of a parcel's area and what it may be used for. */
export interface LandUse {
  type: LandUseType;
  area: number;
  term: "LONG_TERM" | "LIMITED";
  until: string | null;
}

interface TypeRow {
  code: string;
  edition: number;
  name: string;
  description: string;
  land_use_group: LandUseType["group"];
  in_force_from: string;
  in_force_to: string | null;
}

interface UseRow extends TypeRow {
  parcel_id: string;
  area: number;
  term: LandUse["term"];
  until: string | null;
}

const TYPE_COLUMNS = [
  "land_use_type.code",
  "land_use_type.edition",
  "land_use_type.name",
  "land_use_type.description",
  "land_use_type.land_use_group",
  "land_use_type.in_force_from",
  "land_use_type.in_force_to",
] as const;

function landUseType(row: TypeRow): LandUseType {
  return {
    code: row.code,
    edition: row.edition,
    name: row.name,
    description: row.description,
    group: row.land_use_group,
    from: row.in_force_from,
    to: row.in_force_to,
  };
}

/** Every look-up of uses goes through here. */
function uses(db: Database): SelectQueryBuilder<any, any, UseRow> {
  return db.kysely
    .selectFrom("parcel_use")
    .innerJoin("land_use_type", (join) =>
      join
        .onRef("land_use_type.edition", "=", "parcel_use.edition")
        .onRef("land_use_type.code", "=", "parcel_use.code"),
    )
    .select([
      ...TYPE_COLUMNS,
      "parcel_use.parcel_id",
      "parcel_use.area",
      "parcel_use.term",
      "parcel_use.until",
    ]);
}

/** The uses of a parcel, the largest first. */
export const usesOfParcel = defineLoader<string, LandUse[]>({
  name: "usesOfParcel",
  missing: [],
  async batch(db, parcelIds) {
    const rows = await uses(db)
      .where("parcel_use.parcel_id", "in", parcelIds)
      .orderBy("parcel_use.parcel_id")
      .orderBy("parcel_use.position")
      .execute();
    return groupRows(
      rows,
      (row) => row.parcel_id,
      (row) => ({ type: landUseType(row), area: row.area, term: row.term, until: row.until }),
    );
  },
});

/** The types of the list in force on a day, by their codes. */
export async function landUseTypesOn(db: Database, day: string): Promise<LandUseType[]> {
  const rows: TypeRow[] = await db.kysely
    .selectFrom("land_use_type")
    .select(TYPE_COLUMNS)
    .where("in_force_from", "<=", day)
    .where((builder) =>
      builder.or([builder("in_force_to", "is", null), builder("in_force_to", ">", day)]),
    )
    .orderBy("code")
    .execute();
  return rows.map(landUseType);
}
