import { hkdfSync } from "node:crypto";
import { expect, test } from "vitest";
import { Digests } from "./digests.ts";
import { KeyRing, LocalMonthKeys } from "./month-keys.ts";

const ROOT = Buffer.alloc(32, 7);
const at = (text: string): number => Date.parse(text);

test("a moment's keys are those of its month in UTC, made out of the root key", () => {
  const keys = new LocalMonthKeys(ROOT);
  for (const [moment, month] of [
    ["2026-11-01T00:00:00.000Z", "2026-11"],
    ["2026-11-30T23:59:59.999Z", "2026-11"],
    ["2026-12-01T00:00:00.000Z", "2026-12"],
    ["2026-12-31T23:59:59.999Z", "2026-12"],
    ["2027-01-01T00:00:00.000Z", "2027-01"],
    // In Viet Nam it is December already.
    ["2026-12-01T06:59:59.999+07:00", "2026-11"],
  ] as const) {
    const found = keys.of(at(moment));
    expect(found.month).toBe(month);
    const key = Buffer.from(hkdfSync("sha256", ROOT, "", `truc audit pseudonyms ${month}`, 32));
    expect(found.pseudonyms).toEqual(key);
  }
});

test("many months are held at once, the oldest no longer than there is room", () => {
  const ring = new KeyRing();
  const months = ["2026-09", "2026-11", "2026-10", "2026-12", "2027-01", "2027-02", "2027-03"];
  for (const month of months) ring.add({ month, pseudonyms: ROOT, digests: ROOT });
  const found = months.map((month) => ring.of(at(`${month}-15T00:00:00Z`))?.month);
  expect(found).toEqual([undefined, ...months.slice(1)]);
  const other = Buffer.alloc(32, 8);
  ring.add({ month: "2026-12", pseudonyms: other, digests: other });
  expect(ring.of(at("2026-12-15T00:00:00Z"))?.pseudonyms).toBe(other);
});

test("equal values have equal digests, and another one in another month", () => {
  const digests = new Digests(new LocalMonthKeys(ROOT));
  const november = at("2026-11-22T00:00:00Z");
  const one = digests.ofJson({ b: [{ d: 1, c: null }], a: "x" }, november);
  expect(digests.ofJson({ a: "x", b: [{ c: null, d: 1 }] }, november)).toBe(one);
  expect(digests.ofJson({ a: "x", b: [{ c: null, d: 2 }] }, november)).not.toBe(one);
  expect(digests.ofJson({ a: "x", b: [{ c: null, d: 1 }] }, at("2026-12-01T00:00:00Z"))).not.toBe(
    one,
  );
  expect(one).toMatch(/^[\w-]{22}$/);
});

test.each([
  [{ pin: "001" }, '{"pin":"001"}'],
  [{ a: 1, b: ["x", null, true], c: {} }, '{"a":1,"b":["x",null,true],"c":{}}'],
  [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
  [{ a: { d: 1, c: 2 }, b: 3 }, '{"a":{"c":2,"d":1},"b":3}'],
  [{ a: [{ a: 1 }, { d: 1, c: [{ z: 1, y: 2 }] }] }, '{"a":[{"a":1},{"c":[{"y":2,"z":1}],"d":1}]}'],
  [{ Z: 1, a: 2, á: 3 }, '{"Z":1,"a":2,"á":3}'],
  [JSON.parse('{"b":1,"__proto__":{"d":1,"c":2}}'), '{"__proto__":{"c":2,"d":1},"b":1}'],
  // Names that are numbers stand in their own order, whatever JavaScript makes of it.
  [{ 10: 1, 9: 2, a: 3 }, '{"9":2,"10":1,"a":3}'],
  [null, "null"],
])("the digest of %j is that of it with its names in order", (value, text) => {
  const digests = new Digests(new LocalMonthKeys(ROOT));
  const moment = at("2026-11-22T00:00:00Z");
  expect(digests.ofJson(value, moment)).toBe(digests.ofText(text, moment));
});

test("an operation's digest is that of its text, in its month", () => {
  const digests = new Digests(new LocalMonthKeys(ROOT));
  const [november, december] = [at("2026-11-22T00:00:00Z"), at("2026-12-01T00:00:00Z")];
  for (const moment of [november, december, november])
    for (const text of ["{ a }", "{ b }"])
      expect(digests.ofOperation(`hash of ${text}`, text, moment)).toBe(
        digests.ofText(text, moment),
      );
});

test("without a key for the month nothing has a digest", () => {
  const digests = new Digests({ of: () => undefined, close: async () => {} });
  expect(() => digests.ofText("{ a }", 0)).toThrow(
    expect.objectContaining({ code: "AUDIT_UNAVAILABLE", status: 503 }),
  );
});
