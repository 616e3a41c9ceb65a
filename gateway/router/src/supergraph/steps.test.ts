import { expect, test } from "vitest";
import { allAtOnce, inTurns, type Steps } from "./steps.ts";

/** Notes each of its steps, and what others wrote down before the next one. */
function* noting(notes: string[], fails = false): Steps<string> {
  notes.push("first");
  yield;
  notes.push("second");
  if (fails) throw new RangeError("no further");
  yield;
  notes.push("third");
  return "done";
}

test("steps are taken in one go at start", () => {
  const notes: string[] = [];
  setImmediate(() => notes.push("somebody else"));
  expect(allAtOnce(noting(notes))).toBe("done");
  expect(notes).toEqual(["first", "second", "third"]);
});

test("between two steps others have their turn", async () => {
  const notes: string[] = [];
  setImmediate(() => {
    notes.push("a request");
    setImmediate(() => notes.push("another"));
  });
  expect(await inTurns(noting(notes))).toBe("done");
  expect(notes).toEqual(["first", "a request", "second", "another", "third"]);
});

test("a step that fails fails the whole", async () => {
  expect(() => allAtOnce(noting([], true))).toThrow(RangeError);
  const notes: string[] = [];
  await expect(inTurns(noting(notes, true))).rejects.toThrow(RangeError);
  expect(notes).toEqual(["first", "second"]);
});
