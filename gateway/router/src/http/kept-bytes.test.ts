import fc from "fast-check";
import { expect, test } from "vitest";
import { KeptBytes } from "./kept-bytes.ts";

test("what was added is there, in order, however it came", () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 });
  fc.assert(
    fc.property(pieces, fc.uint8Array({ maxLength: 50 }), (given, after) => {
      const kept = new KeptBytes();
      // As a connection gives them: out of one buffer that is written over.
      const buffer = Buffer.alloc(300);
      for (const piece of given) {
        buffer.set(piece);
        kept.add(buffer.subarray(0, piece.length));
        buffer.fill(0xff);
      }
      const expected = Buffer.concat(given);
      expect(kept.length).toBe(expected.length);
      expect(kept.whole().equals(expected)).toBe(true);
      expect(kept.whole(Buffer.from(after)).equals(Buffer.concat([expected, after]))).toBe(true);
    }),
  );
});

test("bytes that come one by one take about twice their room, not an object each", () => {
  const used = (): number => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const one = Buffer.alloc(1);
  const before = used();
  const kept = new KeptBytes();
  for (let count = 0; count < 1_000_000; count += 1) kept.add(one);
  expect(kept.length).toBe(1_000_000);
  // An object is about a hundred bytes.
  expect(used() - before).toBeLessThan(30_000_000);
});
