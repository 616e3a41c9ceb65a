import type { Measured, Sample } from "./measure.ts";
import type { Gateway, Part } from "./party.ts";

/** Where gateways are compared; `stub-new-tokens` brings a token never seen before with every request. */
export type Scenario = "stub" | "stub-2ms" | "postgres" | "stub-new-tokens";

/** What one gateway took for one operation: medians of the rounds. */
export interface GatewayRow extends Figures {
  readonly scenario: Scenario;
  readonly gateway: Gateway;
  readonly operation: string;
  readonly rounds: number;
  /** Lowest and highest of the rounds. */
  readonly spread: Readonly<Record<keyof Figures, readonly [number, number]>>;
  /** The total's parts, CPU microseconds a request. */
  readonly parts: Readonly<Partial<Record<Part, number>>>;
}

interface Figures {
  /** CPU of the gateway's process. */
  readonly cpuMicrosPerRequest: number;
  /** CPU of all processes: the gateway's, its subgraphs', the audit process's, the databases'. */
  readonly totalCpuMicrosPerRequest: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly peakRssMiB: number;
}

const FIGURES: Readonly<Record<keyof Figures, (sample: Sample) => number>> = {
  cpuMicrosPerRequest: ({ gateway }) => gateway,
  totalCpuMicrosPerRequest: ({ gateway, parts }) =>
    Object.values(parts).reduce((sum, part) => sum + part, gateway),
  requestsPerSecond: ({ requests, seconds }) => requests / seconds,
  p50Ms: ({ p50Ms }) => p50Ms,
  p99Ms: ({ p99Ms }) => p99Ms,
  peakRssMiB: (sample) => sample.peakRssMiB,
};

export function gatewayRow(scenario: Scenario, measured: Measured): GatewayRow {
  const { party, operation, samples } = measured;
  const names = Object.keys(FIGURES) as (keyof Figures)[];
  const sorted = (of: (sample: Sample) => number): number[] =>
    samples.map(of).toSorted((a, b) => a - b);
  const medians = names.map((name) => [name, median(sorted(FIGURES[name]))]);
  const spread = names.map((name) => {
    const values = sorted(FIGURES[name]);
    return [name, [rounded(values[0]!), rounded(values.at(-1)!)]];
  });
  const parts = Object.keys(samples[0]!.parts).map((part) => [
    part,
    median(sorted((sample) => sample.parts[part as Part]!)),
  ]);
  return {
    scenario,
    gateway: party.gateway,
    operation,
    ...(Object.fromEntries(medians) as Figures),
    rounds: samples.length,
    spread: Object.fromEntries(spread) as GatewayRow["spread"],
    parts: Object.fromEntries(parts) as GatewayRow["parts"],
  };
}

/** Of values in order; between the two in the middle where their number is even. */
function median(sorted: readonly number[]): number {
  const below = sorted[Math.floor((sorted.length - 1) / 2)]!;
  const above = sorted[Math.ceil((sorted.length - 1) / 2)]!;
  return rounded((below + above) / 2);
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
