import { StartupError } from "@truc/service";
import { Command, InvalidArgumentError, Option } from "commander";
import { aboutPlatform } from "../running-platform.ts";
import { strict } from "../sentences.ts";
import { openAuditDatabase } from "./database.ts";

interface DropOptions {
  month: string;
  export: string[];
  retentionMonths?: number;
  database?: string;
  data: string;
}

/** `truc audit drop`: removes a month that has been exported, and that citizens no longer see, from the database. */
export function dropCommand(): Command {
  return aboutPlatform(strict(new Command("drop")))
    .description(
      "removes a month of records from the audit database, once it is exported and citizens no longer see it; its place in the log's tree stays",
    )
    .requiredOption("--month <yyyy-mm>", "the month")
    .requiredOption(
      "--export <dir...>",
      "the folders it was exported to, which are looked at first",
    )
    .addOption(
      new Option(
        "--retention-months <n>",
        "for how many months citizens see records, where it is to be more than the audit process was last started with",
      )
        .env("RETENTION_MONTHS")
        .argParser(months),
    )
    .option("--database <url>", "the audit database; that of the running platform when left out")
    .action(async (options: DropOptions) => {
      const { month, retentionMonths, database, data } = options;
      // Only now: what is wrong with the command line is told without loading the audit process first.
      const { dropMonth, SegmentRefused } = await import("@truc/audit");
      const db = await openAuditDatabase(database, data, `drop ${month}`);
      try {
        await dropMonth({
          db,
          month,
          ...(retentionMonths !== undefined && { retentionMonths }),
          directories: options.export,
        });
        console.log(`The records of ${month} are no longer in the database.`);
      } catch (error) {
        if (!(error instanceof SegmentRefused)) throw error;
        throw new StartupError(error.message, { cause: error });
      } finally {
        await db.close();
      }
    });
}

function months(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1 && number <= 1_200) return number;
  throw new InvalidArgumentError("it is a number of months, from 1 to 1200");
}
