import { FeedLine } from "@truc/contracts";

/** The longest line believed, in characters: a registry of a hundred thousand grants is shorter. */
const MAX_LINE = 128 * 1024 * 1024;

/**
 * The lines of a feed as they arrive, however the network cut them up.
 * @throws Error at the first line that is none, or too long; nothing after it is worth reading
 */
export async function* feedLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<FeedLine> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let pieces: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const [first = "", ...rest] = decoder.decode(chunk, { stream: true }).split("\n");
    pieces.push(first);
    length += first.length;
    if (length > MAX_LINE) throw new Error("a line of the feed is too long");
    for (const next of rest) {
      yield lineOf(pieces.join(""));
      pieces = [next];
      length = next.length;
    }
  }
}

function lineOf(text: string): FeedLine {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    // The parser's message quotes the text.
    throw new Error("a line of the feed is no JSON");
  }
  const { success, data, error } = FeedLine.safeParse(line);
  if (success) return data;
  throw new Error(`a line of the feed has another form at ${error.issues[0]?.path.join(".")}`);
}
