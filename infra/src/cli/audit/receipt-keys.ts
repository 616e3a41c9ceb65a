import type { JsonWebKey } from "node:crypto";
import { resolve } from "node:path";
import { RECEIPT_KEYS_PATH } from "@truc/contracts";
import { StartupError } from "@truc/service";
import { readPlatformFile } from "../../all-in-one/platform-file.ts";
import { whyNotRead } from "../why-not-read.ts";
import { textAt } from "./text-at.ts";

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
    const { keys } = JSON.parse(await textAt(place)) as { keys?: unknown };
    if (!Array.isArray(keys)) throw new Error("it is no JWK set");
    return keys as JsonWebKey[];
  } catch (error) {
    throw new StartupError(
      `The keys for receipts cannot be read at ${place}: ${whyNotRead(error)}. Name with --keys a file with them, or the address at which the router gives them (${RECEIPT_KEYS_PATH}).`,
      { cause: error },
    );
  }
}
