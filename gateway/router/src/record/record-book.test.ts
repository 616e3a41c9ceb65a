import { createHash } from "node:crypto";
import { createLog } from "@truc/service/process";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Draft, type KeptRecord, NotOnRecord, RecordBook } from "./record-book.ts";
import { NeverKept, type RecordBatch, type RecordStore } from "./record-store.ts";

const ROUTER = "0d6f6d54-2b52-4d3c-8d7b-4f3c0a1f5d2e";
const log = createLog({ name: "test", level: "silent" });

function draft(id: string, options: Partial<Draft> = {}): Draft {
  return {
    lines: [`{"id":"${id}"}`],
    context: context("c"),
    made: Date.now(),
    clockBack: false,
    executed: true,
    ...options,
  };
}
/** @param bytes of its line, with the line feed */
function sized(id: string, bytes: number, character = "x"): Draft {
  const head = `{"id":"${id}","x":"`;
  const room = bytes - head.length - 3;
  const text = character.repeat(Math.ceil(room / Buffer.byteLength(character)));
  return draft(id, { lines: [`${head}${text}"}`] });
}
const context = (text: string) => ({ digest: `digest of ${text}`, text });
const sha256 = (...parts: (string | Uint8Array)[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const leafOf = (line: string): Buffer => sha256(Buffer.of(0), line);

/** A store whose writes end when the test says so. */
class HeldStore implements RecordStore {
  readonly tried: RecordBatch[] = [];
  readonly kept: RecordBatch[] = [];
  #end: ((error?: Error) => void) | undefined;

  async append(batch: RecordBatch): Promise<void> {
    this.tried.push(batch);
    await new Promise<void>((resolve, reject) => {
      this.#end = (error) => {
        if (error !== undefined) return reject(error);
        this.kept.push(batch);
        resolve();
      };
    });
  }

  /** Ends the write under way, and says of which records it was. */
  async end(error?: Error): Promise<string[]> {
    await vi.advanceTimersByTimeAsync(0);
    const ended = ids([this.tried.at(-1)!]);
    const end = this.#end!;
    this.#end = undefined;
    end(error);
    await vi.advanceTimersByTimeAsync(0);
    return ended;
  }

  /** Whether something is being written. */
  get isWriting(): boolean {
    return this.#end !== undefined;
  }

  async appendRefusals(): Promise<void> {}
  async ready(): Promise<boolean> {
    return await Promise.resolve(true);
  }
  async close(): Promise<void> {}
}

function lines(batch: RecordBatch): string[] {
  const found = batch.lines.toString().split(/(?<=\n)/);
  expect(found).toHaveLength(batch.count);
  return found;
}
function ids(batches: readonly RecordBatch[]): string[] {
  return batches.flatMap(lines).map((line) => (JSON.parse(line) as { id: string }).id);
}

/** What became of a write, so far. */
function follow(write: Promise<KeptRecord>): { kept?: KeptRecord; error?: NotOnRecord } {
  const state: { kept?: KeptRecord; error?: NotOnRecord } = {};
  write.then(
    (kept) => (state.kept = kept),
    (error: NotOnRecord) => (state.error = error),
  );
  return state;
}

let store: HeldStore;
let book: RecordBook;
beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-30T23:59:58Z") });
  store = new HeldStore();
  book = new RecordBook(store, ROUTER, log);
});
afterEach(() => vi.useRealTimers());

