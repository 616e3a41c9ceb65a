import { expect, test } from "vitest";
import { areRecordable } from "./recorded-words.ts";

const TOKEN = { system: "portal", agency: "health", purpose: "CARE", subject: "somebody" };

test("a token's names may stand on record when every one of them may", () => {
  expect(areRecordable(TOKEN)).toBe(true);
  expect(areRecordable({ ...TOKEN, agency: undefined, purpose: undefined })).toBe(true);
  for (const name of ["system", "agency", "purpose", "subject"] as const)
    for (const bad of ["001099012345", "a\nb", "", "digest:x"])
      expect(areRecordable({ ...TOKEN, [name]: bad })).toBe(false);
});

test("what is known of one token says nothing of another", () => {
  const bad = { ...TOKEN, subject: "001099012345" };
  expect([TOKEN, bad, TOKEN, bad].map(areRecordable)).toEqual([true, false, true, false]);
});
