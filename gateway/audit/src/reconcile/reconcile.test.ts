import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  journalFilesIn,
  Journals,
  type ReadFinding,
  reconcile,
  type RecordSource,
  ROUTER,
  RouterJournalSource,
  SegmentSource,
} from "./index.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "truc-reconcile-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const NOON = Date.parse("2026-03-02T12:00:00Z");
const SALT = "AAAAAAAAAAAAAAAAAAAAAA";
const OPERATION = "BBBBBBBBBBBBBBBBBBBBBB";

const contextOf = (system: string, purpose: string): string =>
  JSON.stringify({
    system,
    agency: "agency-1",
    purpose,
    legalBasis: null,
    grant: null,
    disclosureDelayDays: 0,
    operationName: null,
    fields: { PUBLIC: [], BASIC: [], SENSITIVE: [] },
    refused: [],
    decision: "allowed",
  });
const CONTEXT = contextOf("counter", "CHECK");
const digest = (text: string): string => createHash("sha256").update(text).digest("base64url");

/** A record's line, as a router writes it. */
function record(id: string, asked: object | undefined, more: Record<string, unknown> = {}): string {
  const { context = CONTEXT, ...further } = more;
  return JSON.stringify({
    id,
    time: NOON,
    ms: 20,
    context: digest(context as string),
    operation: OPERATION,
    outcome: "answered",
    ...(asked !== undefined && { asked }),
    bytes: 10,
    salt: SALT,
    ...further,
  });
}

let first = 1;
/** Puts records into a router's journal. */
function recorded(records: readonly string[], contexts: readonly string[] = [CONTEXT]): void {
  mkdirSync(join(directory, "router"), { recursive: true });
  const { time } = JSON.parse(records[0]!) as { time: number };
  const written = new Date(time + 25).toISOString();
  const batch = { router: "router-1", first, count: records.length, written, contexts, records };
  first += records.length;
  const file = join(directory, "router", `router-${written.slice(0, 10)}.jsonl`);
  appendFileSync(file, `${JSON.stringify({ ...batch, chain: "-" })}\n`);
}

