import * as initial from "./0001-initial.ts";
import * as industries from "./0002-industries.ts";
import * as wordsByProvince from "./0003-words-by-province.ts";

/** Every version of the business register's database, in order; a version once released is never edited. */
export const migrations = {
  "0001-initial": initial,
  "0002-industries": industries,
  "0003-words-by-province": wordsByProvince,
};
