import type { Entry, Unreadable } from "./entry.ts";
import type { Follower, Moment } from "./follower.ts";

/** Entries shown at one time. */
const PAGE = 5_000;

/** Shows followers every committed entry once and in order. */
export class Onlookers {
  /** The next position each wants to see. */
  readonly #seen = new Map<Follower, number>();
  readonly #followers: readonly Follower[];
  readonly #stream: (from: number, to: number) => AsyncIterable<Entry | Unreadable>;

  constructor(
    followers: readonly Follower[],
    stream: (from: number, to: number) => AsyncIterable<Entry | Unreadable>,
  ) {
    this.#followers = followers;
    this.#stream = stream;
  }

  async begin(): Promise<void> {
    for (const follower of this.#followers) this.#seen.set(follower, await follower.seenUpTo());
  }

  /**
   * @param fresh entries that were appended last, to save reading them again
   * @throws what a follower throws: it is shown the same again the next time
   */
  async show(fresh: readonly Entry[], moment: Moment): Promise<void> {
    for (const follower of this.#followers) {
      const from = this.#seen.get(follower)!;
      if (from === fresh[0]?.position) await follower.see(fresh, moment);
      else await this.#catchUp(follower, from, moment);
      this.#seen.set(follower, Math.max(from, moment.size));
    }
  }

  /** What cannot be read is left out. */
  async #catchUp(follower: Follower, from: number, moment: Moment): Promise<void> {
    let page: Entry[] = [];
    for await (const entry of this.#stream(from, moment.size)) {
      if (!("line" in entry)) continue;
      page.push(entry);
      if (page.length < PAGE) continue;
      await follower.see(page, moment);
      this.#seen.set(follower, entry.position + 1);
      page = [];
    }
    await follower.see(page, moment);
  }
}
