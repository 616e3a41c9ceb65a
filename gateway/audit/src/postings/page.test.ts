import fc from "fast-check";
import { expect, test } from "vitest";
import { compositeOf, endOfKey, keyOf, type Place, placeOf } from "./composite.ts";
import { groupOf, PageCursor } from "./page-reader.ts";
import { MAX_PAGE_BYTES, PageWriter } from "./page-writer.ts";

const HIGHEST = 2 ** 48 - 1;
const key = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => latin1(bytes));
const place = fc
  .tuple(fc.maxSafeNat(), fc.maxSafeNat(), fc.boolean())
  .map(([a, b, once]): Place => {
    const at = a % HIGHEST;
    return { at, position: once ? at : b % (at + 1) };
  });
const postings = fc.uniqueArray(
  fc.tuple(
    key,
    fc.uniqueArray(place, {
      minLength: 1,
      maxLength: 60,
      selector: ({ at, position }) => `${at} ${position}`,
    }),
  ),
  { maxLength: 40, selector: ([own]) => own },
);

const KEY = Buffer.from("k".repeat(16));

/** A page read from its beginning to its end. */
function groupsOf(data: Buffer): { key: string; places: Place[] }[] {
  const groups: { key: string; places: Place[] }[] = [];
  const cursor = new PageCursor(data);
  while (cursor.next()) {
    const { keyAt } = cursor;
    groups.push({ key: latin1(data.subarray(keyAt, keyAt + 16)), places: cursor.places() });
  }
  return groups;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCodePoint(...bytes);
}

/** Keys by their bytes, places newest first. */
function sorted(given: [string, Place[]][]): [string, Place[]][] {
  return given
    .map(([own, places]): [string, Place[]] => [
      own,
      places.toSorted((a, b) => (a.at === b.at ? b.position - a.position : b.at - a.at)),
    ])
    .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a, "latin1"), Buffer.from(b, "latin1")));
}

test("what is written into pages is read out of them, whatever their length", () => {
  fc.assert(
    fc.property(postings, fc.constantFrom(48, 100, 1_960), (given, maxBytes) => {
      const writer = new PageWriter(maxBytes);
      for (const [own, places] of sorted(given))
        for (const each of places) writer.add(Buffer.from(own, "latin1"), 0, each);
      writer.end();
      const read = new Map<string, Place[]>();
      for (const { first, data } of writer.pages) {
        expect(data.length).toBeLessThanOrEqual(maxBytes);
        const groups = groupsOf(data);
        expect(first).toEqual(compositeOf(groups[0]!.key, groups[0]!.places[0]!));
        for (const group of groups) {
          expect(groupOf(data, group.key)).toEqual({
            places: group.places,
            reachesEnd: group === groups.at(-1),
          });
          read.set(group.key, [...(read.get(group.key) ?? []), ...group.places]);
        }
      }
      expect([...read]).toEqual(sorted(given));
    }),
  );
});

test("a group copied from another page is what its postings would be one by one", () => {
  fc.assert(
    fc.property(
      postings,
      fc.constantFrom(48, 100, 1_960),
      fc.constantFrom(48, 100, 1_960),
      (given, fromBytes, toBytes) => {
        const from = new PageWriter(fromBytes);
        const expected = new PageWriter(toBytes);
        for (const [own, places] of sorted(given))
          for (const each of places)
            for (const writer of [from, expected]) writer.add(Buffer.from(own, "latin1"), 0, each);
        for (const writer of [from, expected]) writer.end();
        const copied = new PageWriter(toBytes);
        let copies = 0;
        for (const { data } of from.pages) {
          const cursor = new PageCursor(data);
          while (cursor.next())
            if (copied.addGroup(cursor)) copies++;
            else for (const each of cursor.places()) copied.add(data, cursor.keyAt, each);
        }
        copied.end();
        expect(copied.pages).toEqual(expected.pages);
        expect(copied.lastFull).toEqual(expected.lastFull);
        if (given.length > 0 && toBytes >= fromBytes) expect(copies).toBeGreaterThan(0);
      },
    ),
  );
});

test("a frequent key's posting takes one byte, a key's only one at most 24", () => {
  const frequent = new PageWriter();
  for (let at = 10_000_000; at > 9_999_000; at--) frequent.add(KEY, 0, { at, position: at });
  frequent.end();
  expect(frequent.pages.map(({ data }) => data.length)).toEqual([16 + 2 + 4 + 999]);
  const single = new PageWriter();
  single.add(KEY, 0, { at: 100_000_000, position: 100_000_000 });
  single.end();
  expect(single.pages[0]!.data.length).toBe(22);
});

test("a posting that comes twice is written once, on a new page too", () => {
  const writer = new PageWriter(48);
  const places = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((at) => ({
    at: at * 1_000_000_000,
    position: 0,
  }));
  for (const each of places) for (let times = 0; times < 3; times++) writer.add(KEY, 0, each);
  writer.end();
  expect(writer.pages.length).toBeGreaterThan(1);
  expect(
    writer.pages.flatMap(({ data }) => groupsOf(data).flatMap((group) => group.places)),
  ).toEqual(places);
});

test("a page is as long as the database's blocks have room for four of", () => {
  expect(MAX_PAGE_BYTES).toBe(1_960);
});

test("composites sort as postings do, and give back what they are made of", () => {
  fc.assert(
    fc.property(key, place, key, place, (keyA, placeA, keyB, placeB) => {
      const a = compositeOf(keyA, placeA);
      expect(keyOf(a)).toBe(keyA);
      expect(placeOf(a)).toEqual(placeA);
      expect(a.compare(endOfKey(keyA))).toBeLessThanOrEqual(0);
      const expected =
        Buffer.compare(Buffer.from(keyA, "latin1"), Buffer.from(keyB, "latin1")) ||
        Math.sign(placeB.at - placeA.at) ||
        Math.sign(placeB.position - placeA.position);
      expect(a.compare(compositeOf(keyB, placeB))).toBe(expected);
      expect(Math.sign(compositeOf(keyA, placeB).compare(a))).toBe(
        Math.sign(placeA.at - placeB.at) || Math.sign(placeA.position - placeB.position),
      );
    }),
  );
});

test("torn bytes are no page", () => {
  const writer = new PageWriter();
  writer.add(KEY, 0, { at: 300, position: 300 });
  writer.end();
  const { data } = writer.pages[0]!;
  for (const length of [data.length - 1, 17])
    expect(() => groupsOf(data.subarray(0, length))).toThrow(RangeError);
  expect(() => groupsOf(Buffer.concat([data, KEY, Buffer.from([0, 0])]))).toThrow(RangeError);
});
