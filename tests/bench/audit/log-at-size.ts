import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PermitSecrets, signPermit } from "@truc/contracts";
import pg from "pg";
import { FEDERATION_FILE } from "../../../infra/src/federation.ts";
import { AuditProcess } from "../../harness/audit-process.ts";
import { KillablePostgres } from "../../harness/killable-postgres.ts";
import { rowOf, type BenchOptions, type BenchRow } from "../bench-row.ts";
import { generateDatabase } from "./generate.ts";
import { type GenerateOptions, pinOf } from "./generated-batches.ts";
import { untilOrdered } from "./until-ordered.ts";

const SUPERGRAPH = join(FEDERATION_FILE, "../supergraph.graphql");
const RECORD_BYTES = 600;
const SUBJECT_BYTES = 80;
const DAY_MS = 86_400_000;
const PAGE = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
  ... on Citizen { accessLog(first: 20) { nodes { readAt agency system purpose legalBasis outcome read { label fields { label dataClass } } } pageInfo { endCursor } } } } }`;
const NEXT_PAGE = PAGE.replace("first: 20", "first: 20, after: $after").replace(
  "$representations: [_Any!]!",
  "$representations: [_Any!]!, $after: String",
);

/** Over how many days the records of the large log are spread. */
const DAYS = 89;

/**
 * A log of 10 million records (200,000 for a look) in the database: what it takes there, how fast it is put in order, and
 * how soon a citizen sees a page of her own accesses, whether she was read once or very often. Then what a log takes of
 * which every record is a batch of its own: 100,000 records (20,000 for a look) of one day, as many a day as above.
 */
export async function logAtSize({ quick }: BenchOptions): Promise<BenchRow[]> {
  const large = { records: quick ? 200_000 : 10_000_000, days: DAYS };
  const small = { records: quick ? 20_000 : 100_000, days: 1, meanBatch: 1 };
  return [
    ...(await sized(large, "", async (audit, million) => await views(audit, million, quick))),
    ...(await sized(small, ", one a batch", async () => [])),
  ];
}

async function sized(
  spread: Required<Pick<GenerateOptions, "records" | "days">> & Pick<GenerateOptions, "meanBatch">,
  how: string,
  further: (audit: AuditProcess, million: string) => Promise<BenchRow[]>,
): Promise<BenchRow[]> {
  const postgres = await KillablePostgres.start();
  const audit = await AuditProcess.start({
    postgresUrl: postgres.adminUrl,
    supergraph: readFileSync(SUPERGRAPH, "utf8"),
  });
  try {
    const root = Buffer.from(readFileSync(audit.keyFiles.root, "utf8").trim(), "base64url");
    const before = await databaseBytes(audit.databaseUrl);
    const records = await generateDatabase({
      seed: 2,
      ...spread,
      root,
      from: new Date(Date.now() - (spread.days + 1) * DAY_MS),
      databaseUrl: audit.databaseUrl,
    });
    const began = performance.now();
    await untilOrdered(audit, records);
    const seconds = (performance.now() - began) / 1_000;
    await vacuum(audit.databaseUrl);
    const bytes = (await databaseBytes(audit.databaseUrl)) - before;
    const subjects = await countSubjects(audit.databaseUrl);
    const million = `${(records / 1e6).toLocaleString("en")} million records${how}`;
    return [
      rowOf(`${million} put in order`, "records/s", [records / seconds]),
      rowOf(`${million}, everything in the database`, "bytes a record", [bytes / records]),
      rowOf(`${million}, subjects of a record`, "on average", [subjects / records]),
      rowOf(
        `${million}, of ${RECORD_BYTES} bytes a record and ${SUBJECT_BYTES} a subject`,
        "ratio",
        [bytes / (records * RECORD_BYTES + subjects * SUBJECT_BYTES)],
      ),
      ...(await further(audit, million)),
    ];
  } finally {
    await audit.stop();
    await postgres.stop();
  }
}

/** The first page, and up to twenty after it, of citizens read often and seldom. */
async function views(audit: AuditProcess, million: string, quick: boolean): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [who, index] of Object.entries({ "read most often": 0, "read seldom": 150_000 })) {
    const took = { first: [] as number[], later: [] as number[] };
    for (let round = -2; round < (quick ? 10 : 50); round += 1) {
      // Somebody else each time, so that not everything is in a cache.
      const pin = pinOf(index + Math.max(0, round));
      const first = await page(audit, pin, undefined);
      if (round >= 0) took.first.push(first.ms);
      let { cursor } = first;
      for (let turn = 0; turn < 20 && cursor !== null; turn += 1) {
        const next = await page(audit, pin, cursor);
        if (round >= 0) took.later.push(next.ms);
        ({ cursor } = next);
      }
    }
    rows.push(rowOf(`accessLog of a citizen ${who}, ${million}, first page`, "ms", took.first));
    if (took.later.length > 0)
      rows.push(rowOf(`accessLog of a citizen ${who}, ${million}, later pages`, "ms", took.later));
  }
  return rows;
}

async function page(
  audit: AuditProcess,
  pin: string,
  after: string | undefined,
): Promise<{ ms: number; cursor: string | null }> {
  const secrets = PermitSecrets.parse(
    JSON.parse(readFileSync(join(audit.permits, "audit.json"), "utf8")),
  );
  const now = Math.floor(Date.now() / 1_000);
  const permit = signPermit(
    {
      aud: "audit",
      iat: now,
      exp: now + 60,
      scopes: ["audit:own"],
      distance: 0,
      limits: { subjects: "self", search: false, linked: 0 },
      pins: [pin],
      self: pin,
      system: "portal",
      purpose: "CITIZEN_RECORDS",
    },
    secrets,
  );
  const representations = [{ __typename: "Citizen", id: pin }];
  const began = performance.now();
  const response = await fetch(`${audit.origin}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      query: after === undefined ? PAGE : NEXT_PAGE,
      variables: { representations, ...(after !== undefined && { after }) },
      extensions: { permit },
    }),
  });
  const body = (await response.json()) as {
    data?: {
      _entities: { accessLog: { nodes: unknown[]; pageInfo: { endCursor: string | null } } }[];
    };
    errors?: unknown;
  };
  const ms = performance.now() - began;
  if (body.errors !== undefined) throw new Error(JSON.stringify(body.errors));
  const { nodes, pageInfo } = body.data!._entities[0]!.accessLog;
  return { ms, cursor: nodes.length === 20 ? pageInfo.endCursor : null };
}

async function query<T extends object>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

/** All relations with indexes and out-of-line values. */
async function databaseBytes(url: string): Promise<number> {
  const [row] = await query<{ bytes: string }>(
    url,
    `select sum(pg_total_relation_size(c.oid)) as bytes from pg_class c
     join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind in ('r', 'm')`,
  );
  return Number(row!.bytes);
}

/** What autovacuum does by itself after a while. */
async function vacuum(url: string): Promise<void> {
  await query(url, "vacuum");
}

/** How many pseudonyms stand in all lines, by those of every so many batches. */
async function countSubjects(url: string): Promise<number> {
  const rows = await query<{ lines: Buffer }>(
    url,
    "select lines from audit_batch where mod(first, 17) = 0",
  );
  const records = rows.flatMap(({ lines }) => lines.toString("utf8").trimEnd().split("\n"));
  const [all] = await query<{ records: string }>(
    url,
    "select sum(count) as records from audit_batch",
  );
  const found = records.reduce((sum, line) => {
    const { subjects = {} } = JSON.parse(line) as { subjects?: Record<string, string[]> };
    return sum + Object.values(subjects).reduce((count, each) => count + each.length, 0);
  }, 0);
  return (found / records.length) * Number(all!.records);
}
