export { readCheckpointKey, readRootKey } from "./keys.ts";
export { service } from "./server.ts";
export type { AuditSettings } from "./settings.ts";
