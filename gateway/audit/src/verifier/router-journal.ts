import { hash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Batch } from "./batch.ts";
import { endOfChain } from "./chain.ts";
import { type Finding, Findings } from "./finding.ts";
import { LineReader } from "./line-reader.ts";
import { isSame } from "./proofs.ts";
import { RecordCheck } from "./record-check.ts";
import { RouterBook } from "./router-book.ts";
import { HASH_BYTES, hashLeaf } from "./tree.ts";

/** What came of a router's journal. */
export interface JournalReport {
  readonly folder: string;
  /** How many records, and of how many router processes. */
  readonly records: number;
  readonly routers: number;
  /** Positions count the journal's records, from 0; it has no place in a log's tree. */
  readonly findings: readonly Finding[];
  readonly more: number;
}

/** A line: records that a router process wrote at one time, with the contexts that are new to the file. */
interface JournalLine extends Batch {
  readonly contexts: readonly string[];
  readonly records: readonly string[];
}

const FILE = /^router-\d{4}-\d{2}-\d{2}\.jsonl$/;

/** The files of a router's journal in a folder, oldest first. */
export function routerJournalIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => FILE.test(name))
    .toSorted();
}

/**
 * Verifies what routers keep in a journal instead of a database: numbers, chains, contexts and times. Nobody signs a
 * journal: whoever can write its files can make them anew.
 */
export function verifyRouterJournal(folder: string): JournalReport {
  const findings = new Findings();
  const journal = new RouterJournal(findings);
  for (const name of routerJournalIn(folder)) journal.read(folder, name);
  return { folder, ...journal.close(), findings: findings.found, more: findings.more };
}

class RouterJournal {
  readonly #findings: Findings;
  readonly #book: RouterBook;
  readonly #routers = new Map<string, JournalLine>();
  #records = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
    this.#book = new RouterBook(new Map(), findings);
  }

  read(folder: string, name: string): void {
    const lines = new LineReader(join(folder, name));
    // A day's file holds every context that its records point to.
    const check = new RecordCheck([]);
    let number = 0;
    for (let line = lines.next(); line !== undefined; line = lines.next()) {
      number += 1;
      const batch = parseLine(line.toString(), this.#records);
      if (batch === "counts") continue;
      if (batch === undefined) {
        const at = this.#records;
        const text = `line ${number} of ${name} is no batch`;
        this.#findings.add({ kind: "unreadable", from: at, to: at, text });
        continue;
      }
      for (const context of batch.contexts)
        check.add(hash("sha256", Buffer.from(context), "base64url"));
      // A disk that was full may have left a batch twice, in the same words.
      if (!isAgain(this.#routers.get(batch.router), batch)) this.#follow(batch, check);
    }
    if (lines.isTorn) this.#findings.add({ kind: "torn", text: `${name} ends within a line` });
    lines.close();
  }

  close(): { records: number; routers: number } {
    this.#book.close();
    return { records: this.#records, routers: this.#routers.size };
  }

  #follow(batch: JournalLine, check: RecordCheck): void {
    const { position, count, chain } = batch;
    this.#routers.set(batch.router, batch);
    this.#records += count;
    const { before, isWrittenEarlier } = this.#book.place(batch);
    const lines = batch.records.map((record) => Buffer.from(record));
    const range = { from: position, to: position + count - 1 };
    if (before !== undefined && !isSame(endOfChain(before, lines.map(hashLeaf)), chain)) {
      const text = "their router's chain does not lead over the records that stand here";
      this.#findings.add({ kind: "changed", ...range, text });
    }
    const said: Finding[] = [];
    const { written } = batch;
    check.checkBatch(lines, position, { written, isWrittenEarlier }, said);
    this.#findings.addAll(said);
  }
}

function isAgain(last: JournalLine | undefined, batch: JournalLine): boolean {
  return last !== undefined && last.first === batch.first && isSame(last.chain, batch.chain);
}

/** `counts` for a line that counts refusals; undefined where it is no line of a router's journal. */
function parseLine(text: string, position: number): JournalLine | "counts" | undefined {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value["refusals"])) return "counts";
  const { router, first, count, written, chain, contexts, records } = value;
  if (typeof router !== "string" || typeof chain !== "string" || typeof written !== "string")
    return undefined;
  if (!areTexts(contexts) || !areTexts(records) || records.length !== count) return undefined;
  const [time, bytes] = [Date.parse(written), Buffer.from(chain, "base64url")];
  if (!Number.isSafeInteger(first) || count === 0 || Number.isNaN(time)) return undefined;
  if (bytes.length !== HASH_BYTES) return undefined;
  const place = { position, router, first: first as number, count };
  return { ...place, written: time, chain: bytes, contexts, records };
}

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
