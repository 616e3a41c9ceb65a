/** Every statement of this register, by what it reads. */
export * from "./source/administrative-unit.ts";
export * from "./source/citizen.ts";
export * from "./source/citizen-search.ts";
export * from "./source/family.ts";
export * from "./source/household.ts";
export * from "./source/residence.ts";
export * from "./source/subject-set.ts";
export type { Place } from "./source/rows.ts";
