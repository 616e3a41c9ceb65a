import type { Path } from "./places.ts";

/** Places of an answer, to be asked how another one lies to them: what that costs depends on its own path alone. */
export class PlaceTree {
  readonly #root = new Branch();

  constructor(paths: Iterable<Path>) {
    for (const path of paths) {
      let branch = this.#root;
      for (const key of path) branch = branch.grown(key);
      branch.isPlace = true;
    }
  }

  /** Whether one of them is this place, or around it. */
  hasAround(path: Path): boolean {
    let branch: Branch | undefined = this.#root;
    for (const key of path) {
      if (branch.isPlace) return true;
      branch = branch.at(key);
      if (branch === undefined) return false;
    }
    return branch.isPlace;
  }

  /** Whether one of them is this place, or further down. */
  hasBelow(path: Path): boolean {
    let branch: Branch | undefined = this.#root;
    for (const key of path) {
      branch = branch.at(key);
      if (branch === undefined) return false;
    }
    return branch.isPlace || branch.goesOn;
  }
}

class Branch {
  isPlace = false;
  readonly #below = new Map<string | number, Branch>();

  get goesOn(): boolean {
    return this.#below.size > 0;
  }

  at(key: string | number): Branch | undefined {
    return this.#below.get(key);
  }

  grown(key: string | number): Branch {
    let branch = this.#below.get(key);
    if (branch === undefined) this.#below.set(key, (branch = new Branch()));
    return branch;
  }
}
