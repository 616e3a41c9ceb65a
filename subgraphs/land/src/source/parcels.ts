import { type Database, defineColumns, defineRowLoader, type RowLimit } from "@truc/service";
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

const columns = defineColumns<Parcel>("LandParcel", {
  id: { columns: ["id"], fields: "all" },
  sheet: { columns: ["sheet"] },
  number: { columns: ["number"] },
  place: {
    columns: ["place_commune", "place_as_of", "place_line"],
    read: ({ place_commune: code, place_as_of: asOf, place_line: line }) => ({
      unit: { code, asOf },
      line,
    }),
  },
  area: { columns: ["area"] },
  origin: { columns: ["origin"] },
  geometry: { columns: ["geometry"] },
  certificate: {
    columns: ["certificate_number", "certificate_issued"],
    read: ({ certificate_number: number, certificate_issued: issued }) =>
      number === null || issued === null ? null : { number, issued },
  },
  // MariaDB has 0 and 1.
  synthetic: { columns: ["synthetic"], read: ({ synthetic }) => Boolean(synthetic) },
});

/** Every look-up of parcels goes through here, under the limit of its place. */
function parcels(db: Database, limit: RowLimit) {
  return db.kysely
    .selectFrom("parcel")
    .where(withinLimit(limit, { province: "parcel.province", parcel: "parcel.id" }));
}

/** A parcel by its key. */
export const parcelById = defineRowLoader<string, Parcel | null>({
  name: "parcelById",
  missing: null,
  async batch(db, ids, limit, _args, asked) {
    const rows = await parcels(db, limit)
      .select(columns.select(asked))
      .where("id", "in", ids)
      .execute();
    return new Map(columns.read(rows, asked).map((parcel) => [parcel.id, parcel]));
  },
});

/** The parcel that the certificate of a number was issued for, with the certificate whatever is asked. */
export const parcelByCertificate = defineRowLoader<string, Parcel | null>({
  name: "parcelByCertificate",
  missing: null,
  async batch(db, numbers, limit, _args, asked) {
    const rows = await parcels(db, limit)
      .select(columns.select(asked, ["certificate"]))
      .where("certificate_number", "in", numbers)
      .execute();
    return new Map(
      columns
        .read(rows, asked, ["certificate"])
        .map((parcel) => [parcel.certificate!.number, parcel]),
    );
  },
});
