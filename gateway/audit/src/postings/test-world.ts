import { createHash, randomUUID } from "node:crypto";
import type { AuditContext, AuditRecord } from "@truc/contracts";
import type { Database } from "@truc/service";
import { expect } from "vitest";
import type { Entry } from "../log/entry.ts";
import { Postings } from "./postings.ts";
import type { SoughtKey } from "./postings-view.ts";

export const DAY = 24 * 3_600_000;
export const START = Date.UTC(2026, 4, 20);
export const PEOPLE = 6;
export const AGENCIES = ["a", "b"];
export const SMALL = {
  maxRecords: 7,
  maxPostings: 40,
  mergePages: 3,
  pageBytes: 60,
};

/** What stands in a record's place for somebody: of this test's own making. */
function pseudonym(person: number, time: number): string {
  const month = new Date(time).toISOString().slice(0, 7);
  return sha256(`${person} ${month}`).subarray(0, 16).toString("base64url");
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

export function hashKey(text: string): string {
  return sha256(text).subarray(0, 16).toString("latin1");
}

export interface Written {
  readonly people: readonly number[];
  readonly agency: string;
  readonly delayDays: number;
  readonly time: number;
  readonly later: boolean;
  readonly readable: boolean;
}

export interface Shown {
  readonly at: number;
  readonly position: number;
}

/** A log as its writers see it, and what is to be found in it: reckoned by going through all of it. */
export class World {
  readonly written: Written[] = [];
  readonly entries: Entry[] = [];
  /** Position → size of the log when it was disclosed. */
  readonly disclosed = new Map<number, number>();
  now = START;
  readonly #db: Database;
  #disclosedAt = -1;
  #processes: { postings: Postings; told: number }[] = [];

  constructor(db: Database) {
    this.#db = db;
  }

  async open(process: number, options: { mergePages?: number } = {}): Promise<void> {
    const postings = new Postings({ db: this.#db, ...SMALL, ...options });
    const told = await postings.seenUpTo();
    this.#processes[process] = { postings, told };
  }

  /** One process appends; which entries it has been told of by then is the caller's to say. */
  async append(process: number, added: readonly Written[]): Promise<void> {
    const first = this.written.length;
    this.written.push(...added);
    const entries = added.map((each, index) => entryOf(first + index, each));
    this.entries.push(...entries);
    const size = this.written.length;
    const moment = { size, now: new Date(this.now) };
    await this.#db.kysely.transaction().execute(async (transaction) => {
      await this.#processes[process]!.postings.follow(transaction, entries, moment);
    });
    const due = this.written.flatMap(({ people, delayDays, time, readable }, position) =>
      readable &&
      people.length > 0 &&
      delayDays > 0 &&
      !this.disclosed.has(position) &&
      time + delayDays * DAY <= this.now
        ? [position]
        : [],
    );
    if (due.length === 0 || this.#disclosedAt === size) return;
    this.#disclosedAt = size;
    for (const position of due) this.disclosed.set(position, size);
  }

  /** A process that fails in the middle: nothing of it stays. */
  async appendInVain(process: number, added: readonly Written[]): Promise<void> {
    const first = this.written.length;
    const entries = added.map((each, index) => entryOf(first + index, each));
    const moment = { size: first + added.length, now: new Date(this.now) };
    const failing = this.#db.kysely.transaction().execute(async (transaction) => {
      await this.#processes[process]!.postings.follow(transaction, entries, moment);
      throw new Error("in vain");
    });
    await expect(failing).rejects.toThrow("in vain");
  }

  async tell(process: number, upTo = this.entries.length): Promise<void> {
    const known = this.#processes[process]!;
    const entries = this.entries.slice(known.told, upTo);
    await known.postings.see(entries, {
      size: Math.max(upTo, known.told),
      now: new Date(this.now),
    });
    known.told = Math.max(upTo, known.told);
  }

  get opened(): number[] {
    return [...this.#processes.keys()];
  }

  toldUpTo(process: number): number {
    return this.#processes[process]!.told;
  }

  newest(
    process: number,
    keys: SoughtKey[],
    before: Shown | null,
    limit: number,
  ): Promise<Shown[]> {
    return this.#processes[process]!.postings.look(
      (view) => view.newest(keys, before, limit),
      before,
    );
  }

  between(process: number, from: number, to: number) {
    return this.#processes[process]!.postings.look((view) => view.positionsBetween(from, to));
  }

  /** What a person sees; what auditors see of her. */
  ofPerson(person: number): Shown[] {
    return newestFirst(
      this.written.flatMap((each, position) => {
        if (!each.readable || !each.people.includes(person)) return [];
        if (each.delayDays === 0) return [{ at: position, position }];
        const at = this.disclosed.get(position);
        return at === undefined ? [] : [{ at, position }];
      }),
    );
  }

  where(test: (written: Written) => boolean): Shown[] {
    return newestFirst(
      this.written.flatMap((each, position) =>
        each.readable && test(each) ? [{ at: position, position }] : [],
      ),
    );
  }

  /** Under which keys a person stands. */
  keysOf(person: number): SoughtKey[] {
    return this.#months().map((time) => ({
      key: Buffer.from(pseudonym(person, time), "base64url").toString("latin1"),
      month: new Date(time).toISOString().slice(0, 7),
    }));
  }

  heldKeysOf(person: number): SoughtKey[] {
    return this.#months().map((time) => ({
      key: hashKey(`held:${pseudonym(person, time)}`),
      month: new Date(time).toISOString().slice(0, 7),
    }));
  }

  #months(): number[] {
    return Array.from({ length: 14 }, (_, index) => Date.UTC(2026, index, 1));
  }
}

function newestFirst(shown: Shown[]): Shown[] {
  return shown.toSorted((a, b) => (a.at === b.at ? b.position - a.position : b.at - a.at));
}

export function entryOf(position: number, written: Written): Entry {
  const { people, agency, delayDays, time, later, readable } = written;
  const subjects = { Citizen: people.map((person) => pseudonym(person, time)) };
  const record: AuditRecord = {
    id: randomUUID(),
    ...(later && { part: [2, 2] as [number, number] }),
    time,
    ms: 1,
    context: "",
    outcome: "answered",
    asked: { [`register-${agency}`]: 1 },
    bytes: 1,
    ...(people.length > 0 && { subjects }),
    salt: "",
  };
  const context: AuditContext = {
    system: `system-${agency}`,
    agency,
    purpose: "PURPOSE",
    legalBasis: null,
    grant: null,
    disclosureDelayDays: delayDays,
    operationName: null,
    fields: { PUBLIC: [], BASIC: [], SENSITIVE: [] },
    refused: [],
    decision: "allowed",
  };
  return {
    position,
    router: "",
    sequence: position + 1,
    written: new Date(time),
    line: Buffer.alloc(0),
    leaf: Buffer.alloc(32),
    record: readable ? record : undefined,
    context,
  };
}

/** A record of one person's. */
export const one = (person: number, given: Partial<Written> = {}): Written => ({
  people: [person],
  agency: "a",
  delayDays: 0,
  time: START,
  later: false,
  readable: true,
  ...given,
});
