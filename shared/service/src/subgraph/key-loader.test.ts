import { expect, it } from "vitest";
import { type StatementObserver } from "../database/statement-count.ts";
import { observer } from "../database/statement-count.ts";
import { KeyLoader, type KeyReader } from "./key-loader.ts";
import { LevelSchedule } from "./level-schedule.ts";

function reader(refuses = false): KeyReader & { took: KeyReader["took"]; values: unknown[] } {
  const values: unknown[] = [];
  const loading: StatementObserver = { answered: () => {}, rows: () => {} };
  return {
    loading,
    values,
    took(_loader, _identity, value) {
      values.push(value);
      if (refuses) throw new Error("refused");
    },
  };
}

function loader(read: (keys: readonly string[]) => Promise<Map<string, number>>) {
  return new KeyLoader<string, number>(new LevelSchedule(), -1, read);
}

it("reads the keys of a level in one batch, each once, for all who ask", async () => {
  const batches: (readonly string[])[] = [];
  const lengths = loader(async (keys) => {
    batches.push(keys);
    return new Map(keys.filter((key) => key !== "").map((key) => [key, key.length]));
  });
  const [one, other] = [reader(), reader()];
  expect(
    await Promise.all([
      lengths.load("ab", one),
      lengths.load("abc", other),
      lengths.load("ab", other),
      lengths.load("", one),
    ]),
  ).toEqual([2, 3, 2, -1]);
  expect(await lengths.load("abc", one)).toBe(3);
  expect(batches).toEqual([["ab", "abc", ""]]);
  expect([one.values, other.values]).toEqual([
    [2, -1, 3],
    [2, 3],
  ]);
});

it("tells keys that are objects apart by their text", async () => {
  const sums = new KeyLoader<{ a: number; b: number }, number>(
    new LevelSchedule(),
    0,
    async (keys) => new Map(keys.map(({ a, b }) => [{ a, b }, a + b])),
  );
  const asked = [
    { a: 1, b: 2 },
    { a: 1, b: 2 },
    { a: 2, b: 2 },
  ];
  expect(await Promise.all(asked.map((key) => sums.load(key, reader())))).toEqual([3, 3, 4]);
});

it("runs a batch for the observer of whoever asked first", async () => {
  const seen: unknown[] = [];
  const lengths = loader(async () => {
    await Promise.resolve();
    seen.push(observer());
    return new Map();
  });
  const [first, second] = [reader(), reader()];
  await Promise.all([lengths.load("a", first), lengths.load("b", second)]);
  expect(seen).toEqual([first.loading]);
  expect(seen[0]).toBe(first.loading);
});

it("fails for all who asked when its batch fails, and reads again for who asks later", async () => {
  let failing = true;
  const lengths = loader(async (keys) => {
    if (failing) throw new Error("down");
    return new Map(keys.map((key) => [key, key.length]));
  });
  const results = await Promise.allSettled([
    lengths.load("a", reader()),
    lengths.load("a", reader()),
    lengths.load("b", reader()),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  failing = false;
  expect(await lengths.load("a", reader())).toBe(1);
});

it("refuses one who may have no more, and nobody else", async () => {
  const lengths = loader(async (keys) => new Map(keys.map((key) => [key, key.length])));
  const results = await Promise.allSettled([
    lengths.load("a", reader(true)),
    lengths.load("a", reader()),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
});

it("refuses to be asked for nothing", async () => {
  const lengths = loader(async () => new Map());
  await expect(lengths.load(null as never, reader())).rejects.toThrow(TypeError);
});

it("gives what was read before no earlier than what is asked for beside it", async () => {
  const order: string[] = [];
  const lengths = loader(async (keys) => {
    order.push(`read ${keys.join()}`);
    return new Map(keys.map((key) => [key, key.length]));
  });
  const asking = reader();
  const note = async (key: string) => {
    await lengths.load(key, asking);
    order.push(key);
  };
  await note("a");
  await Promise.all([note("a"), note("b")]);
  await note("b");
  expect(order).toEqual(["read a", "a", "read b", "a", "b", "b"]);
});
