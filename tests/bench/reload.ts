import { setTimeout as pause } from "node:timers/promises";
import { ReloadedRouter } from "../harness/reloaded-router.ts";
import { rowOf, type BenchOptions, type BenchRow } from "./bench-row.ts";

const CLIENTS = 8;

/**
 * The latency of a router process under constant load, while its supergraph stays and while it is replaced every
 * second, in turns; and how much of the first the second is.
 * @throws Error when a request is not answered
 */
export async function run({ quick }: BenchOptions): Promise<BenchRow[]> {
  const rounds = quick ? 3 : 8;
  const roundMs = quick ? 3_000 : 6_000;
  const router = await ReloadedRouter.start();
  const steady: number[] = [];
  const reloading: number[] = [];
  try {
    router.begin(CLIENTS);
    const { millis } = router.sent;
    // What is compiled when it is first used counts in neither.
    await pause(roundMs);
    for (let round = 0; round < rounds; round++) {
      millis.length = 0;
      await pause(roundMs);
      steady.push(p99(millis));
      millis.length = 0;
      const end = performance.now() + roundMs;
      while (performance.now() < end) {
        await router.replace();
        await pause(1_000);
      }
      reloading.push(p99(millis));
    }
    const [failure] = router.sent.failures;
    if (failure !== undefined) throw new Error(`a request failed: ${failure}`);
  } finally {
    await router.stop();
  }
  return [
    rowOf("p99, the supergraph stays", "ms", steady),
    rowOf("p99, the supergraph is replaced every second", "ms", reloading),
    rowOf(
      "the second as a multiple of the first",
      "×",
      reloading.map((each, index) => each / steady[index]!),
    ),
  ];
}

function p99(millis: readonly number[]): number {
  const sorted = millis.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0;
}
