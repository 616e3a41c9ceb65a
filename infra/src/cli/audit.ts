import { Command } from "commander";
import { dropCommand } from "./audit/drop.ts";
import { exportCommand } from "./audit/export.ts";
import { receiptCommand } from "./audit/receipt.ts";
import { reconcileCommand } from "./audit/reconcile.ts";
import { verifyCommand } from "./audit/verify.ts";
import { strict } from "./sentences.ts";

/** `truc audit`: what was read is on record, and the record is what it was. */
export function auditGroup(): Command {
  return strict(new Command("audit"))
    .description("exports and verifies the audit log, and holds it against the registers' journals")
    .addCommand(verifyCommand())
    .addCommand(exportCommand())
    .addCommand(dropCommand())
    .addCommand(receiptCommand())
    .addCommand(reconcileCommand());
}
