import pg from "pg";

const COMMITS = 200;
/** About what one record and its context take. */
const BYTES = 1_000;

/** How long a PostgreSQL takes to commit one small row to disk when asked alone, the median in milliseconds. */
export async function commitTimeMs(adminUrl: string): Promise<number> {
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
    return took.toSorted((a, b) => a - b)[COMMITS / 2]!;
  } finally {
    await client.end();
  }
}
