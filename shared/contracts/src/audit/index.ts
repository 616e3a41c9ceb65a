export * from "./audit-context.ts";
export * from "./audit-keys.ts";
export * from "./audit-record.ts";
export * from "./audit-tables.ts";
export * from "./chain.ts";
export * from "./month-keys.ts";
export * from "./receipt.ts";
