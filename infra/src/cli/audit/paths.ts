import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type ConsistencyProof, type ReceiptFile, routerJournalIn } from "@truc/audit/verifier";
import { StartupError } from "@truc/service";
import { whyNotRead } from "../why-not-read.ts";

/** What there is to verify. */
export interface Verifiable {
  /** Folders of segments. */
  readonly segments: readonly string[];
  /** Folders of routers' journals. */
  readonly journals: readonly string[];
  readonly receipts: readonly { readonly path: string; readonly file: ReceiptFile }[];
}

const HEAD = "segment.json";

/**
 * Tells segments, routers' journals and receipts apart; a folder of segments stands for all in it.
 * @throws StartupError when a path is neither
 */
export async function verifiableAt(paths: readonly string[]): Promise<Verifiable> {
  const segments: string[] = [];
  const journals: string[] = [];
  const receipts: { path: string; file: ReceiptFile }[] = [];
  for (const path of paths) {
    if (!(await isFolder(path))) receipts.push({ path, file: await readReceipt(path) });
    else if (routerJournalIn(path).length > 0) journals.push(path);
    else segments.push(...(await segmentsIn(path)));
  }
  return { segments, journals, receipts };
}

/** A receipt that `truc query --receipt` wrote. @throws StartupError */
export async function readReceipt(path: string): Promise<ReceiptFile> {
  const file = (await readJson(path)) as Partial<ReceiptFile> | null;
  const { request, answer } = file ?? {};
  const isReceipt =
    file?.format === 1 &&
    typeof request?.url === "string" &&
    typeof request.method === "string" &&
    typeof request.body === "string" &&
    typeof answer?.body === "string" &&
    typeof answer.status === "number" &&
    typeof answer.headers === "object";
  if (!isReceipt) throw new StartupError(`${path} is neither a segment's folder nor a receipt.`);
  return file as ReceiptFile;
}

/** Checkpoints that were kept: notes as they are, and consistency proofs as the audit process gives them. */
export async function keptCheckpoints(
  paths: readonly string[],
): Promise<{ checkpoints: string[]; proofs: ConsistencyProof[] }> {
  const checkpoints: string[] = [];
  const proofs: ConsistencyProof[] = [];
  for (const path of paths) {
    const text = await readText(path);
    if (!text.trimStart().startsWith("{")) {
      checkpoints.push(text);
      continue;
    }
    const value = (await readJson(path)) as Partial<ConsistencyProof> & { checkpoint?: string };
    const { from, to, proof, checkpoint } = value;
    if (typeof from !== "number" || typeof to !== "number" || !Array.isArray(proof))
      throw new StartupError(`${path} holds neither a checkpoint nor a consistency proof.`);
    proofs.push({ from, to, proof });
    if (typeof checkpoint === "string") checkpoints.push(checkpoint);
  }
  return { checkpoints, proofs };
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: Error) => {
    throw new StartupError(`${path} cannot be read: ${whyNotRead(error)}.`, { cause: error });
  });
  return found.isDirectory();
}

async function segmentsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  if (names.includes(HEAD)) return [folder];
  const inside: string[] = [];
  for (const name of names.toSorted()) {
    const path = join(folder, name);
    const isSegment = await stat(join(path, HEAD)).then(
      () => true,
      () => false,
    );
    if (isSegment) inside.push(path);
  }
  if (inside.length === 0) throw new StartupError(`There is no exported segment in ${folder}.`);
  return inside;
}

async function readText(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((error: Error) => {
    throw new StartupError(`${path} cannot be read: ${whyNotRead(error)}.`, { cause: error });
  });
}

async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new StartupError(`${path} is neither a segment's folder nor a receipt.`);
  }
}
