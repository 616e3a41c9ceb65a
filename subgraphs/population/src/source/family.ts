import { defineLoader } from "@truc/service";

/** A relative of the person `of`; the name is null where the register has no record under the relative's PIN. */
export interface Relative {
  of: string;
  relation: string;
  pin: string;
  name: string | null;
}

/** A marriage of the person `of`. */
export interface Marriage {
  of: string;
  spouse: string;
  name: string | null;
  from: string;
  to: string | null;
}

/** Father, mother and legal representative, by PIN. */
export const relativesOf = defineLoader<string, Relative[]>({
  name: "relativesOf",
  missing: [],
  async batch(db, pins) {
    const rows = await db.kysely
      .selectFrom("family_relation as edge")
      .leftJoin("citizen", "citizen.pin", "edge.relative")
      .select([
        "edge.pin as of",
        "edge.relation",
        "edge.relative as pin",
        "citizen.full_name as name",
      ])
      .where("edge.pin", "in", pins)
      .$castTo<Relative>()
      .execute();
    return Map.groupBy(rows, ({ of }) => of);
  },
});

/** Those of whom a person is father or mother, by the parent's PIN, eldest first. */
export const childrenOf = defineLoader<string, Relative[]>({
  name: "childrenOf",
  missing: [],
  async batch(db, pins) {
    const rows = await db.kysely
      .selectFrom("family_relation as edge")
      .leftJoin("citizen", "citizen.pin", "edge.pin")
      .select(["edge.relative as of", "edge.pin", "citizen.full_name as name"])
      .where("edge.relative", "in", pins)
      .where("edge.relation", "in", ["FATHER", "MOTHER"])
      .orderBy("citizen.birth_date")
      .orderBy("edge.pin")
      .$castTo<Omit<Relative, "relation">>()
      .execute();
    return Map.groupBy(
      rows.map((row) => ({ ...row, relation: "CHILD" })),
      ({ of }) => of,
    );
  },
});

/** Every marriage of a person, by PIN, earliest first. */
export const marriagesOf = defineLoader<string, Marriage[]>({
  name: "marriagesOf",
  missing: [],
  async batch(db, pins) {
    const rows = await db.kysely
      .selectFrom("marriage")
      .leftJoin("citizen", "citizen.pin", "marriage.spouse")
      .select([
        "marriage.pin as of",
        "marriage.spouse",
        "citizen.full_name as name",
        "marriage.valid_from as from",
        "marriage.valid_to as to",
      ])
      .where("marriage.pin", "in", pins)
      .orderBy("marriage.valid_from")
      .$castTo<Marriage>()
      .execute();
    return Map.groupBy(rows, ({ of }) => of);
  },
});
