import { MAX_SUBJECTS, pseudonymsOf, type AuditRecord, type MonthKeys } from "@truc/contracts";
import { Salts } from "./salts.ts";
import type { Subjects } from "./subjects.ts";

/** What a record is made of; see {@link AuditRecord} for each. */
export interface RecordFacts {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly arrived: number;
  /** Digest of the context. */
  readonly context: string;
  readonly person: string | undefined;
  readonly actor: string | undefined;
  readonly case: string | undefined;
  readonly operation: string | undefined;
  readonly variables: string | undefined;
  readonly outcome: AuditRecord["outcome"];
  readonly code: string | undefined;
  readonly asked: ReadonlyMap<string, number>;
  readonly failed: ReadonlyMap<string, number>;
  readonly bytes: number;
  /** Whose data was read, in clear. */
  readonly read: Subjects;
  readonly receipt: string | undefined;
}

/** A request's record in words. */
export interface Lines {
  /** One, or several where a request has read the data of very many. */
  readonly lines: readonly string[];
  /** When they were made, milliseconds since the epoch. */
  readonly made: number;
  /** Whether they say that the clock has gone back. */
  readonly clockBack: boolean;
}

/** How far a clock may go back unnoticed: it is corrected by less all the time. */
const CLOCK_BACK_MS = 1_000;

/** Puts records into words: lines of JSON. */
export class RecordLines {
  readonly #salts = new Salts();
  readonly #now: () => number;
  #last = 0;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @param keys of the month in which the request arrived */
  of(facts: RecordFacts, keys: MonthKeys): Lines {
    const made = this.#now();
    const clockBack = made < this.#last - CLOCK_BACK_MS;
    this.#last = made;
    const mark = clockBack ? `,"clockBack":true` : "";
    const time = `"time":${facts.arrived},"ms":${Math.max(0, made - facts.arrived)}${mark}`;
    const head = `${time},"context":"${facts.context}"${whoAndWhat(facts)}`;
    const [first = "", ...others] = subjectParts(facts.read.byType, keys);
    const id = JSON.stringify(facts.id);
    const parts = others.length + 1;
    const part = (number: number): string => (parts === 1 ? "" : `"part":[${number},${parts}],`);
    const lines = [
      `{"id":${id},${part(1)}${head}${sizes(facts)}${first}${digest("receipt", facts.receipt)},"salt":"${this.#salts.next()}"}`,
      ...others.map(
        (subjects, index) =>
          `{"id":${id},${part(index + 2)}${head},"bytes":0${subjects},"salt":"${this.#salts.next()}"}`,
      ),
    ];
    return { lines, made, clockBack };
  }
}

function whoAndWhat(facts: RecordFacts): string {
  const { person, actor, operation, variables, outcome, code } = facts;
  return `${text("person", person)}${text("actor", actor)}${text("case", facts.case)}${digest("operation", operation)}${digest("variables", variables)},"outcome":"${outcome}"${text("code", code)}`;
}

function sizes({ asked, failed, bytes, read }: RecordFacts): string {
  const objects = read.objects === 0 ? "" : `,"objects":${read.objects}`;
  return `${counts("asked", asked)}${counts("failed", failed)},"bytes":${bytes}${objects}`;
}

/** A member whose value is free text; nothing where there is none. */
function text(name: string, value: string | undefined): string {
  return value === undefined ? "" : `,"${name}":${JSON.stringify(value)}`;
}

/** A member whose value is base64url, which needs no escapes; nothing where there is none. */
function digest(name: string, value: string | undefined): string {
  return value === undefined ? "" : `,"${name}":"${value}"`;
}

function counts(name: string, bySubgraph: ReadonlyMap<string, number>): string {
  if (bySubgraph.size === 0) return "";
  let members = "";
  for (const [subgraph, count] of bySubgraph)
    members += `${members === "" ? "" : ","}${JSON.stringify(subgraph)}:${count}`;
  return `,"${name}":{${members}}`;
}

/** The member `subjects`, once for each record that it takes; empty where nobody's data was read. */
function subjectParts(byType: Subjects["byType"], keys: MonthKeys): string[] {
  const parts: string[] = [];
  let types: string[] = [];
  let room = MAX_SUBJECTS;
  const close = (): void => {
    if (types.length > 0) parts.push(`,"subjects":{${types.join(",")}}`);
    types = [];
    room = MAX_SUBJECTS;
  };
  for (const [type, all] of byType) {
    const pseudonyms = pseudonymsOf(keys, type, all);
    for (let at = 0; at < pseudonyms.length;) {
      const taken = pseudonyms.slice(at, at + room);
      types.push(`${JSON.stringify(type)}:["${taken.join('","')}"]`);
      at += taken.length;
      room -= taken.length;
      if (room === 0) close();
    }
  }
  close();
  return parts;
}
