import { type Database, defineLoader } from "@truc/service";
import type { SelectQueryBuilder } from "kysely";
import { groupRows } from "./group-rows.ts";
import { inForceOn } from "./in-force.ts";

/** What binds a parcel whoever holds it. */
export interface Encumbrance {
  kind: "MORTGAGE" | "DISPUTE" | "RESTRICTION";
  inFavourOf: string | null;
  company: { code: string } | null;
  /** Whole đồng. */
  amount: number | null;
  note: string;
  from: string;
  to: string | null;
}

interface EncumbranceRow {
  parcel_id: string;
  kind: Encumbrance["kind"];
  in_favour_of: string | null;
  company: string | null;
  amount: number | null;
  note: string;
  valid_from: string;
  valid_to: string | null;
}

/** Every look-up of encumbrances goes through here. */
function encumbrances(db: Database): SelectQueryBuilder<any, "encumbrance", EncumbranceRow> {
  return db.kysely
    .selectFrom("encumbrance")
    .select([
      "parcel_id",
      "kind",
      "in_favour_of",
      "company",
      "amount",
      "note",
      "valid_from",
      "valid_to",
    ]);
}

function encumbrance(row: EncumbranceRow): Encumbrance {
  return {
    kind: row.kind,
    inFavourOf: row.in_favour_of,
    company: row.company === null ? null : { code: row.company },
    amount: row.amount,
    note: row.note,
    from: row.valid_from,
    to: row.valid_to,
  };
}

/** The encumbrances of a parcel, the earliest first; `asOf`: only those in force on that day. */
export const encumbrancesOfParcel = defineLoader<string, Encumbrance[], { asOf: string | null }>({
  name: "encumbrancesOfParcel",
  missing: [],
  async batch(db, parcelIds, { asOf }) {
    const rows = await encumbrances(db)
      .where("parcel_id", "in", parcelIds)
      .where(inForceOn(asOf, "encumbrance"))
      .orderBy("parcel_id")
      .orderBy("valid_from")
      .orderBy("id")
      .execute();
    return groupRows(rows, (row) => row.parcel_id, encumbrance);
  },
});
