import { readFile } from "node:fs/promises";

/** How long an address may take to answer. */
const PATIENCE_MS = 10_000;

/** What a file holds, or an address (http, https) answers. @throws when it cannot be read */
export async function textAt(place: string): Promise<string> {
  if (!/^https?:/.test(place)) return await readFile(place, "utf8");
  const response = await fetch(place, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!response.ok) throw new Error(`it answered ${response.status}`);
  return await response.text();
}
