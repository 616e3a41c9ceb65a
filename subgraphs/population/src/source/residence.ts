import { defineLoader } from "@truc/service";
import { type Place, placeColumns, placeOf } from "./rows.ts";

/** A residence of the person `pin`. */
export interface Residence {
  pin: string;
  kind: string;
  from: string;
  to: string | null;
  place: Place | null;
}

/** Every residence of a person, by PIN, latest first. */
export const residencesOf = defineLoader<string, Residence[]>({
  name: "residencesOf",
  missing: [],
  async batch(db, pins) {
    const rows = await db.kysely
      .selectFrom("residence")
      .select(["pin", "kind", "valid_from as from", "valid_to as to", ...placeColumns("place")])
      .where("pin", "in", pins)
      .orderBy("valid_from", "desc")
      .orderBy("kind")
      .$castTo<Omit<Residence, "place"> & Record<string, unknown>>()
      .execute();
    return Map.groupBy(
      rows.map(({ pin, kind, from, to, ...row }) => ({
        pin,
        kind,
        from,
        to,
        place: placeOf(row, "place"),
      })),
      ({ pin }) => pin,
    );
  },
});

/** Of a person's residences, latest first, the one of a kind that is in force. */
export function residenceInForce(
  latestFirst: readonly Residence[],
  kind: string,
): Residence | null {
  return latestFirst.find((residence) => residence.kind === kind && residence.to === null) ?? null;
}
