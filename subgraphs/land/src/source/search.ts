import { dayInVietNam } from "@truc/contracts";
import { afterKey, type Database, type Page, type RowLimit } from "@truc/service";
import type { Expression, ExpressionBuilder, SelectQueryBuilder, SqlBool } from "kysely";
import type { CommuneMeaning } from "./communes.ts";
import { inForceOn } from "./in-force.ts";
import { withinLimit } from "./within-limit.ts";

/** The conditions of a parcel search, checked: it has a commune, a holder's name, or both. */
export interface ParcelSearch {
  commune: CommuneMeaning | null;
  sheet: number | null;
  use: string | null;
  /** Square metres, both included. */
  area: { min: number | null; max: number | null };
  /** In search form. */
  holderName: string | null;
  encumbered: boolean | null;
}

type Conditions = (builder: ExpressionBuilder<any, any>) => Expression<SqlBool>;

/**
 * The keys of a page of parcels within the limit in their order, with one more than asked for when there is one. The
 * commune leads when there is one, because its index is already in that order; otherwise the holder's name does.
 *
 * What else is asked is counted row by row in subqueries: neither database turns those into a join, so none reads a
 * whole table however many rows it expects.
 */
export async function findParcelIds(
  db: Database,
  search: ParcelSearch,
  limit: RowLimit,
  page: Page,
): Promise<string[]> {
  const statement =
    search.commune === null
      ? byHolder(db, search, limit)
      : byCommune(db, search, search.commune).where(
          withinLimit(limit, { province: "parcel.province", parcel: "parcel.id" }),
        );
  const key = search.commune === null ? "held.parcel_id" : "parcel.id";
  const rows = await statement
    .where(ofParcel(search, key))
    .where(afterKey([key], page.after))
    .orderBy(key)
    .limit(page.first + 1)
    .execute();
  return rows.map(({ id }) => id);
}

function byCommune(
  db: Database,
  { sheet, area, holderName }: ParcelSearch,
  { code, from, to }: CommuneMeaning,
): SelectQueryBuilder<any, any, { id: string }> {
  let statement = db.kysely.selectFrom("parcel").select("parcel.id as id");
  if (to === null) {
    statement = statement.where("current_commune", "=", code);
  } else {
    statement = statement
      .where("place_commune", "=", code)
      .where("place_as_of", ">=", from)
      .where("place_as_of", "<", to);
  }
  if (sheet !== null) statement = statement.where("sheet", "=", sheet);
  if (area.min !== null) statement = statement.where("area", ">=", area.min);
  if (area.max !== null) statement = statement.where("area", "<=", area.max);
  if (holderName !== null) {
    statement = statement.where((builder) =>
      builder(
        builder
          .selectFrom("right_holder")
          .select(({ fn }) => fn.countAll().as("found"))
          .whereRef("right_holder.parcel_id", "=", "parcel.id")
          .where(heldBy(holderName)),
        ">",
        0,
      ),
    );
  }
  return statement;
}

/**
 * The holder's parcels come first, as a table of their own: with the order and the limit in the same query, MariaDB
 * walks all rights in the order of their parcels when a name is common.
 */
function byHolder(
  db: Database,
  { sheet, area, holderName }: ParcelSearch,
  limit: RowLimit,
): SelectQueryBuilder<any, any, { id: string }> {
  const ofItsParcel = (builder: ExpressionBuilder<any, any>, column: string) =>
    builder.selectFrom("parcel").select(column).whereRef("parcel.id", "=", "held.parcel_id");
  const held = db.kysely
    .selectFrom("right_holder")
    .select("right_holder.parcel_id")
    .distinct()
    .where(heldBy(holderName!))
    .where(
      withinLimit(limit, { province: "right_holder.province", parcel: "right_holder.parcel_id" }),
    )
    .as("held");
  let statement = db.kysely.selectFrom(held).select("held.parcel_id as id");
  if (sheet !== null)
    statement = statement.where((builder) => builder(ofItsParcel(builder, "sheet"), "=", sheet));
  if (area.min !== null)
    statement = statement.where((builder) => builder(ofItsParcel(builder, "area"), ">=", area.min));
  if (area.max !== null)
    statement = statement.where((builder) => builder(ofItsParcel(builder, "area"), "<=", area.max));
  return statement;
}

/** A present holder whose name is these words, or begins with them: in binary order, "!" follows the space. */
function heldBy(name: string): Conditions {
  return (builder) =>
    builder.and([
      builder("right_holder.name_search", ">=", name),
      builder("right_holder.name_search", "<", `${name}!`),
      inForceOn(dayInVietNam(), "right_holder")(builder),
    ]);
}

/** What is asked of a parcel beyond its own row; `key` is where the statement has the parcel's key. */
function ofParcel({ use, encumbered }: ParcelSearch, key: string): Conditions {
  return (builder) => {
    const conditions: Expression<SqlBool>[] = [];
    const counted = (table: string) =>
      builder
        .selectFrom(table)
        .select(({ fn }) => fn.countAll().as("found"))
        .whereRef(`${table}.parcel_id`, "=", key);
    if (use !== null)
      conditions.push(builder(counted("parcel_use").where("parcel_use.code", "=", use), ">", 0));
    if (encumbered !== null) {
      const inForce = counted("encumbrance").where(inForceOn(dayInVietNam(), "encumbrance"));
      conditions.push(builder(inForce, encumbered ? ">" : "=", 0));
    }
    return builder.and(conditions);
  };
}
