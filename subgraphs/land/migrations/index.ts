import type { Migration } from "@truc/service";
import { up as initial } from "./0001-initial.ts";
import { up as landUseList2024 } from "./0002-land-use-list-2024.ts";
import { up as synthetic } from "./0003-synthetic.ts";
import { up as namesByProvince } from "./0004-names-by-province.ts";

/** The history of the schema, oldest first; a published step is never changed. */
export const migrations: Record<string, Migration> = {
  "0001-initial": { up: initial },
  "0002-land-use-list-2024": { up: landUseList2024 },
  "0003-synthetic": { up: synthetic },
  "0004-names-by-province": { up: namesByProvince },
};
