import { hash } from "node:crypto";
import { type MonthKeys, monthKeys, monthOf, pseudonymOf } from "@truc/contracts";
import { type GeneratedContext, generateContexts } from "./generated-contexts.ts";
import { Random } from "./random.ts";

export interface GenerateOptions {
  /** The same seed and options give the same records. */
  readonly seed: number;
  /** How many records, about: batches are whole. */
  readonly records: number;
  /** The audit process's root key: whose pseudonyms they are. */
  readonly root: Uint8Array;
  /** Router processes that write at the same time; 4. */
  readonly routers?: number;
  /** When the first record was written; 2026-01-01. */
  readonly from?: Date;
  /** Over how many days records are spread; 90. */
  readonly days?: number;
  /** Different citizens; 200,000. A fifth as many parcels, and a tenth as many companies. */
  readonly citizens?: number;
  /** Records a batch, on average; 8. With 1 every batch has one: what routers write that have time between requests. */
  readonly meanBatch?: number;
  /** Data subjects of each record that read any, about; else mostly one to four. */
  readonly subjects?: number;
}

/** What a router writes at one time. */
export interface GeneratedBatch {
  readonly router: string;
  readonly first: number;
  readonly count: number;
  readonly written: Date;
  readonly chain: Buffer;
  /** Each record's line, closed by a line feed. */
  readonly lines: Buffer;
  /** RFC 9162 leaf hashes. */
  readonly leaves: readonly Buffer[];
}

/** The population register's number of the citizen of an index; those of low indexes are read most often by far. */
export function pinOf(index: number): string {
  return String(1_000_000_000 + index).padStart(12, "0");
}

const MAX_BATCH = 200;
/** Unless it is said otherwise. */
const MEAN_BATCH = 8;
const HASH_BYTES = 32;

/** The contexts that generated records point to. */
export function contextsOf({ seed }: GenerateOptions): GeneratedContext[] {
  return generateContexts(new Random(seed));
}

/**
 * Records as routers write them, which take turns: mostly small batches, requests for one to four data subjects, now and
 * then a refusal or one for two hundred.
 */
export function* generateBatches(options: GenerateOptions): Generator<GeneratedBatch> {
  const { seed, records, meanBatch = MEAN_BATCH } = options;
  const { from = new Date("2026-01-01T00:00:00Z"), days = 90 } = options;
  const random = new Random(seed + 1);
  const contexts = contextsOf(options);
  const people = new People(options.root, options.citizens ?? 200_000);
  const routers = Array.from({ length: options.routers ?? 4 }, () => new Router(random));
  const spanMs = days * 24 * 3_600_000;
  for (let done = 0; done < records;) {
    const router = routers[random.below(routers.length)]!;
    const count = Math.min(
      MAX_BATCH,
      records - done,
      1 + Math.floor(-Math.log(1 - random.next()) * (meanBatch - 1)),
    );
    const written = from.getTime() + Math.floor(((done + count) / records) * spanMs);
    const lines: string[] = [];
    for (let index = 0; index < count; index++) {
      const context = contexts[random.below(contexts.length)]!;
      lines.push(lineOf(context, { random, people, written, subjects: options.subjects }));
    }
    yield router.write(lines, new Date(written));
    done += count;
  }
}

/** One router process: numbers and chains what it writes. */
class Router {
  readonly #id: string;
  readonly #link = Buffer.alloc(2 * HASH_BYTES);
  #next = 1;

