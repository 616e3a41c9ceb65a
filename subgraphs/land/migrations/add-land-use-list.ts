import type { Kysely } from "kysely";
import type { LandUseList } from "./land-use-list-2014.ts";

/** Puts an edition of the list in force; the edition before it stays, for what was recorded under it, with an end. */
export async function addLandUseList(db: Kysely<any>, list: LandUseList): Promise<void> {
  await db
    .updateTable("land_use_type")
    .set({ in_force_to: list.from })
    .where("in_force_to", "is", null)
    .execute();
  for (const land_use_group of ["AGRICULTURAL", "NON_AGRICULTURAL", "UNUSED"] as const) {
    await db
      .insertInto("land_use_type")
      .values(
        list[land_use_group].map(([code, name, description]) => ({
          code,
          edition: list.edition,
          name,
          description,
          land_use_group,
          in_force_from: list.from,
          in_force_to: null,
        })),
      )
      .execute();
  }
}
