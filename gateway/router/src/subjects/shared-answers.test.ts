import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SharedAnswers } from "./shared-answers.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

/** Answers with its own number each time, for so many seconds. */
function numbered(seconds: number) {
  let asked = 0;
  return async () => await Promise.resolve({ value: (asked += 1), seconds });
}

test("an answer is given to everybody for its time, and asked for again after", async () => {
  const answers = new SharedAnswers<number>();
  const ask = numbered(60);
  expect([await answers.get("a", ask), await answers.get("a", ask)]).toEqual([1, 1]);
  vi.advanceTimersByTime(59_999);
  expect(await answers.get("a", ask)).toBe(1);
  vi.advanceTimersByTime(1);
  expect(await answers.get("a", ask)).toBe(2);
  expect(await answers.get("b", ask)).toBe(3);
});

test("who asks while somebody waits gets the same answer", async () => {
  const answers = new SharedAnswers<number>();
  const ask = numbered(0);
  expect(await Promise.all([answers.get("a", ask), answers.get("a", ask)])).toEqual([1, 1]);
  expect(await answers.get("a", ask)).toBe(2);
});

test("a failure is everybody's who waited, and nobody's after", async () => {
  const answers = new SharedAnswers<number>();
  let failed = 0;
  const fail = async (): Promise<never> => {
    failed += 1;
    return await Promise.reject(new Error("down"));
  };
  const outcomes = await Promise.allSettled([answers.get("a", fail), answers.get("a", fail)]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(failed).toBe(1);
  await expect(answers.get("b", fail)).rejects.toThrow("down");
  expect(await answers.get("a", numbered(60))).toBe(1);
});

test("what is dropped while it is under way is not what the next one gets", async () => {
  const answers = new SharedAnswers<string>();
  let answer: (value: string) => void = () => {};
  const slow = async () => ({
    value: await new Promise<string>((resolve) => (answer = resolve)),
    seconds: 60,
  });
  const first = answers.get("a", slow);
  answers.drop("a");
  const fresh = async () => await Promise.resolve({ value: "new", seconds: 60 });
  expect(await answers.get("a", fresh)).toBe("new");
  answer("old");
  expect(await first).toBe("old");
  expect(await answers.get("a", fresh)).toBe("new");
});
