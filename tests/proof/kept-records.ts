import { createHash, createHmac, hkdfSync } from "node:crypto";
import pg from "pg";

/** What the audit database holds of one request, as far as a client can check it. */
export interface KeptRecord {
  readonly id: string;
  readonly time: number;
  readonly outcome: string;
  readonly subjects: Readonly<Record<string, readonly string[]>>;
}

/**
 * Reads every record straight off the table that routers write, and checks that each router's records are numbered
 * without a gap and chained. Shares no code with router or audit process.
 * @throws Error naming the router and the batch that does not fit
 */
export async function keptRecords(databaseUrl: string): Promise<Map<string, KeptRecord>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{
      router: string;
      first: string;
      count: number;
      chain: Buffer;
      lines: Buffer;
    }>("select router, first, count, chain, lines from audit_batch order by router, first");
    const records = new Map<string, KeptRecord>();
    const chains = new Map<string, { next: number; chain: Buffer }>();
    for (const { router, first, count, chain, lines } of rows) {
      const state = chains.get(router) ?? { next: 1, chain: sha256(Buffer.from(router)) };
      if (Number(first) !== state.next)
        throw new Error(`${router}: record ${state.next} is missing before ${first}`);
      const texts = lines.toString("utf8").split("\n").slice(0, -1);
      if (texts.length !== count)
        throw new Error(`${router}: ${texts.length} lines at ${first}, not ${count}`);
      for (const text of texts) {
        const leaf = sha256(Buffer.from([0]), Buffer.from(text));
        state.chain = sha256(state.chain, leaf);
        const record = JSON.parse(text) as KeptRecord;
        records.set(record.id, record);
      }
      if (!state.chain.equals(chain)) throw new Error(`${router}: the chain breaks at ${first}`);
      state.next += count;
      chains.set(router, state);
    }
    return records;
  } finally {
    await client.end();
  }
}

/** The pseudonym of a citizen in a record of that time, worked out from the root key by its description alone. */
export function expectedPseudonym(root: Buffer, time: number, type: string, key: string): string {
  const month = new Date(time).toISOString().slice(0, 7);
  const monthKey = Buffer.from(hkdfSync("sha256", root, "", `truc audit pseudonyms ${month}`, 32));
  const whole = createHmac("sha256", monthKey).update(`${type}:${key}`).digest();
  return whole.subarray(0, 16).toString("base64url");
}

function sha256(...parts: readonly Buffer[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}
