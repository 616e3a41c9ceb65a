/** Whether Truc keeps what is asked of it; a bar that is not held ends no run. */
export interface BarRow {
  readonly bar: string;
  /** Whether the figure may at least or at most be the limit. */
  readonly demands: "at least" | "at most";
  readonly limit: number;
  readonly figure: number;
  readonly held: boolean;
}

export function atLeast(bar: string, limit: number, figure: number): BarRow {
  return { bar, demands: "at least", limit, figure: rounded(figure), held: figure >= limit };
}

export function atMost(bar: string, limit: number, figure: number): BarRow {
  return { bar, demands: "at most", limit, figure: rounded(figure), held: figure <= limit };
}

export function printBars(bars: readonly BarRow[]): void {
  console.table(
    Object.fromEntries(
      bars.map(({ bar, demands, limit, figure, held }) => [
        bar,
        { figure, bar: `${demands} ${rounded(limit)}`, held: held ? "yes" : "NO" },
      ]),
    ),
  );
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
