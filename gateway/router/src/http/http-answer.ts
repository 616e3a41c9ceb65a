import { ITEM_BYTES_HEADER } from "@truc/contracts";
import type { Receiver } from "./transport.ts";

/** What came is no HTTP/1.1 answer, or one that different readers might read differently. */
export class MalformedAnswer extends Error {
  override readonly name = "MalformedAnswer";
}

const MAX_HEAD_BYTES = 16 * 1024;
const MAX_CHUNK_LINE_BYTES = 1024;
const END_OF_HEAD = "\r\n\r\n";
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const LF = 0x0a;
const CR = 0x0d;

type State = "head" | "counted" | "to-the-end" | "chunk-line" | "chunk" | "chunk-end" | "trailer";

/**
 * Reads the answer to one POST out of a connection's bytes, piece by piece as they come (RFC 9112). What can be read in
 * two ways is refused rather than guessed at: the next answer on a connection must never begin inside this one.
 */
export class HttpAnswer {
  /** For how long the server keeps the connection, where it says so. */
  keepSeconds: number | undefined;
  /** Whether another message may follow on the connection. */
  persistent = true;
  /** Whether any byte of it has come. */
  begun = false;
  readonly #receiver: Receiver;
  #state: State = "head";
  /** What is not complete enough to be read: of the head, or of a line between chunks. */
  #held: Buffer | undefined;
  #left = 0;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  /**
   * Takes bytes in and tells the receiver of the head and the body, not of the end.
   * @returns how many bytes belonged to the answer once it is complete; undefined before
   * @throws MalformedAnswer
   */
  push(bytes: Buffer): number | undefined {
    this.begun = true;
    const held = this.#held;
    this.#held = undefined;
    const all = held === undefined ? bytes : Buffer.concat([held, bytes]);
    const complete = this.#read(all);
    return complete === undefined ? undefined : complete - (held?.length ?? 0);
  }

  /** The connection has ended. @returns whether the answer is complete by that */
  endsHere(): boolean {
    return this.#state === "to-the-end";
  }

  #read(bytes: Buffer): number | undefined {
    let at = 0;
    for (;;) {
      switch (this.#state) {
        case "head": {
          const end = bytes.indexOf(END_OF_HEAD, at, "latin1");
          if (end === -1 || end - at > MAX_HEAD_BYTES) {
            if (bytes.length - at > MAX_HEAD_BYTES)
              throw new MalformedAnswer("its head is too long");
            this.#hold(bytes, at);
            return undefined;
          }
          const complete = this.#head(bytes.toString("latin1", at, end));
          at = end + END_OF_HEAD.length;
          if (complete) return at;
          break;
        }
        case "counted": {
          const here = Math.min(this.#left, bytes.length - at);
          this.#left -= here;
          if (here > 0) this.#receiver.body(bytes.subarray(at, at + here), this.#left === 0);
          at += here;
          return this.#left === 0 ? at : undefined;
        }
        case "to-the-end":
          if (at < bytes.length) this.#receiver.body(bytes.subarray(at), false);
          return undefined;
        case "chunk": {
          const here = Math.min(this.#left, bytes.length - at);
          this.#left -= here;
          if (here > 0) this.#receiver.body(bytes.subarray(at, at + here), false);
          at += here;
          if (this.#left > 0) return undefined;
          this.#state = "chunk-end";
          break;
        }
        default: {
          const end = lineEnd(bytes, at);
          if (end === undefined) {
            this.#hold(bytes, at);
            return undefined;
          }
          const complete = this.#line(bytes.toString("latin1", at, end - 2));
          at = end;
          if (complete) return at;
        }
      }
    }
  }

  #hold(bytes: Buffer, from: number): void {
    // The buffer is the connection's, and is written to again.
    if (from < bytes.length) this.#held = Buffer.from(bytes.subarray(from));
  }

  /** A line between chunks. @returns whether it was the last one */
  #line(line: string): boolean {
    if (this.#state === "chunk-line") {
      const [, size] = /^([0-9A-Fa-f]{1,8})[\t ]*(?:;.*)?$/.exec(line) ?? [];
      if (size === undefined) throw new MalformedAnswer("a chunk has no size");
      this.#left = Number.parseInt(size, 16);
      this.#state = this.#left === 0 ? "trailer" : "chunk";
      return false;
    }
    if (this.#state === "chunk-end") {
      if (line !== "") throw new MalformedAnswer("a chunk is longer than it says");
      this.#state = "chunk-line";
      return false;
    }
    return line === "";
  }

