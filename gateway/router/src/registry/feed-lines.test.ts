import type { FeedLine } from "@truc/contracts";
import { expect, test } from "vitest";
import { feedLines } from "./feed-lines.ts";

const SNAPSHOT: FeedLine = {
  kind: "snapshot",
  snapshot: {
    revision: 3,
    scopes: [{ name: "ships:hull", owner: "Cảng vụ Hải Phòng" }],
    purposes: [],
    systems: [],
    grants: [],
    operations: [],
    suspendedSubjects: [],
  },
};
const ALIVE: FeedLine = { kind: "alive", revision: 3 };
const TEXT = `${JSON.stringify(SNAPSHOT)}\n${JSON.stringify(ALIVE)}\n${JSON.stringify(ALIVE)}\n`;

async function read(chunks: readonly Uint8Array[]): Promise<FeedLine[]> {
  async function* arriving(): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }
  const lines: FeedLine[] = [];
  for await (const line of feedLines(arriving())) lines.push(line);
  return lines;
}

test("lines are the same however they are cut, letters of several bytes included", async () => {
  const bytes = Buffer.from(TEXT);
  for (const size of [1, 2, 3, 7, 50, bytes.length]) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
    expect(await read(chunks)).toEqual([SNAPSHOT, ALIVE, ALIVE]);
  }
});

test("a line that has not come to its end is none", async () => {
  expect(await read([Buffer.from(TEXT.slice(0, -2))])).toEqual([SNAPSHOT, ALIVE]);
});

test.each([
  ["no JSON", '{"kind":"alive","revi'],
  ["of another kind", '{"kind":"dead","revision":3}'],
  ["without a revision", '{"kind":"alive"}'],
  ["empty", ""],
  ["no UTF-8", Buffer.from([0xc3, 0x28])],
  [
    "a limit nobody knows",
    JSON.stringify({
      kind: "snapshot",
      snapshot: { ...SNAPSHOT.snapshot, grants: [{ id: "g", limits: { everything: true } }] },
    }),
  ],
])("a line that is %s ends the feed, and its content is not repeated", async (_case, line) => {
  const reading = read([Buffer.from(TEXT), Buffer.from(line), Buffer.from("\n")]);
  const error: unknown = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).message).not.toMatch(/"revi|dead|everything/);
});
