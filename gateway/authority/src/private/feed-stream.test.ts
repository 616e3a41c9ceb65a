import { once } from "node:events";
import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { FeedStream } from "./feed-stream.ts";
import type { FeedReader, RegistryWatch } from "./registry-watch.ts";

/** A connection that takes one line and no more until it is told to. */
function connection() {
  const taken: string[] = [];
  let release = (): void => {};
  const out = new Writable({
    highWaterMark: 4,
    write: (chunk: Buffer, _encoding, done) => {
      taken.push(chunk.toString());
      release = done;
    },
  });
  const readers = new Set<FeedReader>();
  const watch = {
    add: (reader: FeedReader) => void readers.add(reader),
    remove: (reader: FeedReader) => void readers.delete(reader),
  } as unknown as RegistryWatch;
  const clock = { now: 0 };
  const stream = new FeedStream(out, watch, () => clock.now);
  return { out, taken, readers, clock, stream, release: () => release() };
}

test("a slow reader gets the newest registry when it can take more, and none of those between", async () => {
  const { taken, stream, release } = connection();
  stream.snapshot("one");
  stream.snapshot("two, larger than what is taken at once");
  stream.snapshot("three");
  stream.alive("alive");
  stream.snapshot("four");
  const afterRelease = (): string[] => {
    release();
    return taken;
  };
  await expect
    .poll(afterRelease)
    .toEqual(["one", "two, larger than what is taken at once", "four"]);
  await expect
    .poll(() => {
      stream.alive("alive");
      return afterRelease().at(-1);
    })
    .toBe("alive");
});

test("a reader that takes nothing for five seconds is dropped", async () => {
  const { out, taken, readers, clock, stream } = connection();
  stream.snapshot("larger than what is taken at once");
  clock.now = 5_000;
  stream.alive("alive");
  expect([out.destroyed, readers.size]).toEqual([false, 1]);
  clock.now = 5_001;
  stream.alive("alive");
  expect([out.destroyed, readers.size]).toEqual([true, 0]);
  expect(taken).toEqual(["larger than what is taken at once"]);
});

test("a reader that goes away is forgotten", async () => {
  const { out, readers } = connection();
  out.destroy();
  await once(out, "close");
  expect(readers.size).toBe(0);
});
