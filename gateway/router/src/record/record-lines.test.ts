import { createHmac } from "node:crypto";
import { AuditRecord, type MonthKeys } from "@truc/contracts";
import { describe, expect, test } from "vitest";
import { type RecordFacts, RecordLines } from "./record-lines.ts";

const keys: MonthKeys = {
  month: "2026-11",
  pseudonyms: Buffer.alloc(32, 1),
  digests: Buffer.alloc(32, 2),
};
const ARRIVED = Date.parse("2026-11-22T08:00:00Z");
const CONTEXT = "c".repeat(43);
const FACTS: RecordFacts = {
  id: "0d6f6d54-2b52-4d3c-8d7b-4f3c0a1f5d2e",
  arrived: ARRIVED,
  context: CONTEXT,
  person: undefined,
  actor: undefined,
  case: undefined,
  operation: undefined,
  variables: undefined,
  outcome: "answered",
  code: undefined,
  asked: new Map(),
  failed: new Map(),
  bytes: 0,
  read: { objects: 0, byType: new Map() },
  receipt: undefined,
};
const SALT = expect.stringMatching(/^[\w-]{22}$/);

/** One after the other, by a clock that shows these moments. */
function linesAt(...moments: number[]): (facts?: Partial<RecordFacts>) => string[] {
  const lines = new RecordLines(() => moments.shift() ?? ARRIVED);
  return (facts = {}) => [...lines.of({ ...FACTS, ...facts }, keys).lines];
}

function recordOf(text: string | undefined): AuditRecord {
  expect(text).not.toContain("\n");
  return AuditRecord.parse(JSON.parse(text!));
}

function pseudonym(type: string, key: string): string {
  return createHmac("sha256", keys.pseudonyms)
    .update(`${type}:${key}`)
    .digest()
    .subarray(0, 16)
    .toString("base64url");
}

describe("a record's line", () => {
  test("holds what there is, in the order of its shape", () => {
    const [line, ...others] = linesAt(ARRIVED + 12)({
      person: 'somebody "quoted"\n',
      actor: "officer-7",
      case: "12/2026:HS-Đ",
      operation: "o".repeat(22),
      variables: "v".repeat(22),
      outcome: "partial",
      code: "REGISTER_UNAVAILABLE",
      asked: new Map([
        ["ships", 2],
        ["crews", 1],
      ]),
      failed: new Map([["ships", 1]]),
      bytes: 512,
      read: {
        objects: 3,
        byType: new Map([
          ["Citizen", new Set(["001", "002"])],
          ["Company", new Set(["7"])],
        ]),
      },
      receipt: "r".repeat(22),
    });
    expect(others).toEqual([]);
    const record = recordOf(line);
    expect(record).toEqual({
      id: FACTS.id,
      time: ARRIVED,
      ms: 12,
      context: CONTEXT,
      person: 'somebody "quoted"\n',
      actor: "officer-7",
      case: "12/2026:HS-Đ",
      operation: "o".repeat(22),
      variables: "v".repeat(22),
      outcome: "partial",
      code: "REGISTER_UNAVAILABLE",
      asked: { ships: 2, crews: 1 },
      failed: { ships: 1 },
      bytes: 512,
      objects: 3,
      subjects: {
        Citizen: [pseudonym("Citizen", "001"), pseudonym("Citizen", "002")],
        Company: [pseudonym("Company", "7")],
      },
      receipt: "r".repeat(22),
      salt: SALT,
    });
    const names = Object.keys(AuditRecord.shape);
    const order = Object.keys(JSON.parse(line!) as object).map((name) => names.indexOf(name));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(JSON.stringify(JSON.parse(line!))).toBe(line);
  });

  test("leaves out what there is not", () => {
    expect(recordOf(linesAt(ARRIVED)()[0])).toEqual({
      id: FACTS.id,
      time: ARRIVED,
      ms: 0,
      context: CONTEXT,
      outcome: "answered",
      bytes: 0,
      salt: SALT,
    });
  });

  test("has a salt of its own", () => {
    const next = linesAt();
    const salts = Array.from({ length: 1_000 }, () => recordOf(next()[0]).salt);
    expect(new Set(salts).size).toBe(1_000);
  });

  test("says when the clock has gone back, by more than a second, since the record before", () => {
    const next = linesAt(ARRIVED + 5_000, ARRIVED + 4_000, ARRIVED + 2_999, ARRIVED + 2_999);
    const marks = [1, 2, 3, 4].map(() => recordOf(next()[0]).clockBack);
    expect(marks).toEqual([undefined, undefined, true, undefined]);
  });

  test("has no negative duration where the clock went back during the request", () => {
    expect(recordOf(linesAt(ARRIVED - 60_000)()[0]).ms).toBe(0);
  });
});

describe("a request that has read the data of very many", () => {
  const keysOf = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, n) => `${prefix}${n}`);
  const many = (counts: Record<string, number>): RecordFacts["read"] => ({
    objects: 12_345,
    byType: new Map(
      Object.entries(counts).map(([type, count]) => [type, new Set(keysOf(type, count))]),
    ),
  });

  test.each([
    ["exactly a record's fill", { Citizen: 1_000 }, [{ Citizen: 1_000 }]],
    ["one more", { Citizen: 1_001 }, [{ Citizen: 1_000 }, { Citizen: 1 }]],
    [
      "of several types",
      { Citizen: 700, Parcel: 700, Company: 700 },
      [{ Citizen: 700, Parcel: 300 }, { Parcel: 400, Company: 600 }, { Company: 100 }],
    ],
    [
      "over 10,000 citizens",
      { Citizen: 10_500 },
      [...Array.from({ length: 10 }, () => ({ Citizen: 1_000 })), { Citizen: 500 }],
    ],
  ])("is on record in parts, none left out: %s", (_what, counts, expected) => {
    const facts = { read: many(counts), bytes: 99, asked: new Map([["a", 1]]) };
    const records = linesAt(ARRIVED + 3, ARRIVED + 3)(facts).map(recordOf);
    expect(
      records.map(({ subjects }) =>
        Object.fromEntries(Object.entries(subjects!).map(([type, all]) => [type, all.length])),
      ),
    ).toEqual(expected);
    const named = records.flatMap(({ subjects }) =>
      Object.entries(subjects!).flatMap(([type, all]) => all.map((each) => `${type} ${each}`)),
    );
    expect(named).toEqual(
      Object.entries(counts).flatMap(([type, count]) =>
        keysOf(type, count).map((key) => `${type} ${pseudonym(type, key)}`),
      ),
    );
    const n = expected.length;
    expect(records.map(({ part }) => part)).toEqual(
      n === 1 ? [undefined] : expected.map((_, index) => [index + 1, n]),
    );
    // What is said of the whole request is said once.
    expect(records.map(({ objects, bytes, asked }) => [objects, bytes, asked])).toEqual([
      [12_345, 99, { a: 1 }],
      ...Array.from({ length: n - 1 }, () => [undefined, 0, undefined]),
    ]);
    for (const { id, context, ms } of records)
      expect([id, context, ms]).toEqual([FACTS.id, CONTEXT, 3]);
    expect(new Set(records.map(({ salt }) => salt)).size).toBe(n);
  });
});

test("no key of anybody stands in any line, whatever they are", () => {
  const pins = Array.from({ length: 3_000 }, (_, n) => `0792${String(n * 7_919).padStart(8, "0")}`);
  const read = { objects: pins.length, byType: new Map([["Citizen", new Set(pins)]]) };
  const text = linesAt(ARRIVED)({ read }).join("\n");
  expect(pins.filter((pin) => text.includes(pin))).toEqual([]);
});
