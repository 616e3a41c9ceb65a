import type { Kysely } from "kysely";
import { addLandUseList } from "./add-land-use-list.ts";
import { landUseList2024 } from "./land-use-list-2024.ts";

/** The land-use types of the law of 2024. */
export async function up(db: Kysely<any>): Promise<void> {
  await addLandUseList(db, landUseList2024);
}
