export type { RecordBatch, RecordStore, RefusalCount } from "./record/record-store.ts";
export { routerWith, service } from "./server.ts";
