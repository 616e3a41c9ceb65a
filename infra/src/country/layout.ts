import { iso, REFORM, type Day } from "./calendar.ts";
import { citizenSerial } from "./identifiers.ts";
import type { Place } from "./model.ts";
import { PROVINCES, type ProvinceCharacter } from "./provinces.ts";
import { Random } from "./randomness.ts";
import { loadGazetteer, type Commune } from "./units.ts";

const PEOPLE_PER_BLOCK = 250;
const FEWEST_PEOPLE = 100;
const MOST_PEOPLE = 1_000_000;

/** Where a block lies and which serials are its own. */
export interface Site {
  index: number;
  commune: Commune;
  character: ProvinceCharacter;
  /** People in the block, and how many are in all blocks before it. */
  size: number;
  start: number;
  /** How many earlier blocks lie in the same commune: their map sheets come first. */
  turn: number;
}

/** How a country of a size is cut into blocks; anything about a block's place is found without making the block. */
export class Layout {
  readonly seed: number;
  readonly citizens: number;
  readonly blocks: number;
  readonly #communes: readonly Commune[];

  /** @throws RangeError beyond 100 to 1,000,000 citizens (serials have six digits) or if the seed is no safe integer */
  constructor(seed: number, citizens: number) {
    if (!Number.isSafeInteger(seed)) throw new RangeError("The seed must be a whole number.");
    if (!Number.isInteger(citizens) || citizens < FEWEST_PEOPLE || citizens > MOST_PEOPLE)
      throw new RangeError("A country has from 100 to 1,000,000 citizens.");
    this.seed = seed;
    this.citizens = citizens;
    this.blocks = Math.max(2, Math.round(citizens / PEOPLE_PER_BLOCK));
    this.#communes = orderCommunes(seed);
  }

  site(index: number): Site {
    const commune = this.#communes[index % this.#communes.length]!;
    const start = this.#start(index);
    return {
      index,
      commune,
      character: PROVINCES[commune.province]!,
      start,
      size: this.#start(index + 1) - start,
      turn: Math.floor(index / this.#communes.length),
    };
  }

  /** The stream of randomness for a purpose in a block. */
  random(purpose: string, block: number): Random {
    return new Random(this.seed, purpose, block);
  }

  serial(block: number, position: number): string {
    return citizenSerial(this.#start(block) + position);
  }

  /** A block in another province than the given one; null when a few draws find none. */
  elsewhere(random: Random, province: string): Site | null {
    for (let draw = 0; draw < 12; draw++) {
      const site = this.site(random.between(0, this.blocks - 1));
      if (site.commune.province !== province) return site;
    }
    return null;
  }

  #start(index: number): number {
    return Math.floor((index * this.citizens) / this.blocks);
  }
}

/**
 * Communes in the order in which blocks settle them: however few the blocks, each province has its part of them.
 * The first is in Hà Nội, the second in another province, so that the smallest country has what demonstrations need.
 */
function orderCommunes(seed: number): Commune[] {
  const byProvince = Map.groupBy(loadGazetteer().communes, ({ province }) => province);
  const placed: { commune: Commune; at: number }[] = [];
  for (const [province, communes] of byProvince) {
    const random = new Random(seed, "communes", province);
    for (const [rank, commune] of random.shuffled(communes).entries())
      placed.push({ commune, at: (rank + 0.25 + random.next() / 2) / communes.length });
  }
  const ordered = placed.sort((a, b) => a.at - b.at).map(({ commune }) => commune);
  const bring = (index: number, wanted: (commune: Commune) => boolean): void => {
    ordered.splice(index, 0, ...ordered.splice(ordered.findIndex(wanted), 1));
  };
  bring(0, ({ province }) => province === "01");
  bring(1, ({ province }) => province !== "01");
  return ordered;
}

/** A place as an office would have recorded it on a day: with the earlier commune's code until the reform. */
export function placeIn(site: Site, earlier: { code: string }, asOf: Day, line: string): Place {
  return {
    commune: asOf < REFORM ? earlier.code : site.commune.code,
    asOf: iso(asOf),
    province: site.commune.province,
    line,
  };
}
