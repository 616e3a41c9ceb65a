import {
  afterKey,
  type Database,
  defineLoader,
  defineRowLoader,
  type Page,
  type RowLoader,
  withinPins,
} from "@truc/service";
import type { SelectQueryBuilder } from "kysely";
import { groupRows } from "./group-rows.ts";
import { inForceOn } from "./in-force.ts";
import { withinLimit } from "./within-limit.ts";

/** A right to use a parcel: one row, seen from the parcel as its holder, from the holder as a right. */
export interface Right {
  id: string;
  parcelId: string;
  citizen: { id: string } | null;
  company: { code: string } | null;
  nameOnCertificate: string;
  share: { numerator: number; denominator: number };
  from: string;
  to: string | null;
}

interface RightRow {
  id: string;
  parcel_id: string;
  citizen: string | null;
  company: string | null;
  name_on_certificate: string;
  share_numerator: number;
  share_denominator: number;
  valid_from: string;
  valid_to: string | null;
}

const COLUMNS = [
  "id",
  "parcel_id",
  "citizen",
  "company",
  "name_on_certificate",
  "share_numerator",
  "share_denominator",
  "valid_from",
  "valid_to",
] as const;

/** Every look-up of rights goes through here. */
function rights(db: Database): SelectQueryBuilder<any, "right_holder", RightRow> {
  return db.kysely.selectFrom("right_holder").select(COLUMNS);
}

function right(row: RightRow): Right {
  return {
    id: row.id,
    parcelId: row.parcel_id,
    citizen: row.citizen === null ? null : { id: row.citizen },
    company: row.company === null ? null : { code: row.company },
    nameOnCertificate: row.name_on_certificate,
    share: { numerator: row.share_numerator, denominator: row.share_denominator },
    from: row.valid_from,
    to: row.valid_to,
  };
}

/** The rights in a parcel, the earliest first; `asOf`: only those in force on that day. */
export const rightsOfParcel = defineLoader<string, Right[], { asOf: string | null }>({
  name: "rightsOfParcel",
  missing: [],
  async batch(db, parcelIds, { asOf }) {
    const rows = await rights(db)
      .where("parcel_id", "in", parcelIds)
      .where(inForceOn(asOf, "right_holder"))
      .orderBy("parcel_id")
      .orderBy("valid_from")
      .orderBy("id")
      .execute();
    return groupRows(rows, (row) => row.parcel_id, right);
  },
});

/** A page of a citizen's rights in parcels within the limit, the newest first; one row more where there are more. */
export const rightsOfCitizen = pagesBy("citizen");

/** A page of a company's rights in parcels within the limit, the newest first; one row more where there are more. */
export const rightsOfCompany = pagesBy("company");

/** The sort key of a page of rights, as its cursors hold it. */
export function rightKey({ from, id }: Right): [from: string, id: string] {
  return [from, id];
}

const SORT_COLUMNS = [
  { column: "valid_from", direction: "desc" },
  { column: "id", direction: "desc" },
] as const;

/** The same page for each of many holders in one statement: rows are numbered within each holder. */
function pagesBy(holder: "citizen" | "company"): RowLoader<string, Right[], Page> {
  return defineRowLoader<string, Right[], Page>({
    name: `rightsBy:${holder}`,
    missing: [],
    async batch(db, keys, limit, { first, after }) {
      const numbered = rights(db)
        .select(({ fn }) =>
          fn
            .agg<number>("row_number")
            .over((over) =>
              over.partitionBy(holder).orderBy("valid_from", "desc").orderBy("id", "desc"),
            )
            .as("place"),
        )
        .where(holder, "in", keys)
        // Somebody else is not looked up by her number, not even for land held together with one of the people.
        .$if(holder === "citizen", (query) =>
          query.where(withinPins(limit, "right_holder.citizen")),
        )
        .where(
          withinLimit(limit, {
            province: "right_holder.province",
            parcel: "right_holder.parcel_id",
          }),
        )
        .where(afterKey(SORT_COLUMNS, after));
      const rows = await db.kysely
        .selectFrom(numbered.as("numbered"))
        .select([...COLUMNS, "place"])
        .where("place", "<=", first + 1)
        .orderBy(holder)
        .orderBy("place")
        .execute();
      return groupRows(rows, (row) => row[holder]!, right);
    },
  });
}