  /** @returns whether the answer has no body, and is complete */
  #head(text: string): boolean {
    const lines = text.split("\r\n");
    const [, minor, code] = STATUS_LINE.exec(lines[0]!) ?? [];
    if (code === undefined) throw new MalformedAnswer("its first line is not that of an answer");
    const status = Number(code);
    if (status === 101) throw new MalformedAnswer("it changes the protocol");
    const facts = readHeaders(lines);
    // What comes before the answer says nothing of it.
    if (status < 200) return false;
    this.keepSeconds = facts.keepSeconds;
    this.persistent = facts.keepsOpen ?? minor === "1";
    this.#receiver.head(status, facts.itemBytes);
    if (status === 204 || status === 304) return true;
    if (facts.chunked) {
      if (facts.length !== undefined || minor === "0")
        throw new MalformedAnswer("its length is said in two ways");
      this.#state = "chunk-line";
    } else if (facts.length === undefined) {
      this.#state = "to-the-end";
      this.persistent = false;
    } else {
      this.#state = "counted";
      this.#left = facts.length;
    }
    return facts.length === 0;
  }
}

/** Where the line that begins at `from` ends, its CRLF included; undefined where it is not all there. @throws MalformedAnswer */
function lineEnd(bytes: Buffer, from: number): number | undefined {
  const feed = bytes.indexOf(LF, from);
  const length = (feed === -1 ? bytes.length : feed) - from;
  if (length > MAX_CHUNK_LINE_BYTES) throw new MalformedAnswer("a line is too long");
  if (feed === -1) return undefined;
  if (feed === from || bytes[feed - 1] !== CR) throw new MalformedAnswer("a line ends wrongly");
  return feed + 1;
}

interface HeaderFacts {
  length?: number;
  chunked: boolean;
  /** What `connection` says of the connection, where it does. */
  keepsOpen?: boolean;
  keepSeconds?: number;
  itemBytes?: string;
}

/** What headers say of the answer's length and of the connection. */
function readHeaders(lines: readonly string[]): HeaderFacts {
  const facts: HeaderFacts = { chunked: false };
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index]!;
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    // This catches lines that go on (obs-fold) and blanks before the colon: what smuggling is made of.
    if (colon < 1 || !NAME.test(name) || line.includes("\n") || line.includes("\r"))
      throw new MalformedAnswer("a header has not the form of one");
    switch (name.length) {
      case 10:
        readConnection(name.toLowerCase(), line.slice(colon + 1), facts);
        break;
      case ITEM_BYTES_HEADER.length:
        if (name.toLowerCase() === ITEM_BYTES_HEADER)
          facts.itemBytes = line.slice(colon + 1).trim();
        break;
      case 14:
        if (name.toLowerCase() === "content-length")
          readLength(line.slice(colon + 1).trim(), facts);
        break;
      case 17:
        if (name.toLowerCase() === "transfer-encoding") {
          if (
            facts.chunked ||
            line
              .slice(colon + 1)
              .trim()
              .toLowerCase() !== "chunked"
          )
            throw new MalformedAnswer("its transfer coding is not known");
          facts.chunked = true;
        }
    }
  }
  return facts;
}

function readLength(value: string, facts: HeaderFacts): void {
  if (facts.length !== undefined || !/^\d{1,15}$/.test(value))
    throw new MalformedAnswer("its length is not one number");
  facts.length = Number(value);
}

function readConnection(name: string, value: string, facts: HeaderFacts): void {
  if (name === "connection") {
    const options = value.toLowerCase().split(",");
    for (const option of options.map((text) => text.trim())) {
      if (option === "close") facts.keepsOpen = false;
      if (option === "keep-alive") facts.keepsOpen ??= true;
    }
  }
  if (name !== "keep-alive") return;
  const [, seconds] = /(?:^|[\s,])timeout\s*=\s*(\d{1,6})/i.exec(value) ?? [];
  if (seconds !== undefined) facts.keepSeconds = Number(seconds);
}
