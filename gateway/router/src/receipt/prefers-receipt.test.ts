import { expect, test } from "vitest";
import { prefersReceipt } from "./prefers-receipt.ts";

test.each([
  ["alone", "receipt", true],
  ["whatever its case", "ReCeipt", true],
  ["with space around it", "  receipt\t", true],
  ["beside others", "respond-async, wait=10, receipt", true],
  ["before others", "receipt, return=minimal", true],
  ["of several headers, joined", "handling=lenient, , receipt", true],
  ["with parameters of its own", 'receipt; level="full, please"; x', true],
  ["with an empty value, which is none", 'receipt=""', true],
  ["with an empty value and parameters", 'receipt = "" ;a=b', true],
  ["behind a quoted comma", 'foo="a, b", receipt', true],
  ["behind a quoted quote", 'foo="a\\", b", receipt', true],
  ["behind something malformed", "foo bar baz, receipt", true],
  ["twice, the first counts", "receipt, receipt=off", true],
])("is preferred %s: %s", (_case, header, wanted) => {
  expect(prefersReceipt(header)).toBe(wanted);
});

test.each([
  ["no header", undefined],
  ["an empty one", ""],
  ["commas", ", ,,"],
  ["other preferences", "respond-async; wait=100"],
  ["a longer name", "receipts"],
  ["a name that ends so", "no-receipt"],
  ["a value", "receipt=off"],
  ["a quoted value", 'receipt="no"'],
  ["a first instance with a value", "receipt=off, receipt"],
  ["another's value", "return=receipt"],
  ["another's parameter", "return=minimal; receipt"],
  ["another's quoted text", 'foo="x, receipt, y"'],
  ["an unclosed quote", 'foo="x, receipt'],
  ["a name with more behind it", "receipt please"],
])("is not preferred by %s: %s", (_case, header) => {
  expect(prefersReceipt(header)).toBe(false);
});

test("is found in a header as long as headers get, whatever is in it", () => {
  const hostile = [
    '"'.repeat(16_000),
    '"\\'.repeat(8_000),
    'a="'.repeat(5_000),
    ",".repeat(16_000),
  ];
  for (const text of hostile) prefersReceipt(`${text}`);
  expect(prefersReceipt(`${"a=b, ".repeat(3_000)}receipt`)).toBe(true);
});
