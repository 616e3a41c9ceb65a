/** Everything the register reads from its database, one file a table or kind of search. */
export * from "./source/communes.ts";
export * from "./source/encumbrances.ts";
export * from "./source/in-force.ts";
export * from "./source/parcels.ts";
export * from "./source/rights.ts";
export * from "./source/search.ts";
export * from "./source/uses.ts";
