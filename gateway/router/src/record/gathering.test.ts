import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Gathering } from "./gathering.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

/** A gathering to which records have come for a while, so many a second. */
function after(perSecond: number, isAnybodyUnderWay = true): Gathering {
  const gathering = new Gathering(() => isAnybodyUnderWay);
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
    expect(gathering.patience(4)).toBeCloseTo(2, 0);
    expect(gathering.patience(14)).toBeCloseTo(1, 0);
    expect(gathering.patience(24)).toBe(0);
  });

  test("never waits longer than eight milliseconds", () => {
    expect(after(1_000).patience(1)).toBe(8);
  });

  test("waits for nobody when nobody else is under way", () => {
    expect(after(10_000, false).patience(1)).toBe(0);
  });

  test("is written at once again as soon as it has become quiet", () => {
    const gathering = after(10_000);
    vi.advanceTimersByTime(5_000);
    gathering.note(performance.now());
    expect(gathering.patience(1)).toBe(0);
  });
});
