import { AuditContext, contextDigest } from "@truc/contracts";
import { type Kysely, sql } from "kysely";
import { LRUCache } from "lru-cache";

/** Contexts kept in memory, by the bytes of their texts; one has 64 KiB at most. */
const CACHED_BYTES = 16 * 1024 * 1024;
/** Texts read at one time. */
const AT_ONCE = 100;
/** What one takes beside its text. */
const OVERHEAD_BYTES = 512;

/** The contexts that records point to, by digest (base64url). What is found once never changes. */
export class Contexts {
  readonly #known = new LRUCache<string, AuditContext>({ maxSize: CACHED_BYTES });

  /** How many bytes the texts have of those that are not in memory; those that are not there are left out. */
  async sizes(db: Kysely<any>, digests: Iterable<string>): Promise<Map<string, number>> {
    const missing = [...new Set(digests)].filter((digest) => !this.#known.has(digest));
    if (missing.length === 0) return new Map();
    const { rows } = await sql<{ digest: Buffer; bytes: number }>`
      select digest, octet_length(text) as bytes from audit_context
      where digest = any(${missing.map(bytesOf)}::bytea[])`.execute(db);
    return new Map(rows.map(({ digest, bytes }) => [digest.toString("base64url"), bytes]));
  }

  /** @returns those that are there, and are what their digest says */
  async load(db: Kysely<any>, digests: Iterable<string>): Promise<Map<string, AuditContext>> {
    const found = new Map<string, AuditContext>();
    const missing = new Set<string>();
    for (const digest of digests) {
      const known = this.#known.get(digest);
      if (known === undefined) missing.add(digest);
      else found.set(digest, known);
    }
    const wanted = [...missing];
    for (let at = 0; at < wanted.length; at += AT_ONCE)
      await this.#read(db, wanted.slice(at, at + AT_ONCE), found);
    return found;
  }

  async #read(
    db: Kysely<any>,
    digests: readonly string[],
    found: Map<string, AuditContext>,
  ): Promise<void> {
    const { rows } = await sql<{ text: string }>`
      select text from audit_context where digest = any(${digests.map(bytesOf)}::bytea[])`.execute(
      db,
    );
    for (const { text } of rows) {
      const context = read(text);
      if (context === undefined) continue;
      const digest = contextDigest(text);
      this.#known.set(digest, context, { size: OVERHEAD_BYTES + text.length });
      found.set(digest, context);
    }
  }
}

function bytesOf(digest: string): Buffer {
  return Buffer.from(digest, "base64url");
}

function read(text: string): AuditContext | undefined {
  try {
    return AuditContext.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
