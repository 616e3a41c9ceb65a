import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Circuit, type Passage } from "./circuit.ts";

let changes: boolean[];
let circuit: Circuit;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
  changes = [];
  circuit = new Circuit((open) => void changes.push(open));
});
afterEach(() => void vi.useRealTimers());

const fail = (times: number): void => {
  for (let time = 0; time < times; time += 1) circuit.enter()!.failed();
};

test("ten failures in a row open it for a second; an answer in between does not let it come to that", () => {
  fail(9);
  circuit.enter()!.answered();
  fail(9);
  expect([circuit.enter() === undefined, changes]).toEqual([false, []]);
  fail(1);
  expect([circuit.enter(), changes]).toEqual([undefined, [true]]);
  vi.advanceTimersByTime(999);
  expect(circuit.enter()).toBeUndefined();
});

test("after it one message is let through at a time, and an answer closes it", () => {
  fail(10);
  vi.advanceTimersByTime(1_000);
  const first = circuit.enter()!;
  expect(circuit.enter()).toBeUndefined();
  first.failed();
  expect(circuit.enter()).toBeUndefined();
  vi.advanceTimersByTime(1_000);
  const second = circuit.enter()!;
  expect(circuit.enter()).toBeUndefined();
  second.answered();
  expect(circuit.enter()).toBeDefined();
  expect(changes).toEqual([true, false]);
  // It takes as many failures again.
  fail(9);
  expect(circuit.enter()).toBeDefined();
});

test("a trial that nobody waited for to the end says nothing: the next may try at once", () => {
  fail(10);
  vi.advanceTimersByTime(1_000);
  circuit.enter()!.abandoned();
  const next = circuit.enter()!;
  next.answered();
  expect(changes).toEqual([true, false]);
});

test("what was late while others were answered does not count", () => {
  const slow: Passage[] = Array.from({ length: 20 }, () => circuit.enter()!);
  vi.advanceTimersByTime(1);
  circuit.enter()!.answered();
  for (const passage of slow) passage.failed();
  expect(changes).toEqual([]);
});

test("an answer to what was sent before it opened closes it", () => {
  const slow = circuit.enter()!;
  fail(10);
  expect(circuit.enter()).toBeUndefined();
  slow.answered();
  expect(circuit.enter()).toBeDefined();
});
