import type { AuditRecord } from "@truc/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { damage, START, startView, type TestView } from "./test-view.ts";

const HER = "901012345678";
const HIM = "901087654321";
const DAY = 24 * 3_600_000;

let view: TestView;
beforeEach(async () => {
  view = await startView();
});
afterEach(() => view.stop());

/** A record that names people, arrived now. */
function of(pins: string | readonly string[], record: Partial<AuditRecord> = {}) {
  const time = record.time ?? view.now;
  const subjects = [pins].flat().map((pin) => view.pseudonym("Citizen", pin, time));
  return { ...record, time, subjects: { Citizen: subjects } };
}

async function agencies(args?: string): Promise<string[]> {
  const { nodes, errors } = await view.accessLog(HER, args);
  expect(errors).toBeUndefined();
  return nodes.map(({ agency }: { agency: string }) => agency);
}

describe("whose it is", () => {
  it.each([
    ["somebody else's", { self: HIM }],
    ["somebody's of the household", { self: HIM, pins: [HIM, HER] }],
    ["anybody's, for a system", {}],
  ])("not %s", async (_what, permit) => {
    await view.write([of(HER)]);
    const refused = await view.accessLog(HER, "", permit);
    expect(refused).toEqual({ errors: [expect.any(Object)] });
    expect(refused.errors[0]).toMatchObject({
      message: "Who looked at somebody's data is shown to the citizen herself only, signed in.",
      extensions: { code: "ACCESS_LOG_OWN_ONLY" },
    });
    // Of one whom nobody has read it says the same.
    expect(await view.accessLog("901000000000", "", permit)).toEqual(refused);
  });

  it("nobody else's accesses", async () => {
    await view.write([of(HIM), of([]), of(HER), of([HIM])], { agency: "a" });
    expect(await agencies()).toEqual(["a"]);
  });
});

