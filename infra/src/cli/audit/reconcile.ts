import { join, resolve } from "node:path";
import type { Reconciliation, RecordSource } from "@truc/audit/reconcile";
import { StartupError } from "@truc/service";
import { Command, InvalidArgumentError } from "commander";
import { aboutPlatform } from "../running-platform.ts";
import { table } from "../table.ts";
import { whyNotRead } from "../why-not-read.ts";
import { openAuditDatabase } from "./database.ts";
import { judging, type Verdict, verdict } from "./verdict.ts";

interface ReconcileOptions {
  database?: string;
  journals: string[];
  log: string[];
  from?: Date;
  to?: Date;
  uncertain?: boolean;
  json?: boolean;
  data: string;
}

/** `truc audit reconcile`: holds the audit log and the registers' journals together. */
export function reconcileCommand(): Command {
  return aboutPlatform(judging(new Command("reconcile")))
    .description(
      "names every read that is on record and in no journal, or in a register's journal and not on record. Exit code 0 when there is none, 1 when there is, 2 when it cannot be said",
    )
    .option("--database <url>", "the audit database; that of the running platform when left out")
    .option(
      "--log <segment>",
      "exported segments instead of the database; may be repeated",
      added,
      [],
    )
    .option(
      "--journals <dir>",
      "where journals are, also in folders of it; may be repeated. Those of the data folder when left out. Routers' own journals in it are the log where neither of the above is said and no platform runs",
      added,
      [],
    )
    .option("--from <time>", "requests from this moment on (ISO 8601)", moment)
    .option("--to <time>", "requests before this moment", moment)
    .option(
      "--uncertain",
      "also lists reads that gave no answer and are in no journal, or were under way where segments end",
    )
    .option("--json", "prints what was found as JSON")
    .action(async (options: ReconcileOptions) => {
      await verdict(async () => await run(options));
    });
}

function added(value: string, before: string[]): string[] {
  return [...before, value];
}

function moment(text: string): Date {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new InvalidArgumentError("it is no moment: write it as 2026-11-22T10:00:00Z");
}

async function run(options: ReconcileOptions): Promise<Verdict> {
  const { from, to } = options;
  const { journalFilesIn, Journals, reconcile } = await import("@truc/audit/reconcile");
  const folders =
    options.journals.length > 0 ? options.journals : [join(resolve(options.data), "journal")];
  const files = await journalFilesIn(folders).catch((error: unknown) => {
    throw new StartupError(
      `The journals in ${folders.join(", ")} cannot be read: ${whyNotRead(error)}. Name their folder with --journals, or the platform's with --data.`,
      { cause: error },
    );
  });
  const journals = new Journals(files);
  if (journals.firstDay === undefined)
    throw new StartupError(
      `There is no register's journal in ${folders.join(", ")}: name where they are with --journals.`,
    );
  const { records, close } = await openRecords(options, files);
  try {
    const result = await reconcile({
      records,
      journals,
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    });
    const holds = isWhole(result);
    if (options.json) console.log(JSON.stringify({ holds, ...result }, null, 2));
    else console.log(text(result, options.uncertain === true));
    return holds ? "holds" : "found";
  } finally {
    await close();
  }
}

async function openRecords(
  { log, database, data }: ReconcileOptions,
  files: Awaited<ReturnType<typeof import("@truc/audit/reconcile").journalFilesIn>>,
): Promise<{ records: RecordSource; close: () => Promise<void> }> {
  const nothing = async (): Promise<void> => {};
  const { databaseSource, ROUTER, RouterJournalSource, SegmentSource } =
    await import("@truc/audit/reconcile");
  if (log.length > 0) {
    const records = await SegmentSource.open(log).catch((error: unknown) => {
      throw new StartupError(
        `The log cannot be read in ${log.join(", ")}: ${whyNotRead(error)}. Name exported segments with --log.`,
        { cause: error },
      );
    });
    return { records, close: nothing };
  }
  const ofRouters = files.filter(({ name }) => name === ROUTER);
  const { readPlatformFile } = await import("../../all-in-one/platform-file.ts");
  const isRunning = (await readPlatformFile(resolve(data))) !== undefined;
  if (database === undefined && !isRunning && ofRouters.length > 0)
    return { records: new RouterJournalSource(ofRouters), close: nothing };
  const db = await openAuditDatabase(database, data, "reconcile");
  return { records: databaseSource(db), close: async () => await db.close() };
}

function isWhole({ findings, unreadable, withoutJournal }: Reconciliation): boolean {
  return (
    findings.length === 0 && unreadable.length === 0 && Object.keys(withoutJournal).length === 0
  );
}

function text(result: Reconciliation, listsUncertain: boolean): string {
  const { from, to, agreed, findings, uncertain, withoutJournal, unreadable, outside } = result;
  const span =
    from === undefined || to === undefined
      ? "There is neither a record nor a journal."
      : `From ${from.toISOString()} to ${to.toISOString()}: ${agreed} fetches are on record and in the journals.`;
  const lines = [span];
  const listed = [
    ...findings,
    ...(listsUncertain ? uncertain.map((each) => ({ ...each, kind: "uncertain" })) : []),
  ];
  if (listed.length > 0) {
    const rows = listed.map((each) => [
      each.kind,
      each.subgraph,
      each.id,
      String(each.count),
      each.time,
      each.system ?? "",
      each.purpose ?? "",
      each.text,
    ]);
    const head = ["found", "subgraph", "request", "fetches", "time", "system", "purpose", "what"];
    lines.push("", table(head, rows), "");
  }
  for (const { where, reason } of unreadable) lines.push(`Not readable: ${where}: ${reason}.`);
  for (const [name, count] of Object.entries(withoutJournal))
    lines.push(`There is no journal of ${name}: ${count} fetches on record were not looked for.`);
  if (outside > 0) lines.push(`${outside} journal lines before or after that were not judged.`);
  if (!listsUncertain && uncertain.length > 0)
    lines.push(
      `${uncertain.length} reads are uncertain: they gave no answer, or were under way where the log ends; --uncertain lists them.`,
    );
  lines.push(
    findings.length === 0 ? "Neither side lacks a read." : `${findings.length} reads do not agree.`,
  );
  return lines.join("\n");
}
