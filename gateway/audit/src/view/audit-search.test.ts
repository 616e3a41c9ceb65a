import type { AuditContext, AuditRecord } from "@truc/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { damage, START, startView, type TestView } from "./test-view.ts";

const HER = "901012345678";
const HIM = "901087654321";
const COMPANY = "0100112437";
const PARCEL = "00004-12-345";
const DAY = 24 * 3_600_000;

let view: TestView;
beforeAll(async () => {
  view = await startView();
});
afterAll(() => view.stop());

async function ids(filter: string, person?: string): Promise<string[]> {
  const found: string[] = [];
  let after = "";
  for (let more = true; more;) {
    const args = `(filter: {${filter}}, first: 100${after})`;
    const { nodes, pageInfo, errors } = await view.auditRecords(args, person);
    expect(errors).toBeUndefined();
    found.push(...nodes.map(({ id }: { id: string }) => id));
    more = pageInfo.hasNextPage;
    after = `, after: "${pageInfo.endCursor}"`;
  }
  return found;
}

/** What a written record is about, to be searched by going through all. */
interface Written {
  readonly position: number;
  readonly record: Partial<AuditRecord>;
  readonly context: Partial<AuditContext>;
  readonly who: readonly string[];
}

describe("a search", () => {
  const written: Written[] = [];
  const AGENCIES = ["north", "south", "rare"];
  const PURPOSES = ["READ", "WRITE"];
  const REGISTERS = ["people", "boats", "harbours"];
  const OUTCOMES = ["answered", "partial", "refused", "failed"] as const;
  let random = 12_345;
  const pick = <T>(from: readonly T[]): T => {
    random = (random * 48_271) % 2_147_483_647;
    return from[random % from.length]!;
  };
  const keys = () => ({
    Citizen: [HER, HIM].filter(() => pick([true, false])),
    Company: [COMPANY].filter(() => pick([true, false])),
    LandParcel: [PARCEL].filter(() => pick([true, false, false])),
  });

  beforeAll(async () => {
    for (let batch = 0; batch < 60; batch++) {
      await view.pass(DAY);
      const context = {
        agency: batch === 17 ? "rare" : pick(AGENCIES.slice(0, 2)),
        system: `system-${pick([1, 2])}`,
        purpose: pick(PURPOSES),
        grant: pick(["grant-1", null]),
        disclosureDelayDays: pick([0, 0, 20, 200]),
      };
      const records = Array.from({ length: 8 }, (_, n) => recordOf(batch, n));
      const position = view.log.size;
      for (const [index, { who, record }] of records.entries())
        written.push({ position: position + index, context, record, who });
      await view.write(
        records.map(({ record }) => record),
        context,
      );
    }
  });

  function recordOf(batch: number, n: number): { who: string[]; record: Partial<AuditRecord> } {
    // Routers' clocks are not all right.
    const time = view.now + pick([0, 0, -3 * DAY, 2 * DAY]);
    const of = keys();
    const who = Object.values(of).flat();
    return {
      who,
      record: {
        time,
        outcome: pick(OUTCOMES),
        asked: Object.fromEntries(REGISTERS.filter(() => pick([true, false])).map((r) => [r, 1])),
        subjects: Object.fromEntries(
          Object.entries(of).map(([type, own]) => [
            type,
            own.map((key) => view.pseudonym(type, key, time)),
          ]),
        ),
        ...(n === 7 && { id: `split-${batch}`, part: [2, 2] as [number, number] }),
        ...(n === 6 && { id: `split-${batch}`, part: [1, 2] as [number, number] }),
      },
    };
  }

  /** Newest first; a request's further parts only where somebody's data is asked for. */
  function expected(test: (each: Written) => boolean, ofSubjects = false): string[] {
    return written
      .filter((each) => (ofSubjects || (each.record.part?.[0] ?? 1) === 1) && test(each))
      .map(({ position }) => String(position))
      .toReversed();
  }

  const before = (found: string[]) => found.filter((id) => Number(id) >= written[0]!.position);

  it("finds by agency, system, purpose, grant, register and outcome, alone and together", async () => {
    const conditions: [string, (each: Written) => boolean][] = [
      ['agency: "north"', ({ context }) => context.agency === "north"],
      ['agency: "rare"', ({ context }) => context.agency === "rare"],
      ['system: "system-1"', ({ context }) => context.system === "system-1"],
      ['purpose: "WRITE"', ({ context }) => context.purpose === "WRITE"],
      ['grant: "grant-1"', ({ context }) => context.grant === "grant-1"],
      ['register: "harbours"', ({ record }) => record.asked?.["harbours"] === 1],
      ["outcome: REFUSED", ({ record }) => record.outcome === "refused"],
    ];
    for (let set = 1; set < 2 ** conditions.length; set += pick([1, 2, 3, 5])) {
      const some = conditions.filter((_, index) => Math.floor(set / 2 ** index) % 2 === 1);
      if (new Set(some.map(([text]) => text.split(":", 1)[0])).size < some.length) continue;
      const filter = some.map(([text]) => text).join(", ");
      const found = before(await ids(filter));
      expect([filter, found]).toEqual([
        filter,
        expected((each) => some.every(([, test]) => test(each))),
      ]);
    }
  });

  it.each([
    ["citizen", HER],
    ["company", COMPANY],
    ["parcel", PARCEL],
  ])("finds whose data was read by %s, also what they are shown later", async (name, key) => {
    const found = before(await ids(`${name}: "${key}"`));
    const all = expected(({ who }) => who.includes(key), true);
    expect(found).toEqual(all);
    expect(all.length).toBeGreaterThan(100);
    expect(before(await ids(`${name}: "${key}", agency: "rare", outcome: FAILED`))).toEqual(
      expected(
        ({ who, context, record }) =>
          who.includes(key) && context.agency === "rare" && record.outcome === "failed",
        true,
      ),
    );
  });

  it("finds by pseudonym, in the month of its keys", async () => {
    const time = written[200]!.record.time!;
    const pseudonym = view.pseudonym("Citizen", HER, time);
    const all = expected(
      ({ record }) => record.subjects?.["Citizen"]?.includes(pseudonym) ?? false,
      true,
    );
    expect(before(await ids(`pseudonym: "${pseudonym}"`))).toEqual(all);
    expect(all.length).toBeGreaterThan(10);
  });

  it("finds by time, whatever order the clocks were in", async () => {
    for (const [from, to] of [
      [10, 20],
      [0, 3],
      [59, 90],
      [30, 30.5],
    ] as const) {
      const [start, end] = [START + from * DAY, START + to * DAY];
      const filter = `from: "${new Date(start).toISOString()}", to: "${new Date(end).toISOString()}"`;
      const inside = ({ record }: Written) => record.time! >= start && record.time! < end;
      expect(before(await ids(filter))).toEqual(expected(inside));
      expect(before(await ids(`${filter}, agency: "north", citizen: "${HIM}"`))).toEqual(
        expected(
          (each) => inside(each) && each.context.agency === "north" && each.who.includes(HIM),
          true,
        ),
      );
    }
    expect(await ids('from: "2031-01-01T00:00:00Z"')).toEqual([]);
  });

  it("shows an owner the requests that asked her registers, and no others", async () => {
    const asked = ({ record }: Written) => record.asked?.["boats"] === 1;
    expect(before(await ids("", "boats-owner"))).toEqual(expected(asked));
    expect(before(await ids('agency: "south"', "boats-owner"))).toEqual(
      expected((each) => asked(each) && each.context.agency === "south"),
    );
  });

  it("comes to its end in pages that are looked for a bounded way", async () => {
    const { nodes, pageInfo } = await view.auditRecords(
      '(filter: {agency: "north", purpose: "READ", from: "2026-11-01T00:00:00Z", outcome: FAILED}, first: 100)',
    );
    expect(nodes.length).toBeLessThan(100);
    expect(pageInfo.hasNextPage).toBe(false);
    const paged: string[] = [];
    let after = "";
    for (let more = true; more;) {
      const page = await view.auditRecords(`(first: 7${after})`);
      paged.push(...page.nodes.map(({ id }: { id: string }) => id));
      more = page.pageInfo.hasNextPage;
      after = `, after: "${page.pageInfo.endCursor}"`;
    }
    expect(before(paged)).toEqual(expected(() => true));
  });

  it("tells of a stretch that cannot be read, once, and goes on", async () => {
    await damage(view, written[16]!.position);
    const [from, to] = [written[16]!.position, written[23]!.position];
    const { nodes, errors } = await view.auditRecords(
      `(filter: {to: "2026-11-20T00:00:00Z"}, first: 100)`,
      "an-auditor",
      "id unreadable { from to reason } agency",
    );
    expect(errors).toBeUndefined();
    const broken = nodes.filter(({ unreadable }: any) => unreadable !== null);
    expect(broken).toEqual([
      {
        id: String(from),
        unreadable: { from: String(from), to: String(to), reason: expect.any(String) },
        agency: null,
      },
    ]);
    expect(nodes.some(({ id }: any) => Number(id) < from)).toBe(true);
    expect(nodes.some(({ id }: any) => Number(id) > to)).toBe(true);
  });
});

it("looks for a page a bounded way, and leads on from there", async () => {
  await view.write([{ outcome: "refused" }], { agency: "only-here" });
  for (let batch = 0; batch < 6; batch++)
    await view.write(
      Array.from({ length: 100 }, () => ({})),
      { agency: "only-here" },
    );
  const filter = '{agency: "only-here", outcome: REFUSED}';
  const first = await view.auditRecords(`(filter: ${filter})`);
  expect(first.nodes).toEqual([]);
  expect(first.pageInfo).toMatchObject({ hasNextPage: true, endCursor: expect.any(String) });
  const next = await view.auditRecords(
    `(filter: ${filter}, after: "${first.pageInfo.endCursor}")`,
    "an-auditor",
    "outcome",
  );
  expect(next.nodes).toEqual([{ outcome: "REFUSED" }]);
  expect(next.pageInfo.hasNextPage).toBe(false);
});
