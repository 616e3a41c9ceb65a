import { runCases, type Tally } from "../properties/differential/cases.ts";
import { askStockGateway } from "../properties/differential/stock-gateway.ts";
import type { Proof } from "./proof.ts";

const SPLITS_PER_VARIANT = 50;
const STOCK_CASES = 2_000;

/** 100,000 random operations are answered as one server would, over subgraphs that can do more and less. */
export const prove: Proof = async (say) => {
  const seed = Number(process.env["PROOF_SEED"] ?? Date.now() % 1_000_000_000);
  const cases = Number(process.env["PROOF_CASES"] ?? 100_000) / 4;
  say(`seed ${seed}`);
  const lines: string[] = [];
  for (const batching of [false, true]) {
    for (const splicing of [false, true]) {
      const at = seed + lines.length * SPLITS_PER_VARIANT;
      const tally = await runCases({
        seed: at,
        splits: SPLITS_PER_VARIANT,
        cases,
        variant: { batching, splicing },
      });
      lines.push(lineOf({ batching, splicing }, at, tally));
      say(lines.at(-1)!);
    }
  }
  const stock = await askStockGateway(seed, 20, STOCK_CASES);
  return [
    ...lines,
    `Stock @apollo/gateway answered ${stock.wrong} of ${stock.asked} operations of the same generator with other data than one server; the shortest: \`${stock.smallest}\`.`,
  ];
};

function lineOf(
  { batching, splicing }: { batching: boolean; splicing: boolean },
  seed: number,
  { splits, cases, failing, bubbled, takenAway, unplanned, tooComplex }: Tally,
): string {
  return `Batching ${batching ? "on" : "off"}, splicing ${splicing ? "on" : "off"}, seed ${seed}: ${cases} operations over ${splits} splits were answered as by one server, ${failing} of them with errors, ${bubbled} with nulls that bubbled. Not compared: ${takenAway} whose input a null took away. Refused: ${unplanned} without a right plan, ${tooComplex} as too complex to plan.`;
}