describe("an access", () => {
  it("says who read what, when and why, in plain words", async () => {
    const time = START - 60_000;
    await view.write(
      [of(HER, { time, actor: "officer-7", case: "C-1", asked: { people: 2, boats: 1 } })],
      {
        agency: "tax",
        system: "tax-desk",
        purpose: "TAX",
        legalBasis: "Law on Tax, article 3",
        fields: { PUBLIC: ["Query.citizen"], BASIC: ["Citizen.name"], SENSITIVE: ["Home.street"] },
      },
    );
    const { nodes } = await view.accessLog(HER);
    expect(nodes).toEqual([
      {
        readable: true,
        readAt: "2026-11-10T08:29:00.000Z",
        visibleSince: "2026-11-10T08:29:00.000Z",
        agency: "tax",
        agencyName: "Tax Department",
        system: "tax-desk",
        systemName: "Tax officers' desk",
        purpose: "TAX",
        purposeText: "Checking a tax return.",
        legalBasis: "Law on Tax, article 3",
        byOfficer: true,
        forCase: true,
        byPerson: false,
        registers: ["boats", "people"],
        read: [
          {
            type: "Citizen",
            label: "A person",
            fields: [
              {
                coordinate: "Citizen.name",
                label: "The full name, as it is spelt",
                dataClass: "BASIC",
              },
            ],
          },
          {
            type: "Home",
            label: "Where somebody lives",
            fields: [{ coordinate: "Home.street", label: "The street", dataClass: "SENSITIVE" }],
          },
        ],
        outcome: "ANSWERED",
      },
    ]);
  });

  it("has its ids without names while the authority cannot be asked", async () => {
    const names = async (): Promise<unknown[]> => {
      const { nodes, errors } = await view.accessLog(HER);
      expect(errors).toBeUndefined();
      return nodes.map((node: any) => [
        [node.agency, node.system, node.purpose],
        [node.agencyName, node.systemName, node.purposeText],
      ]);
    };
    view.authorityAnswers = false;
    await view.write([of(HER)], { agency: "tax", system: "tax-desk", purpose: "TAX" });
    expect(await names()).toEqual([
      [
        ["tax", "tax-desk", "TAX"],
        [null, null, null],
      ],
    ]);
  });

  it("whose agency, system and purpose are gone has their ids", async () => {
    await view.write([of(HER)], { agency: "toString", system: "gone-desk", purpose: "GONE" });
    const { nodes } = await view.accessLog(HER);
    expect(nodes[0]).toMatchObject({
      agency: "toString",
      agencyName: null,
      systemName: null,
      purposeText: null,
    });
  });

  it("tells nothing of the others in the same request", async () => {
    const others = Array.from({ length: 49 }, (_, n) => `9010000000${n + 10}`);
    const record = of([HER, ...others], {
      actor: "officer-7",
      case: "CASE-8",
      person: "person-9",
      code: "REGISTER_UNAVAILABLE",
      outcome: "partial",
      bytes: 123_456,
      objects: 98_765,
    });
    const boat = view.pseudonym("Boat", "B-1");
    await view.write([{ ...record, subjects: { ...record.subjects, Boat: [boat] } }], {
      fields: {
        PUBLIC: [],
        BASIC: ["Boat.length", "Citizen.name", "Engine.power", "Harbour.code", "Share.size"],
        SENSITIVE: ["Ghost.secret"],
      },
      refused: ["Citizen.home", "Boat.engine"],
      grant: "grant-1",
    });
    const answer = await view.accessLog(HER);
    expect(answer.nodes[0].read.map(({ type }: { type: string }) => type)).toEqual([
      "Citizen",
      "Share",
    ]);
    expect(answer.nodes[0]).toMatchObject({ outcome: "PARTIAL", byPerson: true });
    const text = JSON.stringify(answer);
    for (const told of ["officer-7", "CASE-8", "person-9", "123456", "98765", "grant-1", boat])
      expect(text).not.toContain(told);
    for (const told of ["Boat", "Engine", "Harbour", "Ghost", "Citizen.home", "REGISTER_UNAV"])
      expect(text).not.toContain(told);
    for (const pseudonym of record.subjects.Citizen ?? []) expect(text).not.toContain(pseudonym);
  });

  it("whose record cannot be read is told of, and the others are there", async () => {
    await view.write([of(HER)], { agency: "a" });
    await view.write([of(HER)], { agency: "b" });
    await view.write([of(HER)], { agency: "c" });
    await damage(view, 1);
    const { nodes } = await view.accessLog(HER);
    expect(nodes.map(({ readable, agency }: any) => [readable, agency])).toEqual([
      [true, "c"],
      [false, null],
      [true, "a"],
    ]);
  });

  it("shows once where the request is on record in parts, on whichever page", async () => {
    const parts = (n: number) => of(HER, { id: `request-${n}` });
    await view.write([of(HER)], { agency: "before" });
    await view.write(
      [1, 2, 3].map((part) => ({ ...parts(1), part: [part, 3] as [number, number] })),
      { agency: "split" },
    );
    await view.write([of(HER)], { agency: "after" });
    expect(await agencies()).toEqual(["after", "split", "before"]);
    const first = await view.accessLog(HER, "(first: 2)");
    const cursor = first.pageInfo.endCursor;
    expect(await agencies(`(first: 2, after: "${cursor}")`)).toEqual(["before"]);
  });
});

describe("pages", () => {
  it("lead from the newest to the oldest, across months, whatever comes meanwhile", async () => {
    view.now = Date.UTC(2026, 7, 1);
    for (let n = 0; n < 130; n++) {
      view.now += DAY * 0.7;
      await view.write([of(HIM), of(HER)], { agency: `agency-${n}` });
    }
    const found: string[] = [];
    let after = "";
    for (let more = true; more;) {
      const { nodes, pageInfo } = await view.accessLog(HER, `(first: 40${after})`);
      found.push(...nodes.map(({ agency }: any) => agency));
      expect(pageInfo.hasPreviousPage).toBe(after !== "");
      more = pageInfo.hasNextPage;
      after = `, after: "${pageInfo.endCursor}"`;
      await view.write([of(HER)], { agency: "meanwhile" });
    }
    expect(found).toEqual(Array.from({ length: 130 }, (_, n) => `agency-${129 - n}`));
  });

  it("of an empty log are empty", async () => {
    expect(await view.accessLog(HER)).toEqual({
      edges: [],
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
      errors: undefined,
    });
  });

  it("take a register and an agency for conditions", async () => {
    await view.write([of(HER, { asked: { people: 1 } })], { agency: "a" });
    await view.write([of(HER, { asked: { boats: 1 } })], { agency: "b" });
    await view.write([of(HER, { asked: { boats: 1, people: 1 } })], { agency: "a" });
    expect(await agencies('(register: "boats")')).toEqual(["a", "b"]);
    expect(await agencies('(agency: "a")')).toEqual(["a", "a"]);
    expect(await agencies('(agency: "b", register: "people")')).toEqual([]);
    expect(await agencies('(register: "toString")')).toEqual([]);
  });

  it("are looked for a bounded way, and lead on from there", async () => {
    await view.write([of(HER)], { agency: "rare" });
    for (let batch = 0; batch < 6; batch++)
      await view.write(
        Array.from({ length: 100 }, () => of(HER)),
        { agency: "frequent" },
      );
    const first = await view.accessLog(HER, '(agency: "rare")');
    expect(first.nodes).toEqual([]);
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, endCursor: expect.any(String) });
    const next = `(agency: "rare", after: "${first.pageInfo.endCursor}")`;
    expect(await agencies(next)).toEqual(["rare"]);
  });

  it("have cursors for their own list alone", async () => {
    await view.write([of(HER), of(HER)]);
    const { pageInfo } = await view.accessLog(HER, "(first: 1)");
    const refused = await view.accessLog(HER, `(agency: "a", after: "${pageInfo.endCursor}")`);
    expect(refused.errors[0].extensions.code).toBe("ARGUMENT_INVALID");
  });
});

