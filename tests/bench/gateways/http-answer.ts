/** An HTTP/1.1 answer, whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
  /** How many bytes it takes with its head. */
  readonly length: number;
  /** Whether the server closes the connection after it. */
  readonly closes: boolean;
}

const HEAD_END = Buffer.from("\r\n\r\n");
const LINE_END = Buffer.from("\r\n");

/**
 * Reads the answer to a POST at the front of what a connection has brought: only as much of HTTP as servers on the same
 * machine speak to callers who want no more than status and body. Bodies have a length or come in chunks (RFC 9112,
 * 6.2 and 7.1).
 * @returns undefined while it is not whole
 * @throws Error where it is something else
 */
export function readAnswer(bytes: Buffer): HttpAnswer | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const head = bytes.toString("latin1", 0, headEnd);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
  if (Number.isNaN(status)) throw new Error(`no HTTP/1.1 answer: ${head.slice(0, 100)}`);
  const from = headEnd + HEAD_END.length;
  const closes = /\r\nconnection: *close/i.test(head);
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
  if (length !== undefined) {
    const end = from + Number(length);
    if (bytes.length < end) return undefined;
    return { status, body: bytes.subarray(from, end), length: end, closes };
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head))
    throw new Error(`an answer without a length: ${head.slice(0, 100)}`);
  const chunks = readChunks(bytes, from);
  return chunks && { status, ...chunks, closes };
}

function readChunks(bytes: Buffer, from: number): Pick<HttpAnswer, "body" | "length"> | undefined {
  const chunks: Buffer[] = [];
  for (let at = from; ;) {
    const sizeEnd = bytes.indexOf(LINE_END, at);
    if (sizeEnd === -1) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, sizeEnd), 16);
    if (Number.isNaN(size)) throw new Error("a chunk without a size");
    const data = sizeEnd + LINE_END.length;
    at = data + size + LINE_END.length;
    if (bytes.length < at) return undefined;
    if (size === 0) return { body: Buffer.concat(chunks), length: at };
    chunks.push(bytes.subarray(data, data + size));
  }
}