describe("batches", () => {
  test("what arrives while one is written shares the next; nothing waits where nothing is written", async () => {
    const first = [follow(book.write(draft("a"))), follow(book.write(draft("b")))];
    expect(await store.end()).toEqual(["a", "b"]);
    const later = [follow(book.write(draft("c")))];
    await vi.advanceTimersByTimeAsync(0);
    for (const id of ["d", "e"]) later.push(follow(book.write(draft(id))));
    expect(await store.end()).toEqual(["c"]);
    expect(await store.end()).toEqual(["d", "e"]);
    expect([...first, ...later].map(({ kept }) => kept?.sequence)).toEqual([1, 2, 3, 4, 5]);
  });

  test("are numbered and chained, and say what their records point to", async () => {
    const a = follow(book.write(draft("a", { context: context("one") })));
    const b = follow(book.write(draft("b", { context: context("two") })));
    await store.end();
    void book.write(draft("c"));
    await store.end();
    const chain = sha256(sha256(ROUTER), leafOf('{"id":"a"}'));
    const second = sha256(chain, leafOf('{"id":"b"}'));
    expect(a.kept).toEqual({ router: ROUTER, sequence: 1, leaf: leafOf('{"id":"a"}') });
    expect(b.kept).toEqual({ router: ROUTER, sequence: 2, leaf: leafOf('{"id":"b"}') });
    expect(
      store.kept.map(({ router, first, month, chain: end }) => [router, first, month, end]),
    ).toEqual([
      [ROUTER, 1, "2026-11-01", second],
      [ROUTER, 3, "2026-11-01", sha256(second, leafOf('{"id":"c"}'))],
    ]);
    expect(store.kept.map(lines)).toEqual([['{"id":"a"}\n', '{"id":"b"}\n'], ['{"id":"c"}\n']]);
    expect([...store.kept[0]!.contexts]).toEqual([
      ["digest of one", "one"],
      ["digest of two", "two"],
    ]);
  });

  test("hold 200 records at most", async () => {
    void book.write(draft("first"));
    await vi.advanceTimersByTimeAsync(0);
    for (let n = 0; n < 450; n++) void book.write(draft(String(n)));
    const sizes: number[] = [];
    while (store.isWriting) sizes.push((await store.end()).length);
    expect(sizes).toEqual([1, 200, 200, 50]);
  });

  test("hold 64 KiB at most", async () => {
    void book.write(draft("first"));
    await vi.advanceTimersByTimeAsync(0);
    const KIB = 1024;
    for (const [id, kib] of [
      ["a", 32],
      ["b", 32],
      ["c", 4],
      ["d", 60],
      ["e", 1],
    ] as const)
      void book.write(sized(id, kib * KIB));
    const batches: string[][] = [];
    while (store.isWriting) batches.push(await store.end());
    expect(batches).toEqual([["first"], ["a", "b"], ["c", "d"], ["e"]]);
    expect(lines(store.kept[1]!).map(({ length }) => length)).toEqual([32 * KIB, 32 * KIB]);
  });

  test("a record in parts is on record when its last part is, and is known by its first", async () => {
    const parts = Array.from({ length: 250 }, (_, part) => `{"id":"${part}"}`);
    const long = follow(book.write(draft("", { lines: parts })));
    const next = follow(book.write(draft("next")));
    expect(await store.end()).toHaveLength(200);
    expect(long).toEqual({});
    expect(await store.end()).toHaveLength(51);
    expect(long.kept).toEqual({ router: ROUTER, sequence: 1, leaf: leafOf('{"id":"0"}') });
    expect(next.kept?.sequence).toBe(251);
  });
});

