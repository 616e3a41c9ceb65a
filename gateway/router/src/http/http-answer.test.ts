import { expect, test } from "vitest";
import { HttpAnswer, MalformedAnswer } from "./http-answer.ts";

interface Read {
  status: number[];
  body: string;
  /** How many bytes belonged to the answer; undefined while it is not complete. */
  complete: number | undefined;
  answer: HttpAnswer;
}

/** Reads a text in pieces of so many bytes, out of one buffer that is written over, as a connection's is. */
function read(text: string, piece: number): Read {
  const seen: Read = { status: [], body: "", complete: undefined, answer: undefined! };
  const chunks: Buffer[] = [];
  seen.answer = new HttpAnswer({
    head: (status) => void seen.status.push(status),
    body: (bytes) => void chunks.push(Buffer.from(bytes)),
    end: () => {},
    fail: () => {},
  });
  const all = Buffer.from(text);
  const buffer = Buffer.alloc(piece);
  for (let at = 0; at < all.length && seen.complete === undefined; at += piece) {
    const length = all.copy(buffer, 0, at, at + piece);
    const complete = seen.answer.push(buffer.subarray(0, length));
    if (complete !== undefined) seen.complete = at + complete;
    buffer.fill(0x58);
  }
  seen.body = Buffer.concat(chunks).toString();
  return seen;
}

const PIECES = [1, 2, 3, 7, 64, 100_000];

test.each([
  ["a length", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nHuế vui", "Huế v"],
  ["a length of nothing", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", ""],
  [
    "chunks",
    'HTTP/1.1 200\r\nTransfer-Encoding: Chunked\r\n\r\n4\r\n{"a"\r\nA;x=y\r\n: "\r\n012"}\r\n0\r\n\r\n',
    '{"a": "\r\n012"}',
  ],
  [
    "chunks and a trailer",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nDigest: y\r\n\r\n",
    "x",
  ],
  [
    "hints before the answer",
    "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx",
    "x",
  ],
  ["no body by its status", "HTTP/1.1 204 No Content\r\n\r\n", ""],
])("an answer with %s is complete at its last byte, however it comes", (_what, text, body) => {
  const length = Buffer.byteLength(text) - (body === "Huế v" ? 2 : 0);
  for (const piece of PIECES) {
    const seen = read(`${text}HTTP/1.1 200 OK\r\n`, piece);
    expect(seen.body, `pieces of ${piece}`).toBe(body);
    expect(seen.complete, `pieces of ${piece}`).toBe(length);
    expect(seen.answer.persistent).toBe(true);
  }
});

test("an answer without a length ends with the connection, and half of one with a length does not", () => {
  const open = read("HTTP/1.1 200 OK\r\nserver: x\r\n\r\nall of it", 5);
  expect([open.body, open.complete, open.answer.endsHere(), open.answer.persistent]).toEqual([
    "all of it",
    undefined,
    true,
    false,
  ]);
  for (const half of [
    "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    "HTTP/1.1 200 OK\r\ncontent-le",
  ])
    expect(read(half, 5).answer.endsHere()).toBe(false);
});

test("what the server says of the connection is heard", () => {
  const facts = (version: string, headers: string) => {
    const { answer } = read(`HTTP/1.${version} 200 OK\r\n${headers}content-length: 0\r\n\r\n`, 9);
    return [answer.persistent, answer.keepSeconds];
  };
  expect(facts("1", "Connection: Close\r\n")).toEqual([false, undefined]);
  expect(facts("1", "connection: keep-alive, close\r\n")).toEqual([false, undefined]);
  expect(facts("1", "Keep-Alive: timeout=5, max=100\r\n")).toEqual([true, 5]);
  expect(facts("0", "")).toEqual([false, undefined]);
  expect(facts("0", "connection: keep-alive\r\n")).toEqual([true, undefined]);
});

test.each([
  ["two lengths", "content-length: 3\r\ncontent-length: 4\r\n\r\n"],
  ["the same length twice", "content-length: 3\r\ncontent-length: 3\r\n\r\n"],
  ["a list of lengths", "content-length: 3, 3\r\n\r\n"],
  ["a length with a sign", "content-length: +3\r\n\r\n"],
  ["a length in hexadecimal", "content-length: 0x3\r\n\r\n"],
  ["a length and chunks", "content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n"],
  ["chunks and a length", "transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n"],
  ["another coding", "transfer-encoding: gzip, chunked\r\n\r\n"],
  ["chunks twice", "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n"],
  ["a blank before the colon", "content-length : 3\r\n\r\n"],
  ["a header that goes on", "x-a: 1\r\n content-length: 3\r\n\r\n"],
  ["a line feed alone", "x-a: 1\ncontent-length: 3\r\n\r\n"],
  ["a header without a name", ": 3\r\n\r\n"],
  ["a chunk without a size", "transfer-encoding: chunked\r\n\r\nxyz\r\n"],
  ["a chunk of negative size", "transfer-encoding: chunked\r\n\r\n-1\r\n"],
  ["a chunk of more than any", "transfer-encoding: chunked\r\n\r\nfffffffff\r\n"],
  ["a chunk longer than it says", "transfer-encoding: chunked\r\n\r\n1\r\nxy\r\n"],
  ["a chunk's size ended by a line feed alone", "transfer-encoding: chunked\r\n\r\n1\nx\r\n"],
  ["a chunk's size without end", `transfer-encoding: chunked\r\n\r\n1;${"x".repeat(2_000)}`],
  ["a head without end", `x-a: ${"x".repeat(20_000)}`],
])("an answer with %s is refused", (_what, rest) => {
  for (const piece of PIECES)
    expect(() => read(`HTTP/1.1 200 OK\r\n${rest}`, piece)).toThrow(MalformedAnswer);
});

test.each([
  "HTTP/2 200 OK",
  "HTTP/1.1 099 x",
  "HTTP/1.1 20 x",
  "ICY 200 OK",
  "HTTP/1.1 101 Switch",
])("an answer that begins with %s is refused", (line) => {
  expect(() => read(`${line}\r\ncontent-length: 0\r\n\r\n`, 64)).toThrow(MalformedAnswer);
});
