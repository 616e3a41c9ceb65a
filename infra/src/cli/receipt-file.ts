import { open, rm, writeFile } from "node:fs/promises";
import type { ReceiptFile } from "@truc/audit/verifier";
import { RECEIPT_HEADER, RECEIPT_KEYS_PATH } from "@truc/contracts";
import { StartupError } from "@truc/service";
import type { Exchange } from "./session.ts";
import { whyNotRead } from "./why-not-read.ts";

/** What an answer's signature covers, and the signature. */
const PROOF = ["content-digest", RECEIPT_HEADER, "signature-input", "signature"];

/**
 * Makes sure that the file can be made before anything is asked: a receipt that cannot be kept is lost for good.
 * @throws StartupError when it cannot, or something of that name is there: a receipt is not written over
 */
export async function refuseUnwritable(file: string): Promise<void> {
  try {
    await (await open(file, "wx", 0o600)).close();
    await rm(file);
  } catch (error) {
    const isThere = (error as { code?: unknown }).code === "EEXIST";
    throw new StartupError(
      isThere
        ? `The file ${file} is there already: name another for the receipt.`
        : `The receipt cannot be written to ${file} (${reason(error)}): nothing was asked; name another file.`,
      { cause: error },
    );
  }
}

function reason(error: unknown): string {
  const isMissing = (error as { code?: unknown }).code === "ENOENT";
  return isMissing ? "there is no such folder" : whyNotRead(error);
}

/**
 * Writes what was asked and answered, with the signature and the keys to verify it with, so that only the owner of the
 * file can read it.
 * @throws StartupError when the answer carries no receipt, or the file cannot be written
 */
export async function writeReceipt(file: string, { request, answer }: Exchange): Promise<void> {
  const { status, headers, body } = answer;
  const missing = PROOF.filter((name) => !headers.has(name));
  if (missing.length > 0)
    throw new StartupError(`The answer carries no receipt, so ${file} was not written.`);
  const content: ReceiptFile = {
    format: 1,
    request,
    answer: { status, headers: named(headers, ["content-type", ...PROOF]), body },
    keys: await keysOf(request.url),
  };
  try {
    const text = `${JSON.stringify(content, null, 2)}\n`;
    await writeFile(file, text, { mode: 0o600, flag: "wx", flush: true });
  } catch (error) {
    throw new StartupError(`The receipt could not be written to ${file} (${whyNotRead(error)}).`, {
      cause: error,
    });
  }
}

function named(headers: Headers, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (headers.has(name) ? [[name, headers.get(name)!]] : [])),
  );
}

/** The keys that the router at an address publishes. */
async function keysOf(graphql: string): Promise<NonNullable<ReceiptFile["keys"]>> {
  const address = new URL(RECEIPT_KEYS_PATH, graphql);
  try {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    return (await response.json()) as NonNullable<ReceiptFile["keys"]>;
  } catch (error) {
    throw new StartupError(`The keys for receipts cannot be read at ${address.href}.`, {
      cause: error,
    });
  }
}
