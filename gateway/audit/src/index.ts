export { service } from "./server.ts";
export { dropMonth } from "./segments/drop-month.ts";
export { exportMonth } from "./segments/export-month.ts";
export {
  type ExportedSegment,
  exportSegment,
  type UnreadableStretch,
} from "./segments/export-segment.ts";
export {
  readRecords,
  type RecordAsWritten,
  type UnreadableRecords,
} from "./segments/read-records.ts";
export { noteLook } from "./segments/note-look.ts";
export { SegmentRefused } from "./segments/segment-refused.ts";
