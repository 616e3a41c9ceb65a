import { buildSchema } from "graphql";
import { beforeEach, expect, test } from "vitest";
import { readAccessRules } from "./access-rules.ts";
import { DocumentCache } from "./document-cache.ts";

const schema = buildSchema("type Query { a: Int }");
let cache: DocumentCache;

beforeEach(() => {
  cache = new DocumentCache(schema, readAccessRules(schema), new Map());
});

/** A text of about so many characters, unlike every other one. */
function text(characters: number, number = 0): string {
  const aliases = Array.from({ length: characters / 10 }, (_, index) => `b${index + 100_000}:a`);
  return `{ a${number}: a ${aliases.join(" ")} }`;
}

test("a text is prepared once", () => {
  const small = text(1_000);
  expect(cache.get(small, null) === cache.get(small, undefined)).toBe(true);
});

test("long texts drive others out by what they take, and those that are very long are not kept", () => {
  const first = text(20_000, 0);
  const prepared = cache.get(first, null);
  for (let number = 1; number < 15; number += 1) cache.get(text(20_000, number), null);
  // As a truth: who shows two that differ goes through all of both.
  expect(cache.get(first, null) === prepared).toBe(true);
  // 64 MiB are some 520,000 characters.
  for (let number = 15; number < 45; number += 1) cache.get(text(20_000, number), null);
  expect(cache.get(first, null) === prepared).toBe(false);

  const small = text(100);
  const kept = cache.get(small, null);
  const long = text(50_000);
  expect(cache.get(long, null) === cache.get(long, null)).toBe(false);
  expect(cache.get(small, null) === kept).toBe(true);
});
