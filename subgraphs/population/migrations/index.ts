import * as initial from "./0001-initial.ts";
import * as administrativeUnits from "./0002-administrative-units.ts";

/** Every version of the population register's database, in order; a version once released is never edited. */
export const migrations = {
  "0001-initial": initial,
  "0002-administrative-units": administrativeUnits,
};
