import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { AuditContext, AuditRecord } from "@truc/contracts";
import pg from "pg";
import { expectedPseudonym } from "../proof/kept-records.ts";

/** A record as it stands in the audit database, with what it points to. */
export interface PlatformRecord {
  /** Which of its router's records it is. */
  sequence: number;
  record: AuditRecord;
  context: AuditContext;
}

/** The system under whose name a router asks for itself: whose records belong to whom. */
const ROUTER = "router";
const PATIENCE_MS = 20_000;

/** What a platform's router has put on record. A record is there before its request's answer leaves. */
export class PlatformRecords {
  readonly #databaseUrl: string;
  readonly #root: Buffer;

  /** @param data the platform's folder */
  constructor(data: string, databaseUrl: string) {
    this.#databaseUrl = databaseUrl;
    const key = readFileSync(join(data, "keys", "audit", "root-key"), "utf8");
    this.#root = Buffer.from(key, "base64url");
  }

  /** All of them, checked against their shape, in the order in which they were written. */
  async all(): Promise<PlatformRecord[]> {
    const contexts = new Map(
      (await this.#rows<{ text: string }>("select text from audit_context")).map(({ text }) => [
        createHash("sha256").update(text).digest("base64url"),
        AuditContext.parse(JSON.parse(text)),
      ]),
    );
    const batches = await this.#rows<{ first: string; lines: Buffer }>(
      "select first, lines from audit_batch order by router, first",
    );
    return batches.flatMap(({ first, lines }) =>
      linesOf(lines).map((line, index) => {
        const record = AuditRecord.parse(JSON.parse(line));
        const context = contexts.get(record.context);
        if (context === undefined) throw new Error(`record ${record.id} points to no context`);
        return { sequence: Number(first) + index, record, context };
      }),
    );
  }

  /** Those of one request, without what the router asked for itself meanwhile. */
  async of(requestId: string): Promise<PlatformRecord[]> {
    return (await this.all()).filter(
      ({ record, context }) => record.id === requestId && context.system !== ROUTER,
    );
  }

  /** Waits until the log holds all of them that are there now. */
  async untilLogged(): Promise<void> {
    const written = (await this.all()).length;
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const [head] = await this.#rows<{ size: string }>("select size from audit_head");
      if (Number(head!.size) >= written) return;
      if (Date.now() > deadline)
        throw new Error(`the log holds ${head!.size} records of ${written}`);
      await pause(20);
    }
  }

  /** Everything that the database holds of what routers wrote, by table. */
  async texts(): Promise<Record<string, string>> {
    const lines = await this.#rows<{ lines: Buffer }>("select lines from audit_batch");
    const contexts = await this.#rows<{ text: string }>("select text from audit_context");
    const refusals = await this.#rows("select * from audit_refusals");
    return {
      audit_batch: lines.map((row) => row.lines.toString("utf8")).join(""),
      audit_context: contexts.map(({ text }) => text).join("\n"),
      audit_refusals: JSON.stringify(refusals),
    };
  }

  /** As whom an entity stands on a record. */
  pseudonymIn({ record }: PlatformRecord, type: string, key: string): string {
    return expectedPseudonym(this.#root, record.time, type, key);
  }

  async #rows<T extends pg.QueryResultRow>(statement: string): Promise<T[]> {
    const client = new pg.Client({ connectionString: this.#databaseUrl });
    await client.connect();
    try {
      return (await client.query<T>(statement)).rows;
    } finally {
      await client.end();
    }
  }
}

function linesOf(lines: Buffer): string[] {
  return lines.toString("utf8").split("\n").slice(0, -1);
}
