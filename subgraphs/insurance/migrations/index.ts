import type { Migration } from "@truc/service";
import * as initial from "./0001-initial.ts";
import * as cardSearch from "./0002-card-search.ts";
import * as employersByProvince from "./0003-employers-by-province.ts";

/** Every step of the schema's history, in the order of the names. A published one is never changed. */
export const migrations: Record<string, Migration> = {
  "0001-initial": initial,
  "0002-card-search": cardSearch,
  "0003-employers-by-province": employersByProvince,
};