/** Puts a line into a subgraph's journal. */
function journalled(subgraph: string, requestId: string, more: Record<string, unknown> = {}): void {
  mkdirSync(join(directory, subgraph), { recursive: true });
  const line = {
    time: new Date(NOON + 10).toISOString(),
    requestId,
    operationDigest: OPERATION,
    system: "counter",
    purpose: "CHECK",
    actor: null,
    caseReference: null,
    rows: 2,
    statements: 1,
    durationMs: 1.5,
    code: null,
    ...more,
  };
  const file = join(directory, subgraph, `${subgraph}-${line.time.slice(0, 10)}.jsonl`);
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

async function found(options: { records?: RecordSource; from?: Date; to?: Date } = {}) {
  const files = await journalFilesIn([directory]);
  const records = new RouterJournalSource(files.filter(({ name }) => name === ROUTER));
  return await reconcile({ records, journals: new Journals(files), ...options });
}

const short = (findings: readonly ReadFinding[]): string[] =>
  findings.map(({ kind, id, subgraph, count }) => `${kind}: ${id} ${subgraph} ${count}`);

describe("records and journals that agree", () => {
  test("fetch by fetch, and a request with nothing fetched has no line", async () => {
    recorded([
      record("a", { ships: 2, sailors: 1 }),
      record("b", undefined),
      record("c", { ships: 1 }),
    ]);
    for (const [subgraph, id] of [
      ["ships", "a"],
      ["ships", "a"],
      ["sailors", "a"],
      ["ships", "c"],
    ] as const)
      journalled(subgraph, id);
    const { findings, uncertain, agreed, withoutJournal, unreadable } = await found();
    expect({ findings, uncertain, agreed, withoutJournal, unreadable }).toEqual({
      findings: [],
      uncertain: [],
      agreed: 4,
      withoutJournal: {},
      unreadable: [],
    });
  });

  test("the router's own question beside its caller's, under one id", async () => {
    const own = contextOf("router", "SUBJECT_SETS");
    recorded(
      [record("a", { ships: 1 }), record("a", { ships: 1 }, { context: own, operation: SALT })],
      [CONTEXT, own],
    );
    journalled("ships", "a", { system: "router", purpose: "SUBJECT_SETS", operationDigest: SALT });
    journalled("ships", "a");
    expect((await found()).findings).toEqual([]);
  });

  test("a request in parts, of which the first says what was fetched", async () => {
    recorded([
      record("a", { ships: 1 }, { part: [1, 2] }),
      record("a", undefined, { part: [2, 2] }),
    ]);
    journalled("ships", "a");
    expect((await found()).findings).toEqual([]);
  });

  test("across midnight, whichever side is in the new day's file", async () => {
    const midnight = Date.parse("2026-03-03T00:00:00Z");
    recorded([record("late", { ships: 1 }, { time: midnight - 15 })]);
    journalled("ships", "late", { time: new Date(midnight + 1).toISOString() });
    recorded([record("early", { ships: 1 }, { time: midnight + 5 })]);
    journalled("ships", "early", { time: new Date(midnight - 3).toISOString() });
    expect(await found()).toMatchObject({ findings: [], agreed: 2 });
    const to = new Date(midnight);
    expect(await found({ to }), "also when the new day is not looked at").toMatchObject({
      findings: [],
      agreed: 1,
    });
  });
});

describe("one side lacks a read", () => {
  test("a line was taken out of a journal", async () => {
    recorded([record("a", { ships: 2 }, { actor: "officer-7", case: "case-1" })]);
    journalled("ships", "a", { actor: "officer-7", caseReference: "case-1" });
    journalled("ships", "b");
    recorded([record("b", { ships: 1 })]);
    const { findings } = await found();
    expect(findings).toEqual([
      {
        kind: "not in the journal",
        id: "a",
        subgraph: "ships",
        count: 1,
        time: "2026-03-02T12:00:00.000Z",
        system: "counter",
        purpose: "CHECK",
        actor: "officer-7",
        case: "case-1",
        text: "the record says 2 and the journal has fewer",
      },
    ]);
  });

  test("a record was taken out of the log, or its router was killed before it wrote it", async () => {
    recorded([record("a", { ships: 1 })]);
    journalled("ships", "a");
    journalled("ships", "b", { system: "spy", purpose: "NONE", rows: 3 });
    journalled("ships", "b", { system: "spy", purpose: "NONE", rows: 4 });
    const { findings } = await found();
    expect(findings).toEqual([
      {
        kind: "not on record",
        id: "b",
        subgraph: "ships",
        count: 2,
        time: "2026-03-02T12:00:00.010Z",
        system: "spy",
        purpose: "NONE",
        actor: null,
        case: null,
        text: "the request has no record; rows: 7",
      },
    ]);
  });

  test("more was read than the record says, also of a register that it does not name", async () => {
    recorded([record("a", { ships: 1 })]);
    for (const subgraph of ["ships", "ships", "sailors"]) journalled(subgraph, "a");
    expect(short((await found()).findings).toSorted()).toEqual([
      "not on record: a sailors 1",
      "not on record: a ships 1",
    ]);
  });

  test("a fetch that gave no answer is uncertain, not more than that", async () => {
    recorded([record("a", { ships: 3 }, { failed: { ships: 1 } })]);
    journalled("ships", "a");
    const { findings, uncertain } = await found();
    expect([short(findings), short(uncertain)]).toEqual([
      ["not in the journal: a ships 1"],
      ["not in the journal: a ships 1"],
    ]);
    journalled("ships", "a");
    journalled("ships", "a");
    expect(await found()).toMatchObject({ findings: [], uncertain: [], agreed: 3 });
  });

  test("a register without any journal is told once", async () => {
    recorded([record("a", { ships: 1, foreign: 2 }), record("b", { foreign: 1 })]);
    journalled("ships", "a");
    expect(await found()).toMatchObject({ findings: [], withoutJournal: { foreign: 3 } });
  });
});

test.each([
  ["system", { system: "spy" }, 'system is "spy" in the journal and "counter" on record'],
  ["purpose", { purpose: null }, 'purpose is nothing in the journal and "CHECK" on record'],
  [
    "actor",
    { actor: "officer-8" },
    'actor is "officer-8" in the journal and "officer-7" on record',
  ],
  ["case", { caseReference: "2" }, 'case is "2" in the journal and "1" on record'],
  [
    "operation",
    { operationDigest: SALT },
    `operation is "${SALT}" in the journal and "${OPERATION}" on record`,
  ],
])("the sides differ in the %s", async (_name, line, text) => {
  recorded([record("a", { ships: 2 }, { actor: "officer-7", case: "1" })]);
  const agreeing = { actor: "officer-7", caseReference: "1" };
  journalled("ships", "a", { ...agreeing, ...line });
  journalled("ships", "a", agreeing);
  const { findings, agreed } = await found();
  expect(findings.map((each) => [each.kind, each.text])).toEqual([["differs", text]]);
  expect(agreed).toBe(1);
});

test("only what is between two moments is judged; lines beside it are counted", async () => {
  for (const [id, minutes] of [
    ["before", -30],
    ["within", 0],
    ["after", 30],
  ] as const) {
    const time = NOON + minutes * 60_000;
    recorded([record(id, { ships: 1 }, { time })]);
    journalled("ships", `other-${id}`, { time: new Date(time).toISOString() });
  }
  const [from, to] = [new Date(NOON - 60_000), new Date(NOON + 60_000)];
  const { findings, outside } = await found({ from, to });
  expect(short(findings).toSorted()).toEqual([
    "not in the journal: within ships 1",
    "not on record: other-within ships 1",
  ]);
  expect(outside).toBe(2);
});

test("a line that is being written is none yet, and a line separator in a text ends none", async () => {
  const reference = "case\u2028with \u2029 separators";
  recorded([record("a", { ships: 1 }, { case: reference })]);
  journalled("ships", "a", { caseReference: reference });
  appendFileSync(join(directory, "ships", "ships-2026-03-02.jsonl"), '{"time":"2026-03');
  expect(await found()).toMatchObject({ findings: [], unreadable: [], agreed: 1 });
});

test("lines that cannot be read are told, and a journal of another kind is passed over", async () => {
  recorded([record("a", { ships: 1 }), "no record"]);
  journalled("ships", "a");
  writeFileSync(
    join(directory, "ships", "orders-2026-03-02.jsonl"),
    '{"time":"x","order":"stop"}\n',
  );
  appendFileSync(join(directory, "ships", "ships-2026-03-02.jsonl"), '{"requestId":"half\n');
  appendFileSync(
    join(directory, "router", "router-2026-03-02.jsonl"),
    '{"router":"r","refusals":[]}\ntorn\n',
  );
  const { findings, unreadable } = await found();
  expect(findings).toEqual([]);
  expect(unreadable.map(({ where }) => where)).toEqual(
    expect.arrayContaining([
      `line 2 of ${join(directory, "ships", "ships-2026-03-02.jsonl")}`,
      `line 3 of ${join(directory, "router", "router-2026-03-02.jsonl")}`,
    ]),
  );
  expect(unreadable).toHaveLength(3);
});

test("what has only just come may still get its other side", async () => {
  const time = Date.now() - 10;
  journalled("ships", "a", { time: new Date(time).toISOString() });
  const files = await journalFilesIn([directory]);
  let looks = 0;
  const records: RecordSource = {
    isLive: true,
    extent: async () => ({ from: time - 1_000, to: Date.now() }),
    reads: async function* () {
      // The router writes the record while the second look is under way.
      if (++looks < 2) return;
      yield {
        id: "a",
        arrived: time,
        recorded: time,
        circumstances: undefined,
        asked: { ships: 1 },
        failed: {},
      };
    },
  };
  const { findings, agreed } = await reconcile({ records, journals: new Journals(files) });
  expect([findings, agreed, looks]).toEqual([[], 1, 2]);
});

test("exported segments are as good as the database", async () => {
  const segments = [0, 2].map((from, index) => {
    const folder = join(directory, `segment-${from}`);
    mkdirSync(folder);
    const time = NOON + index * 86_400_000;
    const records = [`${index}-a`, `${index}-b`].map((id) => record(id, { ships: 1 }, { time }));
    const write = (name: string, lines: readonly string[]): void =>
      writeFileSync(join(folder, name), lines.map((line) => `${line}\n`).join(""));
    write("records.jsonl", [...records]);
    write("contexts.jsonl", [CONTEXT]);
    write("order.jsonl", [JSON.stringify({ written: new Date(time + 25).toISOString() })]);
    writeFileSync(join(folder, "segment.json"), JSON.stringify({ from }));
    for (const id of [`${index}-a`, `${index}-b`])
      if (id !== "1-b") journalled("ships", id, { time: new Date(time + 5).toISOString() });
    return folder;
  });
  journalled("ships", "2-a", { time: new Date(NOON + 86_400_000).toISOString() });
  const records = await SegmentSource.open(segments.toReversed());
  const { findings, uncertain, agreed, from, to } = await found({ records });
  expect(short(findings)).toEqual(["not in the journal: 1-b ships 1"]);
  expect(short(uncertain), "was perhaps under way when the log was cut off").toEqual([
    "not on record: 2-a ships 1",
  ]);
  expect(agreed).toBe(3);
  expect([from, to]).toEqual([new Date(NOON + 25 - 600_000), new Date(NOON + 86_400_000 + 26)]);
  const again = await SegmentSource.open(segments);
  const all = await found({ records: again, to: new Date(NOON + 2 * 86_400_000) });
  expect(short(all.findings).toSorted()).toEqual([
    "not in the journal: 1-b ships 1",
    "not on record: 2-a ships 1",
  ]);
});
