import { type Database, defineLoader, defineRowLoader } from "@truc/service";
import { type Place, placeColumns, placeOf } from "./rows.ts";
import { householdWithin } from "./within-limit.ts";

/** A row of `household`. */
export interface Household {
  number: string;
  synthetic: boolean;
  /** The head's PIN. */
  headPin: string;
  place: Place | null;
}

/** A membership in a household; the name is null where the register has no record under the PIN. */
export interface HouseholdMember {
  household: string;
  pin: string;
  name: string | null;
  relation: string;
  from: string;
  to: string | null;
}

const columns = ["household.number", "household.synthetic", "household.head as headPin"] as const;
type Row = { number: string; synthetic: unknown; headPin: string } & Record<string, unknown>;

function householdOfRow({ number, synthetic, headPin, ...row }: Row): Household {
  return { number, synthetic: Boolean(synthetic), headPin, place: placeOf(row, "place") };
}

/** The household with a number. */
export const householdByNumber = defineRowLoader<string, Household | null>({
  name: "householdByNumber",
  missing: null,
  async batch(db, numbers, limit) {
    const rows = await db.kysely
      .selectFrom("household")
      .select([...columns, ...placeColumns("place")])
      .where("number", "in", numbers)
      .where(householdWithin(limit))
      .$castTo<Row>()
      .execute();
    return new Map(rows.map((row) => [row.number, householdOfRow(row)]));
  },
});

/** The household a person belongs to now, by PIN; of several the one joined last. */
export const householdOf = defineRowLoader<string, Household | null>({
  name: "householdOf",
  missing: null,
  async batch(db, pins, limit) {
    const rows = await db.kysely
      .selectFrom("household_member as member")
      .innerJoin("household", "household.number", "member.household")
      .select([...columns, ...placeColumns("place"), "member.pin"])
      .where("member.pin", "in", pins)
      .where("member.valid_to", "is", null)
      .where(householdWithin(limit))
      .orderBy("member.valid_from")
      .orderBy("household.number")
      .$castTo<Row & { pin: string }>()
      .execute();
    // Of several the last one stays in the map.
    return new Map(rows.map((row) => [row.pin, householdOfRow(row)]));
  },
});

/** Everybody who belongs or belonged to a household, by its number, in order of joining. */
export const membersOf = defineLoader<string, HouseholdMember[]>({
  name: "membersOf",
  missing: [],
  async batch(db, numbers) {
    const rows = await members(db).where("member.household", "in", numbers).execute();
    return Map.groupBy(rows, ({ household }) => household);
  },
});

function members(db: Database) {
  return db.kysely
    .selectFrom("household_member as member")
    .leftJoin("citizen", "citizen.pin", "member.pin")
    .select([
      "member.household",
      "member.pin",
      "citizen.full_name as name",
      "member.relation",
      "member.valid_from as from",
      "member.valid_to as to",
    ])
    .orderBy("member.valid_from")
    .orderBy("member.pin")
    .$castTo<HouseholdMember>();
}
