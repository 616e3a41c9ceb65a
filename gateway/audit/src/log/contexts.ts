import { AuditContext, contextDigest } from "@truc/contracts";
import { type Kysely, sql } from "kysely";
import { LRUCache } from "lru-cache";

/** Contexts kept in memory. */
const CACHED = 5_000;

/** The contexts that records point to, by digest (base64url). What is found once never changes. */
export class Contexts {
  readonly #known = new LRUCache<string, AuditContext>({ max: CACHED });

  /** @returns those that are there, and are what their digest says */
  async load(db: Kysely<any>, digests: Iterable<string>): Promise<Map<string, AuditContext>> {
    const found = new Map<string, AuditContext>();
    const missing = new Set<string>();
    for (const digest of digests) {
      const known = this.#known.get(digest);
      if (known === undefined) missing.add(digest);
      else found.set(digest, known);
    }
    if (missing.size === 0) return found;
    const { rows } = await sql<{ text: string }>`
      select text from audit_context
      where digest = any(${[...missing].map((digest) => Buffer.from(digest, "base64url"))}::bytea[])`.execute(
      db,
    );
    for (const { text } of rows) {
      const context = read(text);
      if (context === undefined) continue;
      const digest = contextDigest(text);
      this.#known.set(digest, context);
      found.set(digest, context);
    }
    return found;
  }
}

function read(text: string): AuditContext | undefined {
  try {
    return AuditContext.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
