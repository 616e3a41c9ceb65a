import type { JsonWebKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { RECEIPT_KEYS_PATH } from "@truc/contracts";
import { StartupError } from "@truc/service";
import { readPlatformFile } from "../../all-in-one/platform-file.ts";

/**
 * The keys whose receipts are believed: out of a file or from an address (a JWK set), or else those that the router of a
 * running platform publishes; undefined where none runs.
 * @param given file or address
 * @throws StartupError
 */
export async function receiptKeys(
  given: string | undefined,
  data: string,
): Promise<JsonWebKey[] | undefined> {
  if (given !== undefined) return await keysAt(given);
  const platform = await readPlatformFile(resolve(data));
  if (platform === undefined) return undefined;
  return await keysAt(new URL(RECEIPT_KEYS_PATH, platform.graphql).href);
}

async function keysAt(place: string): Promise<JsonWebKey[]> {
  try {
    const text = /^https?:/.test(place)
      ? await (await fetch(place)).text()
      : await readFile(place, "utf8");
    const { keys } = JSON.parse(text) as { keys?: unknown };
    if (!Array.isArray(keys)) throw new Error("it is no JWK set");
    return keys as JsonWebKey[];
  } catch (error) {
    throw new StartupError(
      `The keys for receipts cannot be read at ${place}: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}
