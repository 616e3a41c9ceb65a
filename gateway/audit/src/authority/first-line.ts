/**
 * The first line of a stream of UTF-8 text; the rest is not read.
 * @param maxBytes the longest line believed
 * @throws Error when it is longer, or when the stream ends before the line does
 */
export async function firstLine(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    const end = chunk.indexOf(LINE_FEED);
    const piece = end === -1 ? chunk : chunk.subarray(0, end);
    bytes += piece.length;
    if (bytes > maxBytes) throw new Error("its line is too long");
    pieces.push(piece);
    if (end !== -1) return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(pieces));
  }
  throw new Error("it ended before its first line did");
}

const LINE_FEED = 0x0a;
