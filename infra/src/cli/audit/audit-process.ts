import { StartupError } from "@truc/service";
import { platformIn } from "../running-platform.ts";
import { whyNotRead } from "../why-not-read.ts";

/** How long a question to the audit process may take. */
const PATIENCE_MS = 10_000;

/** Where the audit process of a running platform answers. @throws StartupError */
export async function auditOriginIn(data: string): Promise<string> {
  return (await platformIn(data)).audit;
}

/**
 * The answer of one of the audit process's public addresses.
 * @param path with its query
 * @returns undefined where it has none (404)
 * @throws StartupError when it does not answer
 */
export async function askAuditProcess(origin: string, path: string): Promise<string | undefined> {
  const url = new URL(path, origin);
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    return await response.text();
  } catch (error) {
    throw new StartupError(
      `The audit process does not answer at ${url.href} (${whyNotRead(error)}).`,
      { cause: error },
    );
  }
}
