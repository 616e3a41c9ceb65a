import type { JsonWebKey } from "node:crypto";
import pg from "pg";
import { CheckpointSigner } from "../../../gateway/audit/src/log/checkpoint-signer.ts";
import { checkpointText } from "../../../gateway/audit/src/log/checkpoints.ts";
import { CompactRange } from "../../../gateway/audit/src/log/tree/compact-range.ts";
import type { SegmentDescription } from "../../../gateway/audit/src/segments/export-segment.ts";
import {
  type FileDigest,
  makeFolder,
  withFiles,
} from "../../../gateway/audit/src/segments/segment-folder.ts";
import {
  contextsOf,
  generateBatches,
  type GeneratedBatch,
  type GenerateOptions,
} from "./generated-batches.ts";

/** A segment that was made without a database. */
export interface GeneratedSegment {
  readonly records: number;
  /** For who verifies it: the key of its checkpoints. */
  readonly verifierKey: string;
}

/** Records between two checkpoints. */
const CHECKPOINT_RECORDS = 5_000;
/** Batches written with one statement: PostgreSQL takes 65,535 parameters, and a batch has seven. */
const BATCHES_AT_ONCE = 500;

const FILES = [
  "records.jsonl",
  "order.jsonl",
  "contexts.jsonl",
  "checkpoints.jsonl",
  "leaves.jsonl",
] as const;

/**
 * Makes a segment's folder as an export does, with chains, tree and signed checkpoints that are right, without a
 * database: about two minutes for 10 million records.
 * @param options.key an Ed25519 private key as a JWK, for the checkpoints
 * @throws SegmentRefused when there is something at `directory` already
 */
export async function generateSegment(
  options: GenerateOptions & { directory: string; origin: string; key: JsonWebKey },
): Promise<GeneratedSegment> {
  const { origin, directory } = options;
  const signer = CheckpointSigner.fromJwk(options.key, origin);
  const tree = new CompactRange();
  await makeFolder(directory, async (folder) => {
    const digests = await withFiles(folder, FILES, async (files) => {
      let checked = 0;
      let last = new Date(0);
      const check = async (): Promise<void> => {
        const note = signer.sign(checkpointText(origin, tree.size, tree.root(), last));
        await files["checkpoints.jsonl"].write(`${JSON.stringify({ size: tree.size, note })}\n`);
        checked = tree.size;
      };
      for (const batch of generateBatches(options)) {
        await files["records.jsonl"].write(batch.lines);
        await files["order.jsonl"].write(orderLine(batch, tree.size));
        for (const leaf of batch.leaves) tree.append(leaf);
        last = batch.written;
        if (tree.size - checked >= CHECKPOINT_RECORDS) await check();
      }
      if (checked < tree.size) await check();
      for (const { text } of contextsOf(options)) await files["contexts.jsonl"].write(`${text}\n`);
      const digests: Record<string, FileDigest> = {};
      for (const name of FILES) digests[name] = await files[name].finish();
      return digests;
    });
    const description: SegmentDescription = {
      format: 1,
      origin,
      from: 0,
      to: tree.size,
      left: [],
      routers: {},
      files: digests,
      unreadable: [],
    };
    await withFiles(folder, ["segment.json"], async (files) => {
      await files["segment.json"].write(`${JSON.stringify(description, null, 2)}\n`);
      await files["segment.json"].finish();
    });
  });
  return { records: tree.size, verifierKey: signer.verifierKey };
}

/**
 * Writes batches into an audit database that has been migrated, as routers would, and partitions for their months. The
 * audit process then has them to order.
 * @param options.databaseUrl as a role that may write and make partitions
 * @param options.batchesAtOnce how many are written with one statement; a router writes one
 * @returns how many records were written
 */
export async function generateDatabase(
  options: GenerateOptions & { databaseUrl: string; batchesAtOnce?: number },
): Promise<number> {
  const { batchesAtOnce = BATCHES_AT_ONCE } = options;
  const client = new pg.Client({ connectionString: options.databaseUrl });
  await client.connect();
  try {
    for (const { digest, text } of contextsOf(options))
      await client.query("insert into audit_context values ($1, $2) on conflict do nothing", [
        Buffer.from(digest, "base64url"),
        text,
      ]);
    const months = new Set<string>();
    const routers = new Set<string>();
    let group: GeneratedBatch[] = [];
    let records = 0;
    const flush = async (): Promise<void> => {
      for (const batch of group) await introduce(client, batch, { months, routers });
      if (group.length > 0) await insert(client, group);
      group = [];
    };
    for (const batch of generateBatches(options)) {
      group.push(batch);
      records += batch.count;
      if (group.length === batchesAtOnce) await flush();
    }
    await flush();
    return records;
  } finally {
    await client.end();
  }
}

function orderLine({ router, first, count, written, chain }: GeneratedBatch, position: number) {
  const place = { position, router, first, count };
  const when = { written: written.toISOString(), chain: chain.toString("base64") };
  return `${JSON.stringify({ ...place, ...when })}\n`;
}

/** A router's own row before its first batch, and a month's partition before its first. */
async function introduce(
  client: pg.Client,
  { router, written }: GeneratedBatch,
  known: { months: Set<string>; routers: Set<string> },
): Promise<void> {
  const month = monthOfBatch(written);
  if (!known.months.has(month)) await client.query("select audit_add_month($1::date)", [month]);
  known.months.add(month);
  if (!known.routers.has(router))
    await client.query("insert into audit_router values ($1, $2)", [router, written]);
  known.routers.add(router);
}

async function insert(client: pg.Client, batches: readonly GeneratedBatch[]): Promise<void> {
  const values = batches.flatMap(({ router, first, count, written, chain, lines }) => [
    router,
    first,
    count,
    monthOfBatch(written),
    written,
    chain,
    lines,
  ]);
  const rows = batches.map((_, row) => {
    const places = Array.from({ length: 7 }, (__, column) => `$${row * 7 + column + 1}`);
    return `(${places.join(", ")})`;
  });
  await client.query(
    `insert into audit_batch (router, first, count, month, written, chain, lines) values ${rows.join(", ")}`,
    values,
  );
}

function monthOfBatch(written: Date): string {
  return `${written.toISOString().slice(0, 7)}-01`;
}
