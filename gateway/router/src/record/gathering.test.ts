import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Gathering } from "./gathering.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

/** A gathering to which records have come for a while, so many a second. */
function after(perSecond: number, underWay = 63): Gathering {
  const gathering = new Gathering(() => underWay);
  for (let each = 0; each < perSecond / 5; each += 1) {
    vi.advanceTimersByTime(1_000 / perSecond);
    gathering.note(performance.now());
  }
  return gathering;
}

describe("a batch of records", () => {
  test.each([
    ["nothing came before", 1, 0],
    ["200 a second come", 200, 0],
    ["500 a second come", 500, 0],
  ])("is written at once when %s", (_when, perSecond, patience) => {
    expect(after(perSecond).patience(1)).toBe(patience);
  });

  test("waits for as many as are worth a write when very many come", () => {
    const gathering = after(10_000);
    expect(gathering.patience(20)).toBeCloseTo(2, 0);
    expect(gathering.patience(30)).toBeCloseTo(1, 0);
    expect(gathering.patience(40)).toBe(0);
  });

  test.each([
    [700, 8],
    [1_000, 8],
    [1_500, 12],
    [2_000, 16],
    [2_400, 16],
  ])("of %i that come a second waits %i milliseconds at most", (perSecond, longest) => {
    expect(after(perSecond).patience(1)).toBeCloseTo(longest, 0);
  });

  test("waits for nobody when nobody else is under way, and for no more than are", () => {
    expect(after(10_000, 0).patience(1)).toBe(0);
    expect(after(10_000, 0).patience(30)).toBe(0);
    expect(after(10_000, 20).patience(1)).toBeCloseTo(2, 0);
  });

  test("waits for nobody where few ask, however much: the batch would stay small", () => {
    expect(after(1_100, 7).patience(1)).toBe(0);
    expect(after(1_100, 7).patience(8)).toBe(0);
    expect(after(1_100, 8).patience(8)).toBeGreaterThan(0);
  });

  test("is written at once again as soon as it has become quiet", () => {
    const gathering = after(10_000);
    vi.advanceTimersByTime(5_000);
    gathering.note(performance.now());
    expect(gathering.patience(1)).toBe(0);
  });
});
