import type { Migration } from "@truc/service";

/** In the order of their names; a published one is never changed. */
export const migrations: Record<string, Migration> = {};
