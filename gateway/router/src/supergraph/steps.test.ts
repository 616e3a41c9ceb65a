import { expect, test, vi } from "vitest";
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

test("between two steps others have their turns, for as long as the step took", async () => {
  const notes: string[] = [];
  function* lasting(): Steps<string> {
    notes.push("first");
    vi.advanceTimersByTime(30);
    yield;
    notes.push("second");
    yield;
    return "done";
  }
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: 0 });
  try {
    // The clock stands still but for the first step's thirty milliseconds; the timer waits for them as they are.
    setTimeout(() => notes.push("a request"), 5);
    setTimeout(() => notes.push("the last that was in time"), 15);
    expect(await inTurns(lasting())).toBe("done");
  } finally {
    vi.useRealTimers();
  }
  expect(notes).toEqual(["first", "a request", "the last that was in time", "second"]);
});

test("a step that fails fails the whole", async () => {
  expect(() => allAtOnce(noting([], true))).toThrow(RangeError);
  const notes: string[] = [];
  await expect(inTurns(noting(notes, true))).rejects.toThrow(RangeError);
  expect(notes).toEqual(["first", "second"]);
});
