import { defineRowLoader } from "@truc/service";
import { citizenWithin } from "./within-limit.ts";

interface Edge {
  of: string;
  pin: string;
}

/** Those who belong now to the household that a person belongs to now, by PIN; of several the one joined last. */
export const housematesOf = defineRowLoader<string, string[]>({
  name: "housematesOf",
  missing: [],
  async batch(db, pins, limit) {
    const rows = await db.kysely
      .selectFrom("household_member as own")
      .innerJoin("household_member as member", "member.household", "own.household")
      .innerJoin("citizen", "citizen.pin", "member.pin")
      .select(["own.pin as of", "own.household", "member.pin"])
      .where("own.pin", "in", pins)
      .where("own.valid_to", "is", null)
      .where("member.valid_to", "is", null)
      .where(citizenWithin(limit))
      .orderBy("own.valid_from")
      .orderBy("own.household")
      .orderBy("member.pin")
      .$castTo<Edge & { household: string }>()
      .execute();
    return pinsByOwner(
      [...Map.groupBy(rows, ({ of }) => of).values()].flatMap((own) =>
        own.filter(({ household }) => household === own.at(-1)!.household),
      ),
    );
  },
});

/**
 * A person's living wards, by PIN: the children who are minors, and the minors whom the person represents by law. Both
 * end on the day of coming of age; the register records no other end of a representation.
 * @param args.adult the last birthday of those who are of age
 */
export const wardsOf = defineRowLoader<string, string[], { adult: string }>({
  name: "wardsOf",
  missing: [],
  async batch(db, pins, limit, { adult }) {
    const rows = await db.kysely
      .selectFrom("family_relation as edge")
      .innerJoin("citizen", "citizen.pin", "edge.pin")
      .select(["edge.relative as of", "edge.pin"])
      .where("edge.relative", "in", pins)
      .where("edge.relation", "in", ["FATHER", "MOTHER", "LEGAL_REPRESENTATIVE"])
      .where("citizen.death_date", "is", null)
      .where("citizen.birth_date", ">", adult)
      .where(citizenWithin(limit))
      .orderBy("edge.pin")
      .$castTo<Edge>()
      .execute();
    return pinsByOwner(rows);
  },
});

function pinsByOwner(edges: readonly Edge[]): Map<string, string[]> {
  return new Map(
    [...Map.groupBy(edges, ({ of }) => of)].map(([of, own]) => [
      of,
      [...new Set(own.map(({ pin }) => pin))],
    ]),
  );
}
