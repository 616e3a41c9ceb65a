import { createReadStream } from "node:fs";

/**
 * A file's lines, a block of it at a time. What follows the last line feed is a line that is being written, or that a
 * crash tore: it is none yet.
 */
export async function* linesOf(file: string): AsyncGenerator<string> {
  let begun = "";
  for await (const block of createReadStream(file, { encoding: "utf8" })) {
    const lines = `${begun}${block as string}`.split("\n");
    begun = lines.pop()!;
    yield* lines;
  }
}

/** Undefined where the text is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
