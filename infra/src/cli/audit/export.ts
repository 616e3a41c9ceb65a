import { StartupError } from "@truc/service";
import { Command, InvalidArgumentError } from "commander";
import { aboutPlatform } from "../running-platform.ts";
import { strict } from "../sentences.ts";
import { openAuditDatabase } from "./database.ts";

interface ExportOptions {
  month?: string;
  from?: number;
  to?: number;
  out: string;
  database?: string;
  data: string;
}

/** `truc audit export`: writes a stretch of the log into a folder that can be verified by itself. */
export function exportCommand(): Command {
  return aboutPlatform(strict(new Command("export")))
    .description(
      "writes a month of the audit log, or a stretch of it, into a new folder that can be verified by itself",
    )
    .option("--month <yyyy-mm>", "the month, once it is over")
    .option("--from <n>", "the first position: 0, or the size of a checkpoint", position)
    .option(
      "--to <n>",
      "the position after the last; the newest checkpoint's when left out",
      position,
    )
    .requiredOption("--out <dir>", "the folder to make")
    .option("--database <url>", "the audit database; that of the running platform when left out")
    .action(async ({ month, from, to, out, database, data }: ExportOptions) => {
      if ((month === undefined) === (from === undefined && to === undefined))
        throw new StartupError("Say what to export: either --month, or --from and --to.");
      // Only now: what is wrong with the command line is told without loading the audit process first.
      const { exportMonth, exportSegment, SegmentRefused } = await import("@truc/audit");
      const db = await openAuditDatabase(
        database,
        data,
        month === undefined ? `export from ${from ?? 0} to ${to ?? "the end"}` : `export ${month}`,
      );
      try {
        const { description } =
          month === undefined
            ? await exportSegment({ db, from: from ?? 0, to, directory: out })
            : await exportMonth({ db, month, directory: out });
        const { from: first, to: end, unreadable } = description;
        console.log(
          end - first === 1
            ? `1 record is in ${out}: position ${first}.`
            : `${end - first} records are in ${out}: positions ${first} to ${end - 1}.`,
        );
        for (const stretch of unreadable)
          console.log(`Positions ${stretch.from} to ${stretch.to}: ${stretch.reason}.`);
      } catch (error) {
        if (!(error instanceof SegmentRefused)) throw error;
        throw new StartupError(error.message, { cause: error });
      } finally {
        await db.close();
      }
    });
}

function position(text: string): number {
  const number = Number(text);
  if (text !== "" && Number.isSafeInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError("it is a number from 0 on");
}
