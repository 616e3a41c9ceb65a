import { endOfChain, nextOfChain } from "./chain.ts";
import { isSame } from "./proofs.ts";
import type { Leaf, RecordWindow } from "./record-window.ts";
import type { PlacedBatch } from "./order-reader.ts";

/** How many records are searched for the place where a batch really begins or ends. */
const SEARCHED = 1_000;
/** Hashes after which nothing is searched any more: whoever changed everything is not worth hours. */
const MOST_HASHES = 10_000_000;
/** How many records may have changed places to be put right: the work grows with the cube. */
const MOST_TO_SWAP = 200;

/** Finds batches' records where lines were taken out, put in or moved: a chain leads over its own records only. */
export class Realignment {
  readonly #window: RecordWindow;
  #hashes = 0;

  constructor(window: RecordWindow) {
    this.#window = window;
  }

  /** Whether a batch's records stand in the window from `start` on; undefined where its chain cannot tell. */
  fits({ before, chain, count }: PlacedBatch, start: number): boolean | undefined {
    if (before === undefined) return undefined;
    const leaves = this.#window.at(start, count);
    if (leaves.length < count) return false;
    this.#hashes += count;
    const hashes = leaves.map(({ hash }) => hash);
    return isSame(endOfChain(before, hashes), chain);
  }

  /** How many lines stand before a batch's records, where there are some. */
  startOf(batch: PlacedBatch): number | undefined {
    for (let start = 1; start <= SEARCHED && this.#mayGoOn; start++)
      if (this.fits(batch, start) === true) return start;
    return undefined;
  }

  /**
   * How many lines stand where a batch's records should be, told from where the batches after it begin.
   * @param later the batches after it, nearest first
   */
  lengthOf(batch: PlacedBatch, later: readonly PlacedBatch[]): number {
    const { count } = batch;
    if (later.length === 0) return this.#window.at(0, count + SEARCHED).length;
    for (let off = 0; off <= SEARCHED && this.#mayGoOn; off++) {
      for (const length of off === 0 ? [count] : [count - off, count + off]) {
        if (length < 0) continue;
        let start = length;
        for (const next of later) {
          if (this.fits(next, start) === true) return length;
          start += next.count;
        }
      }
    }
    return Math.min(count, this.#window.at(0, count).length);
  }

  /** The two records, by index, that have to change places for the chain to lead over them. */
  swapOf(batch: PlacedBatch, leaves: readonly Leaf[]): readonly [number, number] | undefined {
    const { before } = batch;
    if (before === undefined || leaves.length > MOST_TO_SWAP) return undefined;
    const prefixes = prefixesOf(before, leaves);
    for (let distance = 1; distance < leaves.length; distance++) {
      for (let one = 0; one + distance < leaves.length && this.#mayGoOn; one++) {
        const other = one + distance;
        const rest = swapped(leaves, one, other).slice(one);
        this.#hashes += rest.length;
        const hashes = rest.map(({ hash }) => hash);
        if (isSame(endOfChain(prefixes[one]!, hashes), batch.chain)) return [one, other];
      }
    }
    return undefined;
  }

  /** Where in a row, by index, the records stand without which the chain leads over the others. */
  surplusOf(batch: PlacedBatch, leaves: readonly Leaf[]): number | undefined {
    const { before, count } = batch;
    if (before === undefined) return undefined;
    const surplus = leaves.length - count;
    const prefixes = prefixesOf(before, leaves);
    for (let index = 0; index <= count && this.#mayGoOn; index++) {
      const rest = leaves.slice(index + surplus);
      this.#hashes += rest.length;
      const hashes = rest.map(({ hash }) => hash);
      if (isSame(endOfChain(prefixes[index]!, hashes), batch.chain)) return index;
    }
    return undefined;
  }

  get #mayGoOn(): boolean {
    return this.#hashes < MOST_HASHES;
  }
}

export function swapped<T>(items: readonly T[], one: number, other: number): T[] {
  return items.with(one, items[other]!).with(other, items[one]!);
}

/** The chain before each of the records. */
function prefixesOf(before: Uint8Array, leaves: readonly Leaf[]): Uint8Array[] {
  const prefixes = [before];
  for (const { hash } of leaves) prefixes.push(nextOfChain(prefixes.at(-1)!, hash));
  return prefixes;
}
