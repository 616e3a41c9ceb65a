import {
  afterKey,
  type CursorValue,
  type Database,
  defineRowLoader,
  type RowLimit,
} from "@truc/service";
import { withinLimit } from "./within-limit.ts";

/** A row of `health_card`; dates are YYYY-MM-DD. */
export interface HealthCard {
  number: string;
  validFrom: string;
  validTo: string | null;
  pin: string;
  clinicCode: string;
  clinicName: string;
  fiveYearsFrom: string | null;
}

/** What searchHealthCards looks for: one clinic's cards that are valid on one day. */
export interface HealthCardSearch {
  province: string;
  clinic: string;
  validOn: string;
  type: string | null;
  /** Only together with a type. */
  benefitLevel: number | null;
  first: number;
  after: CursorValue[] | null;
}

function cards(db: Database, limit: RowLimit) {
  return db.kysely
    .selectFrom("health_card")
    .select([
      "number",
      "from_date as validFrom",
      "to_date as validTo",
      "pin",
      "clinic_code as clinicCode",
      "clinic_name as clinicName",
      "five_years_from as fiveYearsFrom",
    ])
    .$castTo<HealthCard>()
    .where(withinLimit(limit));
}

/** Every card of a citizen, by PIN, latest first. */
export const cardsOf = defineRowLoader<string, HealthCard[]>({
  name: "cardsOf",
  missing: [],
  async batch(db, pins, limit) {
    const rows = await cards(db, limit)
      .where("pin", "in", pins)
      .orderBy("pin")
      .orderBy("from_date", "desc")
      .orderBy("number")
      .execute();
    return Map.groupBy(rows, ({ pin }) => pin);
  },
});

/** The card with a number: its latest issue within the limit. */
export const cardByNumber = defineRowLoader<string, HealthCard | null>({
  name: "cardByNumber",
  missing: null,
  async batch(db, numbers, limit) {
    const rows = await cards(db, limit)
      .where("number", "in", numbers)
      .orderBy("number")
      .orderBy("from_date")
      .execute();
    // Of several issues the last one stays in the map.
    return new Map(rows.map((row) => [row.number, row]));
  },
});

/** What sorts a search's cards, and what their cursors hold. */
export const CARD_SORT = ["number", "from_date"] as const;

/** One clinic's cards within the limit in the order of their numbers; one row more than `first` where there are more. */
export async function findCards(
  db: Database,
  search: HealthCardSearch,
  limit: RowLimit,
): Promise<HealthCard[]> {
  const { province, clinic, validOn, type, benefitLevel, first, after } = search;
  let query = cards(db, limit).where("province", "=", province).where("clinic_code", "=", clinic);
  if (type !== null) {
    // A range of numbers, so that the index is entered at the type. Levels go from 1 to 5.
    query = query
      .where("number", ">=", `${type}${benefitLevel ?? 1}`)
      .where("number", "<", `${type}${(benefitLevel ?? 5) + 1}`);
  }
  return await query
    .where("from_date", "<=", validOn)
    .where((row) => row.or([row("to_date", "is", null), row("to_date", ">=", validOn)]))
    .where(afterKey(CARD_SORT, after))
    .orderBy("number")
    .orderBy("from_date")
    .limit(first + 1)
    .execute();
}

/** Of a citizen's cards, latest first, the one valid on a day. */
export function validCard(latestFirst: readonly HealthCard[], on: string): HealthCard | null {
  return (
    latestFirst.find(
      ({ validFrom, validTo }) => validFrom <= on && (validTo === null || validTo >= on),
    ) ?? null
  );
}
