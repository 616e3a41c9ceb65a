import { resolve } from "node:path";
import {
  type Finding,
  type JournalReport,
  type LogReport,
  verifyLog,
  verifyRouterJournal,
} from "@truc/audit/verifier";
import { Command, InvalidArgumentError } from "commander";
import { readPlatformFile } from "../../all-in-one/platform-file.ts";
import { aboutPlatform } from "../running-platform.ts";
import { table } from "../table.ts";
import { noteKeys } from "./note-keys.ts";
import { keptCheckpoints, type Verifiable, verifiableAt } from "./paths.ts";
import { receiptKeys } from "./receipt-keys.ts";
import {
  judgeReceipt,
  machineWordsOf,
  receiptText,
  type ReceiptVerdict,
} from "./receipt-verdict.ts";
import { judging, type Verdict, verdict } from "./verdict.ts";

interface VerifyOptions {
  key: string[];
  keys?: string;
  checkpoint: string[];
  threads?: number;
  json?: boolean;
  data: string;
}

/** `truc audit verify`: holds exported segments and receipts against the log's and the platform's signatures. */
export function verifyCommand(): Command {
  return aboutPlatform(judging(new Command("verify")))
    .description(
      "verifies exported segments, as the one log they are of, and receipts, offline; given both, it names the record that a receipt is of. Exit code 0 when all holds, 1 when something was found, 2 when it cannot be said",
    )
    .argument(
      "<path...>",
      "segments' folders, folders of them, routers' journals, and files of receipts",
    )
    .option(
      "--key <key>",
      "the log's key for checkpoints, or a file or an address with it; may be repeated. Of the running platform when left out",
      added,
      [],
    )
    .option(
      "--keys <file>",
      "the platform's keys for receipts: a file or an address. Of the running platform when left out",
    )
    .option(
      "--checkpoint <file>",
      "a checkpoint, or a consistency proof, that was kept elsewhere; may be repeated",
      added,
      [],
    )
    .option("--threads <n>", "how many threads examine records", threadsIn)
    .option("--json", "prints what was found as JSON")
    .action(async (paths: string[], options: VerifyOptions) => {
      await verdict(async () => await verify(await verifiableAt(paths), options));
    });
}

function added(value: string, before: string[]): string[] {
  return [...before, value];
}

function threadsIn(text: string): number {
  const threads = Number(text);
  if (Number.isInteger(threads) && threads >= 0 && threads <= 64) return threads;
  throw new InvalidArgumentError("it is a number from 0 to 64");
}

async function verify(
  { segments, journals, receipts }: Verifiable,
  options: VerifyOptions,
): Promise<Verdict> {
  const needsLogKey = segments.length > 0 || options.key.length > 0;
  const hasProof = receipts.some(({ file }) => file.inclusion !== undefined);
  const needsKey = needsLogKey || (hasProof && (await isPlatformIn(options.data)));
  const noteKeysOfLog = needsKey ? await noteKeys(options.key, options.data) : undefined;
  const log =
    segments.length === 0 ? undefined : await logReport(segments, noteKeysOfLog ?? [], options);
  const keys = receipts.length === 0 ? undefined : await receiptKeys(options.keys, options.data);
  const judged: ReceiptVerdict[] = [];
  for (const receipt of receipts)
    judged.push(await judgeReceipt(receipt, { keys, noteKeys: noteKeysOfLog, segments }));
  const ofRouters = journals.map(verifyRouterJournal);
  const said = verdictOf([...(log === undefined ? [] : [log]), ...ofRouters], judged);
  const reports = { log, journals: ofRouters, receipts: judged };
  if (options.json) console.log(JSON.stringify(machineWords(said, reports), null, 2));
  else {
    const text = [...(log ? logText(log) : []), ...ofRouters.flatMap(journalText)];
    console.log([...text, ...judged.flatMap(receiptText)].join("\n"));
  }
  return said;
}

async function isPlatformIn(data: string): Promise<boolean> {
  return (await readPlatformFile(resolve(data))) !== undefined;
}

function verdictOf(
  reports: readonly { findings: readonly unknown[] }[],
  receipts: readonly ReceiptVerdict[],
): Verdict {
  if (reports.some(({ findings }) => findings.length > 0)) return "found";
  const all = receipts.map(({ verdict }) => verdict);
  return all.includes("found") ? "found" : all.includes("unsaid") ? "unsaid" : "holds";
}

async function logReport(
  segments: readonly string[],
  keys: readonly string[],
  { checkpoint, threads }: VerifyOptions,
): Promise<LogReport> {
  return await verifyLog(segments, {
    keys,
    ...(await keptCheckpoints(checkpoint)),
    ...(threads !== undefined && { threads }),
  });
}

interface Reports {
  log: LogReport | undefined;
  journals: readonly JournalReport[];
  receipts: readonly ReceiptVerdict[];
}

function machineWords(verdict: Verdict, { log, journals, receipts }: Reports): unknown {
  return {
    holds: verdict === "holds",
    verdict,
    segments: (log?.segments ?? []).map(({ folder, origin, from, to, checkpoints }) => ({
      folder,
      origin,
      from,
      to,
      checkpoints,
    })),
    findings: log?.findings ?? [],
    more: log?.more ?? 0,
    warnings: log?.warnings ?? [],
    journals,
    receipts: receipts.map(machineWordsOf),
  };
}

function logText({ segments, findings, more, warnings }: LogReport): string[] {
  const records = segments.reduce((sum, { from, to }) => sum + (to - from), 0);
  const checkpoints = segments.reduce((sum, each) => sum + each.checkpoints, 0);
  const [origin] = new Set(segments.map((each) => each.origin));
  const lines = warnings.map((warning) => `Warning: ${warning}.`);
  if (findings.length === 0) {
    const of = `${records} records of ${origin}, ${checkpoints} checkpoints`;
    return [...lines, `Everything holds: ${of}.`];
  }
  return [...lines, ...findingsText(findings, more)];
}

function journalText({ folder, records, routers, findings, more }: JournalReport): string[] {
  if (findings.length > 0) return [`${folder}:`, ...findingsText(findings, more)];
  return [
    `${folder} holds: ${records} records of ${routers} router processes. Nobody has signed them.`,
  ];
}

function findingsText(findings: readonly Finding[], more: number): string[] {
  const rows = findings.map(({ kind, from, to, text, where }) => [
    kind,
    from === undefined ? "" : from === to ? String(from) : `${from} to ${to}`,
    text,
    where ?? "",
  ]);
  const count = findings.length + more;
  return [
    table(["found", "positions", "what", "where"], rows),
    "",
    `${count === 1 ? "One thing does" : `${count} things do`} not hold${more > 0 ? `, of which ${more} are not listed` : ""}.`,
  ];
}
