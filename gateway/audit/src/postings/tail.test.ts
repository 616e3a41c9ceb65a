import { expect, test } from "vitest";
import type { EntryKeys } from "./posting-keys.ts";
import { Tail } from "./tail.ts";

const KEY = "k".repeat(16);
const OTHER = "o".repeat(16);

function entry(position: number, ...keys: string[]): EntryKeys {
  return {
    position,
    month: "2026-05",
    time: 1_000 + position,
    keys: Buffer.from(keys.join(""), "latin1"),
    held: Buffer.alloc(0),
    due: undefined,
    delayDays: 0,
  };
}

test("counts what it holds, and no longer what it has given up", () => {
  const tail = new Tail();
  tail.start(5);
  tail.add([entry(5, KEY), entry(6, KEY, OTHER), entry(8, OTHER)], 9);
  expect([tail.records, tail.postings]).toEqual([4, 4]);
  tail.drop(6);
  expect([tail.records, tail.postings]).toEqual([3, 3]);
  tail.start(9);
  expect([tail.records, tail.postings]).toEqual([0, 0]);
});

test("shows where each key stands, also what came after it was looked at last, and what a view has is not taken away", () => {
  const tail = new Tail();
  tail.add([entry(0, KEY), entry(1, OTHER)], 2);
  const first = tail.view();
  tail.add([entry(2, KEY, OTHER)], 3);
  const second = tail.view();
  expect(second.positions).toEqual(
    new Map([
      [KEY, [0, 2]],
      [OTHER, [1, 2]],
    ]),
  );
  expect(second.times).toEqual({ earliest: 1_000, latest: 1_002 });
  tail.drop(2);
  expect(tail.view().positions).toEqual(
    new Map([
      [KEY, [2]],
      [OTHER, [2]],
    ]),
  );
  expect(second.positions.get(KEY)).toEqual([0, 2]);
  expect([first.seen, second.seen]).toEqual([2, 3]);
  tail.drop(3);
  expect(tail.view()).toEqual({ base: 3, seen: 3, positions: new Map(), times: undefined });
});
