import { setTimeout as pause } from "node:timers/promises";
import type { AuditProcess } from "../../harness/audit-process.ts";

/** Waits until a checkpoint says that the log has so many records. */
export async function untilOrdered(audit: AuditProcess, records: number): Promise<void> {
  for (;;) {
    const response = await fetch(`${audit.origin}/checkpoint`);
    const size = response.ok ? Number((await response.text()).split("\n")[1]) : 0;
    if (size === records) return;
    await pause(200);
  }
}
