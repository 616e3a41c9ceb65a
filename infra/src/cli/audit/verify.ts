import {
  type Finding,
  type JournalReport,
  type LogReport,
  type ReceiptReport,
  verifyLog,
  verifyReceipt,
  verifyRouterJournal,
} from "@truc/audit/verifier";
import { StartupError } from "@truc/service";
import { Command } from "commander";
import { aboutPlatform } from "../running-platform.ts";
import { table } from "../table.ts";
import { noteKeys } from "./note-keys.ts";
import { keptCheckpoints, type Verifiable, verifiableAt } from "./paths.ts";
import { receiptKeys } from "./receipt-keys.ts";
import { judging, verdict } from "./verdict.ts";

interface VerifyOptions {
  key: string[];
  keys?: string;
  checkpoint: string[];
  threads?: number;
  json?: boolean;
  data: string;
}

interface ReceiptVerdict extends ReceiptReport {
  path: string;
}

/** `truc audit verify`: holds exported segments and receipts against the log's and the platform's signatures. */
export function verifyCommand(): Command {
  return aboutPlatform(judging(new Command("verify")))
    .description(
      "verifies exported segments, as the one log they are of, and receipts, offline. Exit code 0 when all holds, 1 when something was found, 2 when it cannot be said",
    )
    .argument(
      "<path...>",
      "segments' folders, folders of them, routers' journals, and files of receipts",
    )
    .option(
      "--key <key>",
      "the log's key for checkpoints, or a file with it; may be repeated. Of the running platform when left out",
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
  throw new StartupError("--threads is a number from 0 to 64.");
}

async function verify(
  { segments, journals, receipts }: Verifiable,
  options: VerifyOptions,
): Promise<boolean> {
  const needsLogKey = segments.length > 0 || options.key.length > 0;
  const keys = needsLogKey ? await noteKeys(options.key, options.data) : await tolerant(options);
  const log = segments.length === 0 ? undefined : await logReport(segments, keys ?? [], options);
  const trusted = receipts.length === 0 ? undefined : await receiptKeys(options.keys, options.data);
  const verdicts: ReceiptVerdict[] = [];
  for (const { path, file } of receipts) {
    const given = {
      ...(trusted !== undefined && { keys: trusted }),
      ...(keys !== undefined && { noteKeys: keys }),
    };
    verdicts.push({ path, ...(await verifyReceipt(file, given)) });
  }
  const ofRouters = journals.map(verifyRouterJournal);
  const all = [...(log === undefined ? [] : [log]), ...ofRouters, ...verdicts];
  const holds = all.every(({ findings }) => findings.length === 0);
  const reports = { log, journals: ofRouters, receipts: verdicts };
  if (options.json) console.log(JSON.stringify(machineWords(holds, reports), null, 2));
  else {
    const text = [...(log ? logText(log) : []), ...ofRouters.flatMap(journalText)];
    console.log([...text, ...verdicts.flatMap(receiptText)].join("\n"));
  }
  return holds;
}

/** Receipts may name a key themselves, with a warning, where there is no other. */
async function tolerant({ data }: VerifyOptions): Promise<string[] | undefined> {
  return await noteKeys([], data).catch(() => undefined);
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

function machineWords(holds: boolean, { log, journals, receipts }: Reports): unknown {
  return {
    holds,
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
    receipts: receipts.map(({ path, receipt, findings, warnings, position, signed }) => ({
      path,
      id: receipt?.id ?? null,
      signed: signed === undefined ? null : new Date(signed).toISOString(),
      position: position ?? null,
      findings,
      warnings,
    })),
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

function receiptText({
  path,
  receipt,
  findings,
  warnings,
  position,
  signed,
}: ReceiptVerdict): string[] {
  const lines = warnings.map((warning) => `Warning: ${warning}.`);
  for (const { part, text } of findings) lines.push(`${path}: ${part} does not hold: ${text}.`);
  if (findings.length > 0 || receipt === undefined) return lines;
  const when = signed === undefined ? "" : `, signed at ${new Date(signed).toISOString()}`;
  const where = position === undefined ? "" : `; its record is at position ${position} of the log`;
  return [...lines, `${path} holds: request ${receipt.id}${when}${where}.`];
}
