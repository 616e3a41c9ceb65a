import { expect, test } from "vitest";
import { Salts } from "./salts.ts";

test("salts are sixteen random bytes each as base64url, none like another, however many are made", () => {
  const salts = new Salts();
  const found = Array.from({ length: 3_000 }, () => salts.next());
  for (const salt of found) {
    const bytes = Buffer.from(salt, "base64url");
    expect(bytes).toHaveLength(16);
    expect(bytes.toString("base64url")).toBe(salt);
  }
  expect(new Set(found).size).toBe(found.length);
  // Each of the 128 bits is one in about half of them: a bit that is always the same would be one in none or all.
  for (let bit = 0; bit < 128; bit += 1) {
    const ones = found.filter(
      (salt) => (Buffer.from(salt, "base64url")[bit >> 3]! >> (bit & 7)) & 1,
    ).length;
    expect(Math.abs(ones - found.length / 2)).toBeLessThan(found.length / 5);
  }
});
