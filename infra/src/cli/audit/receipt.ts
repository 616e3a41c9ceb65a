import { rename, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import {
  type Inclusion,
  type ReceiptFile,
  type ReceiptHeader,
  verifyReceipt,
} from "@truc/audit/verifier";
import { Command } from "commander";
import { aboutPlatform } from "../running-platform.ts";
import { askAuditProcess, auditOriginIn } from "./audit-process.ts";
import { noteKeys } from "./note-keys.ts";
import { readReceipt } from "./paths.ts";
import { receiptKeys } from "./receipt-keys.ts";
import { judging, type Verdict, verdict } from "./verdict.ts";

interface ReceiptOptions {
  audit?: string;
  key: string[];
  keys?: string;
  data: string;
}

/** A record comes into the log's order a moment after its answer. */
const TRIES = 40;
const BETWEEN_TRIES_MS = 250;

/** `truc audit receipt`: completes a receipt with the proof that its record is in the log. */
export function receiptCommand(): Command {
  return aboutPlatform(judging(new Command("receipt")))
    .description(
      "asks the audit process for the proof that a receipt's record is in the log, and writes it into the file. Exit code 0 when the receipt holds, 1 when it does not, 2 when it cannot be said",
    )
    .argument("<file>", "the receipt, as query --receipt wrote it")
    .option("--audit <url>", "the audit process; that of the running platform when left out")
    .option(
      "--key <key>",
      "the log's key for checkpoints, or a file or an address with it; what the audit process says when left out",
      (value: string, before: string[]) => [...before, value],
      [],
    )
    .option(
      "--keys <file>",
      "the platform's keys for receipts: a file or an address. Of the running platform when left out",
    )
    .action(async (path: string, options: ReceiptOptions) => {
      await verdict(async () => await complete(path, options));
    });
}

async function complete(path: string, options: ReceiptOptions): Promise<Verdict> {
  const { audit, key, data } = options;
  const file = await readReceipt(path);
  const { inclusion: _, ...plain } = file;
  const trusted = await receiptKeys(options.keys, data);
  const keys = trusted === undefined ? {} : { keys: trusted };
  const before = await verifyReceipt(plain, keys);
  for (const { part, text } of before.findings)
    console.log(`${path}: ${part} does not hold: ${text}.`);
  if (before.findings.length > 0 || before.receipt === undefined) return "found";
  const origin = audit ?? (await auditOriginIn(data));
  const trustedKeys = await logKeys(key, origin);
  const inclusion = await inclusionOf(origin, before.receipt);
  if (inclusion === undefined) {
    const { router, sequence } = before.receipt;
    console.log(`${path}: the log has no record ${sequence} of router ${router}.`);
    return "found";
  }
  const [checkpointKey] = trustedKeys;
  const completed: ReceiptFile = {
    ...plain,
    inclusion,
    ...(checkpointKey !== undefined && { checkpointKey }),
  };
  const { findings, unsaid, position } = await verifyReceipt(completed, {
    ...keys,
    noteKeys: trustedKeys,
  });
  for (const { part, text } of findings) console.log(`${path}: ${part} does not hold: ${text}.`);
  if (findings.length > 0) return "found";
  await replace(path, completed);
  console.log(
    `${path} is complete: its record is at position ${position} of the log, proven for its first ${inclusion.size} records.`,
  );
  for (const { part, text } of unsaid)
    console.log(
      `${path}: whether its ${part} holds cannot be said: ${text}; name the platform's with --keys.`,
    );
  return unsaid.length === 0 ? "holds" : "unsaid";
}

async function logKeys(given: readonly string[], origin: string): Promise<string[]> {
  if (given.length > 0) return await noteKeys(given, "");
  const answer = await askAuditProcess(origin, "/keys");
  return (answer ?? "").split(/[\s"]+/).filter((word) => /^[^+]+\+[0-9a-f]{8}\+/.test(word));
}

/** Undefined where the log does not have the record, after a while. */
async function inclusionOf(origin: string, receipt: ReceiptHeader): Promise<Inclusion | undefined> {
  const { router, sequence } = receipt;
  const query = new URLSearchParams({ router, sequence: String(sequence) });
  for (let tries = 0; tries < TRIES; tries++) {
    if (tries > 0) await pause(BETWEEN_TRIES_MS);
    const text = await askAuditProcess(origin, `/proof/inclusion?${query.toString()}`);
    if (text === undefined) continue;
    const { position, leaf, size, proof, checkpoint } = JSON.parse(text) as Inclusion;
    return { position, leaf, size, proof, checkpoint };
  }
  return undefined;
}

/** Whole or not at all, and as private as before. */
async function replace(path: string, file: ReceiptFile): Promise<void> {
  const next = `${path}.new`;
  await writeFile(next, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(next, path);
}
