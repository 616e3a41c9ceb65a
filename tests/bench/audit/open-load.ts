import { setTimeout as pause } from "node:timers/promises";
import { Agent } from "undici";

/** How long answers took, milliseconds. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
}

/**
 * Sends requests at a steady rate, whether earlier ones are answered or not, so that waiting is not hidden.
 * @param next the body of the next request
 * @throws Error when one is not answered by 200
 */
export async function steadyLoad(
  address: string,
  headers: Record<string, string>,
  next: () => string,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<Latencies> {
  const { origin, pathname } = new URL(address);
  const agent = new Agent({ connections: 64, pipelining: 1 });
  const took: number[] = [];
  const began = performance.now();
  const under: Promise<void>[] = [];
  const ask = async (due: number): Promise<void> => {
    const { statusCode, body } = await agent.request({
      origin,
      path: pathname,
      method: "POST",
      headers,
      body: next(),
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`it answered ${statusCode}: ${text.slice(0, 200)}`);
    took.push(performance.now() - due);
  };
  for (let sent = 0; sent < perSecond * seconds;) {
    const due = began + (sent * 1_000) / perSecond;
    if (performance.now() < due) {
      await pause(Math.max(0, due - performance.now()));
      continue;
    }
    under.push(ask(due));
    sent += 1;
  }
  await Promise.all(under);
  await agent.close();
  took.sort((a, b) => a - b);
  const at = (share: number): number => took[Math.floor(share * (took.length - 1))]!;
  return { p50: at(0.5), p99: at(0.99) };
}
