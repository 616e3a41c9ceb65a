import { AuditContext } from "@truc/contracts";
import type { Database } from "@truc/service";
import { type RawBuilder, sql } from "kysely";
import { LRUCache } from "lru-cache";
import type { Period } from "./period.ts";

/** How much came in a period under one context. */
export interface ContextSums {
  /** The context's digest, hexadecimal. */
  readonly digest: string;
  readonly requests: number;
  readonly refused: number;
  readonly failed: number;
  readonly objects: number;
  readonly subjects: number;
  readonly bytes: number;
  readonly last: Date;
}

/** How often requests under one context ended in one code. */
export interface CodeSums {
  readonly digest: string;
  readonly outcome: "answered" | "partial" | "refused" | "failed";
  readonly code: string;
  readonly requests: number;
}

/** What came under a grant, by context. @param grant its id */
export async function sumsOfGrant(
  db: Database,
  grant: string,
  period: Period,
): Promise<ContextSums[]> {
  return await readSums(
    db,
    sql`from audit_usage_grant used join audit_usage sums on sums.context = used.context
      where used.grant_id = ${grant} and ${within(period)}`,
  );
}

/** Everything that came, by context. */
export async function sumsOfAll(db: Database, period: Period): Promise<ContextSums[]> {
  return await readSums(db, sql`from audit_usage sums where ${within(period)}`);
}

/** The contexts a grant was ever used under; hexadecimal digests. @param most how many of them are enough */
export async function contextsOfGrant(
  db: Database,
  grant: string,
  most: number,
): Promise<string[]> {
  const { rows } = await sql<{ digest: string }>`
    select encode(context, 'hex') as digest from audit_usage_grant
    where grant_id = ${grant} limit ${most}`.execute(db.kysely);
  return rows.map(({ digest }) => digest);
}

/** How requests that were refused, or answered in part, ended. */
export async function codesOfAll(db: Database, period: Period): Promise<CodeSums[]> {
  const { rows } = await sql<CodeSums>`
    select encode(context, 'hex') as digest, outcome, code, sum(requests)::bigint as requests
    from audit_usage_code sums
    where ${within(period)} and outcome in ('refused', 'partial')
    group by context, outcome, code`.execute(db.kysely);
  return rows.map((row) => ({ ...row, requests: Number(row.requests) }));
}

async function readSums(db: Database, from: RawBuilder<unknown>): Promise<ContextSums[]> {
  const { rows } = await sql<Record<keyof ContextSums, string | number> & { last: Date }>`
    select encode(sums.context, 'hex') as digest, sum(requests)::bigint as requests,
      sum(refused)::bigint as refused, sum(failed)::bigint as failed, sum(objects) as objects,
      sum(subjects) as subjects, sum(bytes) as bytes, max(last) as last
    ${from} group by sums.context order by sums.context`.execute(db.kysely);
  return rows.map(({ digest, last, ...row }) => ({
    digest: String(digest),
    requests: Number(row.requests),
    refused: Number(row.refused),
    failed: Number(row.failed),
    objects: Number(row.objects),
    subjects: Number(row.subjects),
    bytes: Number(row.bytes),
    last,
  }));
}

function within({ from, to }: Period): RawBuilder<unknown> {
  return sql`sums.day between ${from}::date and ${to}::date`;
}

const MAX_KNOWN = 20_000;
const MOST_AT_ONCE = 1_000;

/** Contexts by their digests; they never change, so what was read once is kept. */
export class Contexts {
  readonly #known = new LRUCache<string, AuditContext>({ max: MAX_KNOWN });

  /** @returns by digest, hexadecimal; one that is not there, or is no context, is left out */
  async read(db: Database, digests: readonly string[]): Promise<Map<string, AuditContext>> {
    const found = new Map<string, AuditContext>();
    const wanted: string[] = [];
    for (const digest of digests) {
      const known = this.#known.get(digest);
      if (known === undefined) wanted.push(digest);
      else found.set(digest, known);
    }
    for (let at = 0; at < wanted.length; at += MOST_AT_ONCE) {
      const some = wanted.slice(at, at + MOST_AT_ONCE).map((digest) => Buffer.from(digest, "hex"));
      const { rows } = await sql<{ digest: string; text: string }>`
        select encode(digest, 'hex') as digest, text from audit_context
        where digest = any(${some}::bytea[])`.execute(db.kysely);
      for (const { digest, text } of rows) {
        const context = contextIn(text);
        if (context === undefined) continue;
        this.#known.set(digest, context);
        found.set(digest, context);
      }
    }
    return found;
  }
}

function contextIn(text: string): AuditContext | undefined {
  try {
    return AuditContext.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Every coordinate read, whatever its class. */
export function fieldsOf({ fields }: AuditContext): string[] {
  return [...fields.PUBLIC, ...fields.BASIC, ...fields.SENSITIVE];
}
