/** Every statement of the register, by what it reads. */
export * from "./source/company.ts";
export * from "./source/company-parts.ts";
export * from "./source/roles.ts";
export * from "./source/search.ts";
