import { createHash, randomBytes, randomUUID } from "node:crypto";
import {
  type AuditBatchRow,
  type AuditContext,
  type AuditRecord,
  contextText,
} from "@truc/contracts";
import type { Kysely } from "kysely";

/** A batch as a test wrote it. */
export interface WrittenBatch {
  readonly row: AuditBatchRow;
  /** Each record's line without the line feed, and the record in it. */
  readonly lines: readonly Buffer[];
  readonly records: readonly AuditRecord[];
}

/**
 * Writes batches as a router process does: numbers and chains them from 1, each in a transaction of its own. Shares no
 * code with the router.
 */
export class TestRouter {
  readonly id: string;
  /** Sequence of the next record. */
  next = 1;
  /** The chain after the last one. */
  chain: Buffer;
  readonly #db: Kysely<any>;
  readonly #now: () => Date;
  #introduced = false;

  /** @param now the router's clock; the machine's */
  constructor(db: Kysely<any>, options: { id?: string; now?: () => Date } = {}) {
    this.id = options.id ?? randomUUID();
    this.chain = sha256(this.id);
    this.#db = db;
    this.#now = options.now ?? (() => new Date());
  }

  /**
   * Writes these records as one batch, or as few as a database takes (200 each), filled up with defaults, under one context; a record with a `context` of its own
   * keeps it, see {@link addContext}.
   */
  async write(
    records: readonly Partial<AuditRecord>[],
    context: Partial<AuditContext> = {},
  ): Promise<WrittenBatch> {
    const digest = await this.addContext(context);
    const batches: WrittenBatch[] = [];
    for (let at = 0; at < records.length; at += MAX_BATCH) {
      const some = records.slice(at, at + MAX_BATCH);
      batches.push(this.prepare(some.map((record) => ({ context: digest, ...record }))));
    }
    await this.#db.transaction().execute(async (transaction) => {
      for (const batch of batches) await this.insert(transaction, batch);
    });
    return {
      row: batches.at(-1)!.row,
      lines: batches.flatMap(({ lines }) => lines),
      records: batches.flatMap((batch) => batch.records),
    };
  }

  /** Writes a context, and says by which digest records point to it. */
  async addContext(context: Partial<AuditContext>): Promise<string> {
    const text = contextText({ ...CONTEXT, ...context });
    const digest = sha256(text);
    await this.#db
      .insertInto("audit_context")
      .values({ digest, text })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return digest.toString("base64url");
  }

  /** Numbers and chains records as the router's next batch, without writing it. */
  prepare(records: readonly Partial<AuditRecord>[]): WrittenBatch {
    const written = this.#now();
    const full = records.map((record) => withDefaults(record, written));
    return {
      ...this.prepareLines(full.map((record) => Buffer.from(JSON.stringify(record)))),
      records: full,
    };
  }

  /** The same with lines that may be anything. */
  prepareLines(lines: readonly Buffer[]): WrittenBatch {
    const written = this.#now();
    const first = this.next;
    for (const line of lines) this.chain = sha256(this.chain, sha256(Buffer.from([0]), line));
    this.next += lines.length;
    const row: AuditBatchRow = {
      router: this.id,
      first,
      count: lines.length,
      month: `${written.toISOString().slice(0, 7)}-01`,
      written,
      chain: this.chain,
      lines: Buffer.concat(lines.flatMap((line) => [line, LINE_FEED])),
    };
    return { row, lines, records: [] };
  }

  /** Inserts a batch, with the router's own row before the first; in a transaction of the caller's it commits when that does. */
  async insert(db: Kysely<any>, { row }: WrittenBatch): Promise<void> {
    if (!this.#introduced)
      await db
        .insertInto("audit_router")
        .values({ router: this.id, started: row.written })
        .execute();
    this.#introduced = true;
    await db.insertInto("audit_batch").values(row).execute();
  }
}

const MAX_BATCH = 200;
const LINE_FEED = Buffer.from("\n");

const CONTEXT: AuditContext = {
  system: "test-system",
  agency: "test-agency",
  purpose: "TEST",
  legalBasis: "Article 1",
  grant: null,
  disclosureDelayDays: 0,
  operationName: null,
  fields: { PUBLIC: [], BASIC: ["Citizen.name"], SENSITIVE: [] },
  refused: [],
  decision: "allowed",
};

/** The record's names in the contract's order; what is undefined is left out of its line. */
function withDefaults(given: Partial<AuditRecord>, written: Date): AuditRecord {
  return {
    id: given.id ?? randomUUID(),
    part: given.part,
    time: given.time ?? written.getTime(),
    ms: given.ms ?? 3,
    clockBack: given.clockBack,
    context: given.context ?? sha256(contextText(CONTEXT)).toString("base64url"),
    person: given.person,
    actor: given.actor,
    case: given.case,
    operation: given.operation,
    variables: given.variables,
    outcome: given.outcome ?? "answered",
    code: given.code,
    asked: given.asked,
    failed: given.failed,
    bytes: given.bytes ?? 100,
    objects: given.objects,
    subjects: given.subjects,
    receipt: given.receipt,
    salt: given.salt ?? randomBytes(16).toString("base64url"),
  };
}

function sha256(...parts: (string | Uint8Array)[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}
