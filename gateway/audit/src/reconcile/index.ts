export { databaseSource } from "./database-source.ts";
export { journalFilesIn } from "./journal-files.ts";
export { Journals, ROUTER } from "./journals.ts";
export type { ReadFinding } from "./match-reads.ts";
export { type Reconciliation, reconcile } from "./reconcile.ts";
export type { RecordSource } from "./record-source.ts";
export { RouterJournalSource } from "./router-journal-source.ts";
export { SegmentSource } from "./segment-source.ts";