describe("a write that fails", () => {
  test("is tried again unchanged, before anything else and also when its month has ended, until it is kept", async () => {
    const a = follow(book.write(draft("a")));
    expect(await store.end(new Error("disk full"))).toEqual(["a"]);
    const b = follow(book.write(draft("b")));
    await vi.advanceTimersByTimeAsync(50);
    await store.end(new Error("connection lost"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await store.end()).toEqual(["a"]);
    expect(await store.end()).toEqual(["b"]);
    expect([a.kept?.sequence, b.kept?.sequence]).toEqual([1, 2]);
    const [first, second, third, fourth] = store.tried;
    expect(second).toBe(first);
    expect(third).toBe(first);
    expect(first!.month).toBe("2026-11-01");
    expect(fourth!.month).toBe("2026-11-01");
    await vi.advanceTimersByTimeAsync(5_000);
    void book.write(draft("c"));
    await store.end();
    expect(store.kept.at(-1)!.month).toBe("2026-12-01");
  });

  test("keeps nobody waiting for longer than two seconds; what was executed is kept all the same", async () => {
    const a = follow(book.write(draft("a")));
    await store.end(new Error("down"));
    await vi.advanceTimersByTimeAsync(1_000);
    const b = follow(book.write(draft("b")));
    expect([a, b, book.isStalled]).toEqual([{}, {}, false]);
    await vi.advanceTimersByTimeAsync(1_200);
    expect(a.error).toBeInstanceOf(NotOnRecord);
    expect(a.error?.isKeptLater).toBe(true);
    expect([b, book.isStalled, await book.ready()]).toEqual([{}, true, false]);
    // Nobody is made to wait for what cannot be.
    const c = follow(book.write(draft("c")));
    const refused = follow(book.write(draft("refused", { executed: false })));
    await vi.advanceTimersByTimeAsync(0);
    expect([c.error?.isKeptLater, refused.error?.isKeptLater]).toEqual([true, false]);
    await store.end();
    await store.end();
    expect(ids(store.kept)).toEqual(["a", "b", "c"]);
    expect([b.kept?.sequence, book.isStalled, await book.ready()]).toEqual([2, false, true]);
  });

  test("lets no more than 10,000 records wait", async () => {
    void book.write(draft("first"));
    await vi.advanceTimersByTimeAsync(0);
    for (let n = 0; n < 10_000; n++) void book.write(draft(String(n)));
    const beyond = follow(book.write(draft("beyond")));
    await vi.advanceTimersByTimeAsync(0);
    expect(beyond.error?.isKeptLater).toBe(false);
    while (store.isWriting) await store.end();
    expect(ids(store.kept)).toHaveLength(10_001);
  });
});

describe("what is too large", () => {
  test.each([
    ["a line of more than 60 KiB", sized("a", 60 * 1024 + 2)],
    ["one of fewer characters", sized("a", 60 * 1024 + 2, "ế")],
    [
      "a context of more than a mebicharacter",
      draft("a", { context: context("x".repeat(1_048_577)) }),
    ],
  ])("%s never comes into the book, and keeps nobody else out", async (_what, large) => {
    const refused = follow(book.write(large));
    const other = follow(book.write(draft("b")));
    await store.end();
    expect([refused.error?.isKeptLater, other.kept?.sequence]).toEqual([false, 1]);
    expect(ids(store.tried)).toEqual(["b"]);
  });
});

describe("a batch that the store will never take", () => {
  const never = new NeverKept("no");

  test("is written record by record: the one it refuses is left out, without a gap in number or chain", async () => {
    const waiting = ["a", "b", "c"].map((id) => follow(book.write(draft(id))));
    expect(await store.end(never)).toEqual(["a", "b", "c"]);
    waiting.push(follow(book.write(draft("d"))), follow(book.write(draft("e"))));
    expect(await store.end()).toEqual(["a"]);
    expect(await store.end(never)).toEqual(["b"]);
    expect(await store.end()).toEqual(["c"]);
    expect(await store.end()).toEqual(["d", "e"]);
    const states = waiting.map(({ kept, error }) => kept?.sequence ?? error?.isKeptLater);
    expect(states).toEqual([1, false, 2, 3, 4]);
    expect(store.kept.map(({ first }) => first)).toEqual([1, 2, 3]);
    const lineOf = (id: string): Buffer => leafOf(`{"id":"${id}"}`);
    const first = sha256(sha256(ROUTER), lineOf("a"));
    expect(store.kept.slice(0, 2).map(({ chain }) => chain)).toEqual([
      first,
      sha256(first, lineOf("c")),
    ]);
    expect(book.isStalled).toBe(false);
  });

  test("each of its records is tried until it is known what becomes of it", async () => {
    const [a, b] = ["a", "b"].map((id) => follow(book.write(draft(id))));
    await store.end(never);
    await store.end(new Error("connection lost"));
    await vi.advanceTimersByTimeAsync(50);
    expect(await store.end()).toEqual(["a"]);
    expect(await store.end()).toEqual(["b"]);
    expect([a!.kept?.sequence, b!.kept?.sequence]).toEqual([1, 2]);
  });

  test("of a record in parts leaves out that part only; it is not on record as a whole", async () => {
    const long = follow(book.write(draft("", { lines: ['{"id":"1"}', '{"id":"2"}'] })));
    await store.end(never);
    await store.end(never);
    await store.end();
    expect(long.error?.isKeptLater).toBe(false);
    expect(ids(store.kept)).toEqual(["2"]);
  });
});

describe("closing", () => {
  test("writes what waits, and nothing after", async () => {
    const a = follow(book.write(draft("a")));
    await vi.advanceTimersByTimeAsync(0);
    const b = follow(book.write(draft("b")));
    const closed = book.close();
    const late = follow(book.write(draft("late")));
    await store.end();
    await store.end();
    await closed;
    expect([a.kept?.sequence, b.kept?.sequence]).toEqual([1, 2]);
    expect(late.error?.isKeptLater).toBe(false);
    expect(ids(store.kept)).toEqual(["a", "b"]);
  });

  test("ends when it has been tried for five seconds in vain", async () => {
    const a = follow(book.write(draft("a")));
    await vi.advanceTimersByTimeAsync(0);
    const b = follow(book.write(draft("b")));
    let closed = false;
    void book.close().then(() => (closed = true));
    for (let tries = 0; tries < 20 && !closed; tries++) {
      await store.end(new Error("down"));
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(closed).toBe(true);
    expect([a.error !== undefined, b.error !== undefined]).toEqual([true, true]);
    expect(store.kept).toEqual([]);
  });
});

describe("when very many records come", () => {
  let underWay: number;
  beforeEach(async () => {
    await book.close();
    underWay = 63;
    book = new RecordBook(store, ROUTER, log, () => underWay);
    // 2,000 a second for a while, each written and kept.
    for (let each = 0; each < 200; each += 1) {
      await vi.advanceTimersByTimeAsync(0.5);
      follow(book.write(draft(`before-${each}`)));
      await vi.advanceTimersByTimeAsync(0);
      if (store.isWriting) await store.end();
    }
    for (;;) {
      await vi.advanceTimersByTimeAsync(20);
      if (!store.isWriting) break;
      await store.end();
    }
    store.tried.length = 0;
  });

  test("a batch waits some milliseconds for company", async () => {
    follow(book.write(draft("1")));
    await vi.advanceTimersByTimeAsync(12);
    follow(book.write(draft("2")));
    expect(store.isWriting).toBe(false);
    await vi.advanceTimersByTimeAsync(4);
    expect(ids(store.tried)).toEqual(["1", "2"]);
    await store.end();
  });

  test("and goes as soon as nobody else is under way whose record could join it", async () => {
    follow(book.write(draft("1")));
    await vi.advanceTimersByTimeAsync(1);
    underWay = 0;
    follow(book.write(draft("2")));
    await vi.advanceTimersByTimeAsync(0);
    expect(ids(store.tried)).toEqual(["1", "2"]);
    await store.end();
  });

  test("a book that is closed writes what it has gathered", async () => {
    const written = follow(book.write(draft("1")));
    await vi.advanceTimersByTimeAsync(1);
    const closed = book.close();
    await vi.advanceTimersByTimeAsync(0);
    await store.end();
    await closed;
    expect(written.kept).toBeDefined();
  });
});

describe("while a clock is set back", () => {
  const written = () => store.tried.map((batch) => batch.written.toISOString().slice(11, 19));

  test("no batch is written before a record in it was made, nor before the last one", async () => {
    follow(book.write(draft("1")));
    await vi.advanceTimersByTimeAsync(0);
    // It waits behind the batch being written, and the clock goes back by a minute meanwhile.
    vi.setSystemTime(Date.parse("2026-11-30T23:59:58.500Z"));
    follow(book.write(draft("2")));
    vi.setSystemTime(Date.parse("2026-11-30T23:58:58Z"));
    await store.end();
    await store.end();
    // The next one says so.
    follow(book.write(draft("3", { clockBack: true })));
    await store.end();
    follow(book.write(draft("4")));
    await store.end();
    expect(written()).toEqual(["23:59:58", "23:59:58", "23:58:58", "23:58:58"]);
    expect(store.tried[1]!.written.getUTCMilliseconds()).toBe(500);
  });

  test("what was made before and what was made after may stand in one batch", async () => {
    follow(book.write(draft("1")));
    await vi.advanceTimersByTimeAsync(0);
    follow(book.write(draft("2")));
    vi.setSystemTime(Date.parse("2026-11-30T23:58:00Z"));
    follow(book.write(draft("3", { clockBack: true })));
    await store.end();
    await store.end();
    follow(book.write(draft("4")));
    await store.end();
    expect(written()).toEqual(["23:59:58", "23:59:58", "23:59:58"]);
  });
});
