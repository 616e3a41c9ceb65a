import pg from "pg";

const COMMITS = 200;
/** About what one record and its context take. */
const BYTES = 1_000;

/** Its version, and how long it takes to commit one small row to disk when asked alone, the median in milliseconds. */
export interface PostgresFacts {
  readonly version: string;
  readonly commitMs: number;
}

/** @param adminUrl of a user who may create tables */
export async function postgresFacts(adminUrl: string): Promise<PostgresFacts> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query("create table bench_commit (line bytea)");
    const took: number[] = [];
    for (let count = 0; count < COMMITS; count += 1) {
      const began = performance.now();
      await client.query({
        name: "commit",
        text: "insert into bench_commit values ($1)",
        values: [Buffer.alloc(BYTES, count)],
      });
      took.push(performance.now() - began);
    }
    await client.query("drop table bench_commit");
    const { rows } = await client.query<{ server_version: string }>("show server_version");
    const commitMs = took.toSorted((a, b) => a - b)[COMMITS / 2]!;
    return { version: rows[0]!.server_version, commitMs };
  } finally {
    await client.end();
  }
}
