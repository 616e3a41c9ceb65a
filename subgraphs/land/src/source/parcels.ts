import { type Database, defineRowLoader, type RowLimit } from "@truc/service";
import type { SelectQueryBuilder } from "kysely";
import { withinLimit } from "./within-limit.ts";

/** A parcel as its table has it. */
export interface Parcel {
  id: string;
  sheet: number;
  number: number;
  place: {
    /** The commune as recorded: code, and the day on which it was meant. */
    unit: { code: string; asOf: string };
    line: string;
  };
  /** Square metres. */
  area: number;
  origin: string;
  /** GeoJSON text, read only when asked for. */
  geometry: string;
  certificate: { number: string; issued: string } | null;
  synthetic: boolean;
}

interface ParcelRow {
  id: string;
  sheet: number;
  number: number;
  place_commune: string;
  place_as_of: string;
  place_line: string;
  area: number;
  origin: string;
  geometry: string;
  certificate_number: string | null;
  certificate_issued: string | null;
  /** MariaDB has 0 and 1. */
  synthetic: boolean | number;
}

/** Every look-up of parcels goes through here, under the limit of its place. */
function parcels(db: Database, limit: RowLimit): SelectQueryBuilder<any, "parcel", ParcelRow> {
  return db.kysely
    .selectFrom("parcel")
    .select([
      "id",
      "sheet",
      "number",
      "place_commune",
      "place_as_of",
      "place_line",
      "area",
      "origin",
      "geometry",
      "certificate_number",
      "certificate_issued",
      "synthetic",
    ])
    .where(withinLimit(limit, { province: "parcel.province", parcel: "parcel.id" }));
}

function parcel(row: ParcelRow): Parcel {
  const { certificate_number: number, certificate_issued: issued } = row;
  return {
    id: row.id,
    sheet: row.sheet,
    number: row.number,
    place: { unit: { code: row.place_commune, asOf: row.place_as_of }, line: row.place_line },
    area: row.area,
    origin: row.origin,
    geometry: row.geometry,
    certificate: number === null || issued === null ? null : { number, issued },
    synthetic: Boolean(row.synthetic),
  };
}

/** A parcel by its key. */
export const parcelById = defineRowLoader<string, Parcel | null>({
  name: "parcelById",
  missing: null,
  async batch(db, ids, limit) {
    const rows = await parcels(db, limit).where("id", "in", ids).execute();
    return new Map(rows.map((row) => [row.id, parcel(row)]));
  },
});

/** The parcel that the certificate of a number was issued for. */
export const parcelByCertificate = defineRowLoader<string, Parcel | null>({
  name: "parcelByCertificate",
  missing: null,
  async batch(db, numbers, limit) {
    const rows = await parcels(db, limit).where("certificate_number", "in", numbers).execute();
    return new Map(rows.map((row) => [row.certificate_number!, parcel(row)]));
  },
});