describe("the platform's own question who belongs to whom", () => {
  const asked = { system: "router", agency: null, grant: null, purpose: "SUBJECT_SETS" };

  it("tells nobody of a household when another one was signed in", async () => {
    await view.write([of([HER, HIM])], { agency: "tax" });
    await view.write([of([HER, HIM])], asked);
    expect(await agencies()).toEqual(["tax"]);
  });

  it.each([{ system: "desk" }, { agency: "tax" }, { grant: "grant-7" }, { purpose: "RAID" }])(
    "hides nobody's who only calls it so: %j",
    async (own) => {
      await view.write([of(HER)], { ...asked, ...own });
      expect((await view.accessLog(HER)).nodes).toHaveLength(1);
    },
  );
});

describe("time", () => {
  it("discloses what is delayed when it is due, in front of all that was there", async () => {
    await view.write([of(HER)], { agency: "early" });
    await view.write([of(HER)], { agency: "inquiry", disclosureDelayDays: 40 });
    await view.write([of(HER)], { agency: "late" });
    const before = await view.accessLog(HER, "(first: 1)");
    await view.pass(40 * DAY - 1);
    expect(await agencies()).toEqual(["late", "early"]);
    await view.pass(1);
    const { nodes } = await view.accessLog(HER);
    expect(nodes.map(({ agency }: any) => agency)).toEqual(["inquiry", "late", "early"]);
    expect(nodes[0]).toMatchObject({
      readAt: "2026-11-10T08:30:00.000Z",
      visibleSince: "2026-12-20T08:30:00.000Z",
    });
    // Who had begun to read goes on where she was, and finds the rest; anew, she finds it all.
    expect(await agencies(`(after: "${before.pageInfo.endCursor}")`)).toEqual(["early"]);
    await view.write([of(HER)], { agency: "newest" });
    expect(await agencies()).toEqual(["newest", "inquiry", "late", "early"]);
  });

  it("shows nothing before its time, whatever a clock that was ahead for a moment has disclosed", async () => {
    await view.write([of(HER)], { agency: "inquiry", disclosureDelayDays: 40 });
    await view.write([of(HER)], { agency: "tax" });
    const { now } = view;
    view.now = now + 365 * DAY;
    await view.write([of(HIM)]);
    view.now = now;
    expect(await agencies()).toEqual(["tax"]);
    view.now = now + 41 * DAY;
    expect(await agencies()).toContain("inquiry");
  });

  it("hides what became visible longer ago than accesses are kept", async () => {
    await view.write([of(HER)], { agency: "old" });
    await view.write([of(HER)], { agency: "old-inquiry", disclosureDelayDays: 60 });
    view.now = Date.UTC(2028, 10, 1);
    await view.write([of(HIM)]);
    expect(await agencies()).toEqual(["old-inquiry", "old"]);
    view.now = Date.UTC(2028, 10, 11);
    await view.write([of(HIM)]);
    expect(await agencies()).toEqual(["old-inquiry"]);
    view.now = Date.UTC(2029, 0, 11);
    await view.write([of(HER)], { agency: "new" });
    expect(await agencies()).toEqual(["new"]);
  });
});