  constructor(random: Random) {
    const hex = Array.from({ length: 8 }, () => random.below(65_536).toString(16).padStart(4, "0"));
    const [a, b, c, d, e, f, g, h] = hex;
    this.#id = `${a}${b}-${c}-4${d!.slice(1)}-8${e!.slice(1)}-${f}${g}${h}`;
    hash("sha256", this.#id, "buffer").copy(this.#link);
  }

  write(lines: readonly string[], written: Date): GeneratedBatch {
    const bytes = Buffer.from(`\0${lines.join("\n\0")}\n`);
    const leaves: Buffer[] = [];
    // Each line stands behind a zero byte, as its leaf hash wants it; what is kept has none.
    const kept = Buffer.allocUnsafe(bytes.length - lines.length);
    let at = 0;
    for (let start = 0, end = 0; start < bytes.length; start = end + 1) {
      end = bytes.indexOf(LINE_FEED, start);
      const leaf = hash("sha256", bytes.subarray(start, end), "buffer");
      leaves.push(leaf);
      leaf.copy(this.#link, HASH_BYTES);
      hash("sha256", this.#link, "buffer").copy(this.#link);
      at += bytes.copy(kept, at, start + 1, end + 1);
    }
    const first = this.#next;
    this.#next += lines.length;
    const chain = Buffer.from(this.#link.subarray(0, HASH_BYTES));
    return { router: this.#id, first, count: lines.length, written, chain, lines: kept, leaves };
  }
}

const LINE_FEED = 10;

/** Pseudonyms of a month, made when they are first wanted. */
class People {
  readonly #root: Uint8Array;
  readonly #counts: Record<GeneratedContext["subjectType"], number>;
  #keys: MonthKeys | undefined;
  #month = { start: 0, end: 0 };
  #known: Record<GeneratedContext["subjectType"], string[]> = {
    Citizen: [],
    LandParcel: [],
    Company: [],
  };

  constructor(root: Uint8Array, citizens: number) {
    this.#root = root;
    this.#counts = {
      Citizen: citizens,
      LandParcel: Math.ceil(citizens / 5),
      Company: Math.ceil(citizens / 10),
    };
  }

  /** @param place 0 up to 1: which of them, the low ones more often */
  pseudonym(type: GeneratedContext["subjectType"], place: number, time: number): string {
    if (time < this.#month.start || time >= this.#month.end) this.#turn(time);
    const index = Math.floor(this.#counts[type] * place ** 3);
    return (this.#known[type][index] ??= pseudonymOf(this.#keys!, type, pinOf(index)));
  }

  #turn(time: number): void {
    const date = new Date(time);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    this.#month = { start: Date.UTC(year, month), end: Date.UTC(year, month + 1) };
    this.#keys = monthKeys(this.#root, monthOf(time));
    this.#known = { Citizen: [], LandParcel: [], Company: [] };
  }
}

function lineOf(
  context: GeneratedContext,
  {
    random,
    people,
    written,
    subjects: many,
  }: { random: Random; people: People; written: number; subjects: number | undefined },
): string {
  const ms = 2 + random.below(40);
  const time = written - ms;
  const head = `{"id":"${uuidOf(random)}","time":${time},"ms":${ms},"context":"${context.digest}"`;
  const asked = `"operation":"${random.text(21)}A","variables":"${random.text(21)}A"`;
  const salt = `"salt":"${random.text(21)}A"}`;
  if (context.decision === "refused")
    return `${head},${asked},"outcome":"refused","code":"AUTHORIZE_SCOPE_MISSING","bytes":${80 + random.below(80)},${salt}`;
  const filtered = context.decision === "filtered";
  const outcome = filtered ? `"partial","code":"UNAUTHORIZED_FIELD_OR_TYPE"` : `"answered"`;
  const officer = random.below(3) === 0 ? `"actor":"officer-${random.below(500)}",` : "";
  const count = many ?? (random.below(1_000) === 0 ? 200 : 1 + random.below(4));
  const subjects = new Set<string>();
  for (let index = 0; index < count; index++)
    subjects.add(people.pseudonym(context.subjectType, random.next(), time));
  const registers = context.registers.map((register) => `"${register}":1`).join(",");
  const read = `"objects":${count},"subjects":{"${context.subjectType}":["${[...subjects].join('","')}"]}`;
  return `${head},${officer}${asked},"outcome":${outcome},"asked":{${registers}},"bytes":${200 + random.below(2_000)},${read},${salt}`;
}

function uuidOf(random: Random): string {
  const hex = (digits: number): string =>
    random
      .below(16 ** digits)
      .toString(16)
      .padStart(digits, "0");
  return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(6)}${hex(6)}`;
}
