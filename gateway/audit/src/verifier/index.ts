export type { Finding, FindingKind } from "./finding.ts";
export { parseNoteKey } from "./checkpoint.ts";
export { type ConsistencyProof, type LogOptions, type LogReport, verifyLog } from "./log.ts";
export {
  type Inclusion,
  type PartRemark,
  type ReceiptFile,
  type ReceiptOptions,
  type ReceiptPart,
  type ReceiptReport,
  verifyReceipt,
} from "./receipt.ts";
export type { ReceiptHeader } from "./receipt-header.ts";
export type { ReceiptedContext } from "./receipted-context.ts";
export {
  type ReceiptedRecord,
  type ReceiptedRecordReport,
  receiptedRecord,
} from "./receipted-record.ts";
export { type JournalReport, routerJournalIn, verifyRouterJournal } from "./router-journal.ts";
export { type SegmentOptions, type SegmentReport, verifySegment } from "./segment.ts";
