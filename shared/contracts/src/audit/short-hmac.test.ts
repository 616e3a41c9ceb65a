import { createHmac, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ShortHmac } from "./short-hmac.ts";

function expected(key: Uint8Array, text: string): string {
  return createHmac("sha256", key).update(text).digest().subarray(0, 16).toString("base64url");
}

/** RFC 4231, section 4: those whose keys are at most a block long. */
const PUBLISHED = [
  ["4.2", Buffer.alloc(20, 0x0b), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b"],
  ["4.3", Buffer.from("Jefe"), "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c7"],
  // Its data, fifty bytes 0xdd, are no text; they are left to the comparison with createHmac.
  ["4.6", Buffer.alloc(20, 0x0c), "Test With Truncation", "a3b6167473100ee06e0c796c2955552b"],
] as const;

test.each(PUBLISHED)("RFC 4231, %s", (_section, key, text, digest) => {
  expect(new ShortHmac(key).of(text)).toBe(Buffer.from(digest, "hex").toString("base64url"));
});

describe("what createHmac says", () => {
  const lengths = [0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 341, 342, 1_023, 1_024, 1_025, 9_000];

  test.each(["x", "é", "ế", "😀", "\u0000", "\ud800"])("of texts of %j of any length", (unit) => {
    const key = randomBytes(32);
    const hmac = new ShortHmac(key);
    for (const length of lengths) {
      const text = unit.repeat(length);
      expect(hmac.of(text)).toBe(expected(key, text));
    }
  });

  test("under keys of any length up to a block", () => {
    for (let length = 0; length <= 64; length += 1) {
      const key = randomBytes(length);
      expect(new ShortHmac(key).of("Citizen:001099012345")).toBe(
        expected(key, "Citizen:001099012345"),
      );
    }
  });

  test("of many, whose last characters are of all kinds", () => {
    const key = randomBytes(32);
    const texts = Array.from({ length: 500 }, (_, n) => `Citizen:${n}`);
    const hmac = new ShortHmac(key);
    const found = texts.map((text) => hmac.of(text));
    expect(found).toEqual(texts.map((text) => expected(key, text)));
    expect(new Set(found.map((each) => each.at(-1)))).toEqual(new Set(["A", "Q", "g", "w"]));
  });

  test.each(["", "Citizen:", "ế".repeat(341), "ế".repeat(342), "x".repeat(1_024)])(
    "of texts with one beginning",
    (start) => {
      const key = randomBytes(32);
      const hmac = new ShortHmac(key);
      const ends = ["", "1", "ế".repeat(400), "2", "x".repeat(1_016), "x".repeat(1_017), "3"];
      expect(hmac.ofEach(start, new Set(ends))).toEqual(
        ends.map((end) => expected(key, start + end)),
      );
    },
  );
});

test("keys longer than a block, which are hashed first, are none of ours", () => {
  expect(() => new ShortHmac(randomBytes(65))).toThrow(RangeError);
});
