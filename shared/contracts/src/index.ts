export * from "./access-token.ts";
export * from "./audit-record.ts";
export * from "./directives.ts";
export * from "./errors.ts";
export * from "./links.ts";
export * from "./permit.ts";
export * from "./wire.ts";
export * from "./scalars/index.ts";
