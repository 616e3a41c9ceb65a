import { Pool } from "undici";
import { seeded } from "../../harness/seeded.ts";
import type { People, Run, RunResult } from "./load.ts";

/**
 * The callers, as a process of its own, so that they are not counted as anybody's. Its parent tells it who there is, then
 * one run after the other; it answers each with what it saw.
 */
const random = seeded(20_261_122);
const pools = new Map<string, Pool>();
let people: People = { ids: [], tokens: [] };

process.on("message", (message: People | Run) => {
  if ("ids" in message) people = message;
  else
    void run(message).then(
      (result) => process.send!(result),
      (error: unknown) => process.send!({ failed: String((error as Error).stack ?? error) }),
    );
});

async function run(asked: Run): Promise<RunResult> {
  const { url, connections, milliseconds, fresh } = asked;
  const { origin, pathname: path } = new URL(url);
  const key = `${origin} ${connections}`;
  const pool = pools.get(key) ?? new Pool(origin, { connections, pipelining: 1 });
  pools.set(key, pool);
  const took: number[] = [];
  const left = fresh?.values();
  const began = performance.now();
  const sender = async (): Promise<void> => {
    while (performance.now() - began < milliseconds) {
      const token = left === undefined ? drawn(people.tokens) : left.next().value;
      if (token === undefined) return;
      const sent = performance.now();
      const { statusCode, body } = await pool.request({
        path,
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: bodyOf(asked),
      });
      const text = await body.text();
      took.push(performance.now() - sent);
      if (statusCode !== 200 || text.includes('"errors"'))
        throw new Error(`${url} answered ${statusCode}: ${text.slice(0, 500)}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, sender));
  const seconds = (performance.now() - began) / 1_000;
  took.sort((a, b) => a - b);
  const at = (share: number): number => took[Math.floor(share * (took.length - 1))]!;
  return { requests: took.length, seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}

function bodyOf({ query, citizens }: Run): string {
  const variables =
    citizens === 1
      ? { id: drawn(people.ids) }
      : { ids: Array.from({ length: citizens }, () => drawn(people.ids)) };
  return JSON.stringify({ query, variables });
}

function drawn(values: readonly string[]): string {
  return values[Math.floor(random() * values.length)]!;
}
