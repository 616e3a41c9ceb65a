import { expect, test } from "vitest";
import { clockHint } from "./session.ts";

const THEIRS = "Mon, 23 Nov 2026 08:00:00 GMT";
const answer = (date?: string) => ({ headers: new Headers(date === undefined ? {} : { date }) });

test.each([
  [
    "2026-11-23T08:00:31Z",
    ". This machine's clock is 31 seconds ahead of the authority's: set it right.",
  ],
  [
    "2026-11-23T06:00:00Z",
    ". This machine's clock is 7200 seconds behind the authority's: set it right.",
  ],
  ["2026-11-23T08:00:30Z", ""],
  ["2026-11-23T07:59:30Z", ""],
])("a refusal at %s says what is wrong with the clock", (ours, hint) => {
  expect(clockHint(answer(THEIRS), Date.parse(ours))).toBe(hint);
});

test("nothing is said of a clock where the answer has no date", () => {
  expect(clockHint(answer(), 0)).toBe("");
  expect(clockHint(answer("yesterday"), 0)).toBe("");
});
