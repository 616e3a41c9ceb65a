import { expect, test } from "vitest";
import { adopt, mergeAll, mergeSelected, type ResultMap } from "./merge.ts";
import { objectsAt, pathsAt } from "./places.ts";
import { GivenPlace, type SelectedKey, type SelectedKeys } from "./selected-keys.ts";

interface Tree {
  readonly [key: string]: Tree | null;
}

/** Selected keys as a tree; what is given by this fetch alone is written in capitals. */
function keysOf(tree: Tree): SelectedKeys {
  return Object.entries(tree).map(([key, inner]): SelectedKey => {
    const place = new GivenPlace();
    place.givers = key === key.toUpperCase() ? 1 : 2;
    return { key, place, inner: inner === null ? undefined : keysOf(inner) };
  });
}

function merged(known: ResultMap, given: ResultMap, tree: Tree): ResultMap {
  mergeSelected(known, given, keysOf(tree), new Set(["Vessel"]));
  return known;
}

test("what is known wins over a null, and what is given over what is known", () => {
  const tree = { a: null, b: null, c: null, d: null };
  expect(merged({ a: 1, b: 2, c: null }, { a: null, b: 3, c: 4, d: null }, tree)).toEqual({
    a: 1,
    b: 3,
    c: 4,
    d: null,
  });
  expect(merged({ a: 1 }, {}, tree)).toEqual({ a: 1 });
});

test("what one fetch alone gives is what it says", () => {
  expect(merged({ A: 1, B: 2 }, { A: null }, { A: null, B: null, C: null })).toEqual({
    A: null,
    B: undefined,
  });
});

test("objects are merged by the keys that are asked for, lists element by element", () => {
  const tree = { list: { a: null, o: { b: null } } };
  const known = { list: [{ a: 1, o: null }, null, { a: 3, o: { b: 3 } }] };
  const given = {
    list: [{ a: 2, o: { b: 1 }, x: "nobody asked" }, { a: 5 }, { a: null, o: { b: null, x: 1 } }],
  };
  expect(merged(known, given, tree)).toEqual({
    list: [{ a: 2, o: { b: 1 } }, { a: 5 }, { a: 3, o: { b: 3 } }],
  });
  expect(merged({ list: [1] }, { list: [{ a: 1 }, { a: 2 }] }, tree)).toEqual({
    list: [{ a: 1 }, { a: 2 }],
  });
});

test("values without selections may be anything, and change no prototype", () => {
  const given = JSON.parse('{"v":{"__proto__":{"polluted":1},"b":2}}') as ResultMap;
  const known = merged({ v: { a: 1 } }, given, { v: null });
  expect(JSON.stringify(known)).toBe('{"v":{"a":1,"__proto__":{"polluted":1},"b":2}}');
  expect(({} as ResultMap)["polluted"]).toBeUndefined();
  expect(merged({ v: [1, null, 3] }, { v: [null, 2, 4] }, { v: null })).toEqual({ v: [1, 2, 4] });
});

test("a copy has no prototype at any depth, and every key its value", () => {
  const copy = adopt(JSON.parse('{"__proto__":{"a":[{"constructor":null}]}}')) as ResultMap;
  expect(JSON.stringify(copy)).toBe('{"__proto__":{"a":[{"constructor":null}]}}');
  const inner = copy["__proto__"] as { a: object[] };
  for (const object of [copy, inner, inner.a[0]!]) expect(Object.getPrototypeOf(object)).toBeNull();
});

test("a plan's path leads to every object, and each knows where it stands", () => {
  const [a, b, c] = [{ n: 1 }, { n: 2 }, { n: 3 }];
  const data = { x: [{ y: a }, null, { y: null }, { y: [b, [c]] }, 5], z: "text" };
  const at = ["x", "@", "y"];
  expect(objectsAt(data, at)).toEqual([a, b, c]);
  expect([...pathsAt(data, at)]).toEqual([
    [a, ["x", 0, "y"]],
    [b, ["x", 3, "y", 0]],
    [c, ["x", 3, "y", 1, 0]],
  ]);
  expect(objectsAt(data, ["z", "length"])).toEqual([]);
  expect(objectsAt(data, [])).toEqual([data]);
});

test("the name of an interface never takes the place of a type's, whichever comes first", () => {
  const tree = { ship: { __typename: null } };
  const named = (name: string): ResultMap => ({ ship: { __typename: name } });
  for (const [before, after] of [
    ["Vessel", "Ship"],
    ["Ship", "Vessel"],
    ["Boat", "Ship"],
  ] as const) {
    expect(merged(named(before), named(after), tree)).toEqual(named("Ship"));
    const known = adopt(named(before)) as ResultMap;
    mergeAll(known, adopt(named(after)) as ResultMap, new Set(["Vessel"]));
    expect(known).toEqual(adopt(named("Ship")));
  }
});
