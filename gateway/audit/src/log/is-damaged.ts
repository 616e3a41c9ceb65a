/**
 * PostgreSQL's codes for what it cannot read from its own files: damaged pages and rows (XX001), indexes (XX002), an
 * error of the disk (58030); and its internal error (XX000), which is what a damaged length makes of a row.
 */
const DAMAGED = new Set(["XX000", "XX001", "XX002", "58030"]);

/** Whether a statement failed for what is stored, so that it may succeed without the damaged part. */
export function isDamaged(error: unknown): boolean {
  return error instanceof Error && DAMAGED.has((error as { code?: string }).code ?? "");
}
