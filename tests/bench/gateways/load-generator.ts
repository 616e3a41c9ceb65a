import { setTimeout as pause } from "node:timers/promises";
import { seeded } from "../../harness/seeded.ts";
import { KeepAliveConnection } from "./keep-alive-connection.ts";
import type { People, Run, RunResult } from "./load.ts";
import type { BenchOperation } from "./peers.ts";

/**
 * The callers, as a process of its own, so that they are not counted as anybody's. Its parent tells it who there is, then
 * one run after the other; it answers each with what it saw.
 */
const random = seeded(20_261_122);
const ERRORS = Buffer.from('"errors"');
const pools = new Map<string, KeepAliveConnection[]>();
let people: People = { ids: [], tokens: [] };

process.on("message", (message: People | Run) => {
  if ("ids" in message) people = message;
  else
    void run(message).then(
      (result) => process.send!(result),
      (error: unknown) => process.send!({ failed: String((error as Error).stack ?? error) }),
    );
});
// Whoever would want to know what they saw is gone.
process.on("disconnect", () => process.exit(0));

async function run(asked: Run): Promise<RunResult> {
  const url = new URL(asked.url);
  const operations = asked.operations.map((operation) => ({
    bodyFor: bodiesOf(operation),
    citizens: operation.citizens,
  }));
  const head = `POST ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\nauthorization: Bearer `;
  const left = asked.fresh?.values();
  const took: number[] = [];
  let errors = 0;
  let firstError: string | undefined;
  const due = dueTimes(asked);
  const began = performance.now();

  const caller = async (connection: KeepAliveConnection): Promise<void> => {
    for (;;) {
      const sent = await due.next();
      if (sent === undefined) return;
      const token = left === undefined ? drawn(people.tokens) : left.next().value;
      if (token === undefined) return;
      const { bodyFor, citizens } = drawn(operations);
      const text = bodyFor(drawnIds(citizens));
      try {
        const answer = await connection.ask(
          `${head}${token}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
        );
        const now = performance.now();
        if (answer.status !== 200 || answer.body.includes(ERRORS))
          throw new Error(
            `${asked.url} answered ${answer.status}: ${answer.body.toString("utf8", 0, 500)}`,
          );
        took.push(now - sent);
      } catch (error) {
        if (asked.countsErrors !== true) throw error;
        errors += 1;
        firstError ??= String(error);
      }
    }
  };
  await Promise.all(connectionsTo(url, asked.connections).map(caller));
  const seconds = (performance.now() - began) / 1_000;
  took.sort((a, b) => a - b);
  const at = (share: number): number => took[Math.floor(share * (took.length - 1))] ?? Number.NaN;
  return {
    requests: took.length,
    seconds,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    errors,
    firstError,
  };
}

/** What is sent about citizens, who are given as JSON. */
function bodiesOf({ query, citizens, written }: BenchOperation): (ids: string) => string {
  if (written === true) {
    const [before, after] = query.replace(/\(\$.*?\)/, "").split(/\$ids?\b/);
    return (ids) => JSON.stringify({ query: `${before}${ids}${after}` });
  }
  const start = `{"query":${JSON.stringify(query)},"variables":{"${citizens === 1 ? "id" : "ids"}":`;
  return (ids) => `${start}${ids}}}`;
}

/** When the next request falls due: at once, or at its time, for which it waits; undefined after the last. */
function dueTimes({ milliseconds, perSecond }: Run): {
  next(): Promise<number | undefined> | number | undefined;
} {
  const began = performance.now();
  if (perSecond === undefined)
    return {
      next: () => {
        const now = performance.now();
        return now - began < milliseconds ? now : undefined;
      },
    };
  let count = 0;
  return {
    next: async () => {
      const due = began + (count * 1_000) / perSecond;
      count += 1;
      const now = performance.now();
      // Those that are late already are asked about at once; what takes twice as long as it may is not waited for.
      if (due - began >= milliseconds || now - began >= 2 * milliseconds) return undefined;
      const early = due - now;
      if (early > 0) await pause(early);
      return due;
    },
  };
}

function connectionsTo(url: URL, count: number): KeepAliveConnection[] {
  const key = `${url.origin} ${count}`;
  const open = pools.get(key) ?? Array.from({ length: count }, () => new KeepAliveConnection(url));
  pools.set(key, open);
  return open;
}

/** As JSON: one of them, or a list. */
function drawnIds(count: number): string {
  if (count === 1) return `"${drawn(people.ids)}"`;
  let list = `["${drawn(people.ids)}"`;
  for (let place = 1; place < count; place += 1) list += `,"${drawn(people.ids)}"`;
  return `${list}]`;
}

function drawn<T>(values: readonly T[]): T {
  return values[Math.floor(random() * values.length)]!;
}
