export { nameColumns } from "./citizen-name.ts";
export { BEFORE_RECORDS } from "./source/rows.ts";
export { service, subgraph } from "./server.ts";
export { storedNameForm } from "./unit-name.ts";
