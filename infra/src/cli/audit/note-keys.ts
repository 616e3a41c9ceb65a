import { resolve } from "node:path";
import { parseNoteKey } from "@truc/audit/verifier";
import { StartupError } from "@truc/service";
import { readPlatformFile } from "../../all-in-one/platform-file.ts";
import { whyNotRead } from "../why-not-read.ts";
import { askAuditProcess } from "./audit-process.ts";
import { textAt } from "./text-at.ts";

/** Keys for notes in any text: `name+id+key`. */
const NOTE_KEY = /[^\s"+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*/g;

/**
 * The keys whose checkpoints are believed: those that were given, as they are, in files or at addresses, or else those of the audit
 * process of a running platform. Never those of an export: whoever changed it could have put them there.
 * @throws StartupError when there is none
 */
export async function noteKeys(given: readonly string[], data: string): Promise<string[]> {
  const keys = given.length > 0 ? await Promise.all(given.map(keysIn)) : [await keysOf(data)];
  return keys.flat();
}

async function keysIn(text: string): Promise<string[]> {
  if (isKey(text)) return [text];
  const content = await textAt(text).catch((error: unknown) => {
    throw new StartupError(
      `No key for checkpoints can be read at ${text}: ${whyNotRead(error)}. Name with --key the key itself, a file with it, or the address at which the audit process gives it (/keys).`,
      { cause: error },
    );
  });
  const keys = (content.match(NOTE_KEY) ?? []).filter(isKey);
  if (keys.length === 0)
    throw new StartupError(`There is no key for checkpoints at ${text}: name another with --key.`);
  return keys;
}

/** @throws StartupError */
async function keysOf(data: string): Promise<string[]> {
  const platform = await readPlatformFile(resolve(data));
  if (platform === undefined) {
    throw new StartupError(
      "Whose checkpoints are to be believed? Name the log's key with --key: without it, whoever changed the log could have signed it.",
    );
  }
  const answer = await askAuditProcess(platform.audit, "/keys");
  return ((answer ?? "").match(NOTE_KEY) ?? []).filter(isKey);
}

function isKey(text: string): boolean {
  try {
    parseNoteKey(text);
    return true;
  } catch {
    return false;
  }
}
