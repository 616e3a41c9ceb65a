import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { StartupError } from "@truc/service";
import { whyNotRead } from "./why-not-read.ts";

/** What a file holds; `-` is standard input. @throws StartupError when it cannot be read */
export async function readDocument(file: string): Promise<string> {
  if (file === "-") return await text(process.stdin);
  return await readFile(file, "utf8").catch((error: Error) => {
    throw new StartupError(`The file ${file} cannot be read: ${whyNotRead(error)}.`, {
      cause: error,
    });
  });
}

/** @param what how the text is called in a sentence: "The variables are" @throws StartupError */
export function parseObject(json: string, what: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // The sentence below fits both.
  }
  throw new StartupError(`${what} not a JSON object.`);
}
