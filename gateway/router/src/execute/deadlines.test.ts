import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { deadlineIn } from "./deadlines.ts";
import { OpenEnding, RequestEnding } from "./ending.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => {
  vi.advanceTimersByTime(100_000);
  vi.useRealTimers();
});

test("each expires when its own time has passed, in order, with one timer for all of one time", () => {
  const expired: string[] = [];
  const begin = (name: string, ms: number) => deadlineIn(ms, () => expired.push(name));
  begin("first", 1_000);
  vi.advanceTimersByTime(400);
  begin("second", 1_000);
  begin("short", 500);
  expect(vi.getTimerCount()).toBe(2);
  vi.advanceTimersByTime(499);
  expect(expired).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(expired).toEqual(["short"]);
  vi.advanceTimersByTime(100);
  expect(expired).toEqual(["short", "first"]);
  vi.advanceTimersByTime(399);
  expect(expired).toEqual(["short", "first"]);
  vi.advanceTimersByTime(1);
  expect(expired).toEqual(["short", "first", "second"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("what is cancelled never expires, wherever it stood, and however often it is cancelled", () => {
  const expired: number[] = [];
  const all = Array.from({ length: 5 }, (_, index) => deadlineIn(2_000, () => expired.push(index)));
  for (const index of [0, 2, 4, 2]) all[index]!.cancel();
  vi.advanceTimersByTime(2_000);
  expect(expired).toEqual([1, 3]);
  all[1]!.cancel();
  deadlineIn(2_000, () => expired.push(9));
  vi.advanceTimersByTime(2_000);
  expect(expired).toEqual([1, 3, 9]);
});

test("what begins while others expire has its whole time", () => {
  const expired: string[] = [];
  deadlineIn(3_000, () => {
    expired.push("first");
    deadlineIn(3_000, () => expired.push("next"));
  });
  vi.advanceTimersByTime(5_999);
  expect(expired).toEqual(["first"]);
  vi.advanceTimersByTime(1);
  expect(expired).toEqual(["first", "next"]);
});

test("an ending is told once, to whoever still listens", () => {
  const ending = new OpenEnding();
  const told: string[] = [];
  const deaf = (): void => void told.push("deaf");
  ending.onEnd(() => told.push("a"));
  ending.onEnd(deaf);
  ending.offEnd(deaf);
  expect(ending.ended).toBe(false);
  ending.end();
  ending.end();
  expect([ending.ended, told]).toEqual([true, ["a"]]);
});

test("a caller who leaves ends the reading; time that is up ends all; what is done is not late", () => {
  let leave = (): void => {};
  const request = new RequestEnding(4_000, (told) => (leave = told));
  leave();
  expect([request.reading.ended, request.changing.ended, request.late]).toEqual([
    true,
    false,
    false,
  ]);
  vi.advanceTimersByTime(4_000);
  expect([request.changing.ended, request.late]).toEqual([true, true]);
  const done = new RequestEnding(4_000, () => {});
  done.close();
  vi.advanceTimersByTime(4_000);
  expect([done.reading.ended, done.changing.ended, done.late]).toEqual([false, false, false]);
});
