import type { PostingsView, SoughtKey } from "../postings/postings-view.ts";

/** Postings of one list of keys that are fetched at one time. */
const CHUNK = 64;

/**
 * Goes through the positions, downwards, at which records stand under a key of each of several lists: whichever list
 * is behind leaps to where the others are, so that the rarest sets the pace.
 */
export class KeyWalk {
  readonly #lists: readonly KeyList[];
  #below: number;

  /**
   * @param lists none: every position
   * @param below where to begin: positions from there on are left out
   */
  constructor(view: PostingsView, lists: readonly (readonly SoughtKey[])[], below: number) {
    this.#lists = lists.map((keys) => new KeyList(view, keys));
    this.#below = below;
  }

  /** Down to where it has come: nothing that is left lies there or above. */
  get below(): number {
    return this.#below;
  }

  /** Goes on below a position. */
  leapTo(below: number): void {
    this.#below = Math.min(this.#below, below);
  }

  /**
   * @param mayGoOn asked before each fetch; where it says no, the walk pauses. A walk that is begun anew there comes
   *   further only if it may fetch more often than it has lists.
   * @returns undefined at the end or where it pauses
   */
  async next(mayGoOn: () => boolean): Promise<number | undefined> {
    let candidate = this.#below - 1;
    const lists = this.#lists;
    for (let turn = 0, agreed = 0; agreed < lists.length; turn = (turn + 1) % lists.length) {
      const list = lists[turn]!;
      if (list.needsFetch(candidate + 1) && !mayGoOn()) {
        this.#below = candidate + 1;
        return undefined;
      }
      const position = await list.under(candidate + 1);
      if (position === undefined) return this.#end();
      agreed = position === candidate ? agreed + 1 : 1;
      candidate = position;
    }
    if (candidate < 0) return this.#end();
    this.#below = candidate;
    return candidate;
  }

  #end(): undefined {
    this.#below = 0;
    return undefined;
  }
}

/** The positions under any of some keys, downwards, fetched some at a time. */
class KeyList {
  readonly #view: PostingsView;
  readonly #keys: readonly SoughtKey[];
  #positions: readonly number[] = [];
  #next = 0;
  #isWhole = false;

  constructor(view: PostingsView, keys: readonly SoughtKey[]) {
    this.#view = view;
    this.#keys = keys;
  }

  needsFetch(below: number): boolean {
    this.#skip(below);
    return this.#next === this.#positions.length && !this.#isWhole;
  }

  /** The highest position below one; undefined where there is none. Never asked for a higher one than before. */
  async under(below: number): Promise<number | undefined> {
    if (this.needsFetch(below)) {
      const before = { at: below, position: below };
      const places = await this.#view.newest(this.#keys, before, CHUNK);
      this.#positions = places.map(({ position }) => position);
      this.#next = 0;
      this.#isWhole = places.length < CHUNK;
    }
    return this.#positions[this.#next];
  }

  #skip(below: number): void {
    while (this.#next < this.#positions.length && this.#positions[this.#next]! >= below)
      this.#next += 1;
  }
}
