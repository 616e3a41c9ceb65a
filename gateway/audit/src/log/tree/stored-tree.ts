import { type Kysely, sql } from "kysely";
import { LRUCache } from "lru-cache";
import { isDamaged } from "../is-damaged.ts";
import { readHead } from "./head.ts";
import { nodeHash, perfectRoot, splitHashes } from "./node-hash.ts";
import { perfectSubtrees, type Subtree } from "./subtrees.ts";
import { TILE_WIDTH, tilePartOf } from "./tile.ts";

/** Full tiles kept in memory, 8 KiB each. */
const CACHED_TILES = 1_000;

type TileKey = `${number}/${number}`;

/** The tree as it is stored: tiles, and the leaf hashes that fill none yet. */
export class StoredTree {
  readonly #db: Kysely<any>;
  /** A full tile never changes. */
  readonly #full = new LRUCache<TileKey, Buffer[]>({ max: CACHED_TILES });

  constructor(db: Kysely<any>) {
    this.#db = db;
  }

  /**
   * Hashes of subtrees of what is stored.
   * @throws an error that names a tile which is gone or cannot be read
   */
  async hashes(subtrees: readonly Subtree[]): Promise<Buffer[]> {
    const wanted = subtrees.map((subtree) => perfectSubtrees(subtree).map(tilePartOf));
    const tiles = await this.#tiles(wanted.flat().map(({ level, index }) => key(level, index)));
    return wanted.map((parts) =>
      parts
        .map(({ level, index, from, to }) => {
          const hashes = tiles.get(key(level, index))?.slice(from, to);
          if (hashes?.length !== to - from)
            throw new Error(`tile ${index} of level ${level} of the tree cannot be read`);
          return perfectRoot(hashes);
        })
        .reduceRight((right, left) => nodeHash(left, right)),
    );
  }

  /** Leaf hashes by position; those that cannot be read are left out. */
  async leaves(positions: readonly number[]): Promise<Map<number, Buffer>> {
    const tiles = await this.#tiles(positions.map((position) => key(0, tileOf(position))));
    const leaves = new Map<number, Buffer>();
    for (const position of positions) {
      const leaf = tiles.get(key(0, tileOf(position)))?.[position % TILE_WIDTH];
      if (leaf !== undefined) leaves.set(position, leaf);
    }
    return leaves;
  }

  async #tiles(keys: readonly TileKey[]): Promise<Map<TileKey, Buffer[]>> {
    const tiles = new Map<TileKey, Buffer[]>();
    const missing = new Set<TileKey>();
    for (const wanted of keys) {
      const cached = this.#full.get(wanted);
      if (cached === undefined) missing.add(wanted);
      else tiles.set(wanted, cached);
    }
    if (missing.size === 0) return tiles;
    // The tail before the tiles: what has left it in the meantime is in a tile by then.
    const { size, tail } = await readHead(this.#db);
    tiles.set(key(0, tileOf(size)), [...tail]);
    for (const [found, hashes] of await this.#read([...missing])) {
      tiles.set(found, hashes);
      if (hashes.length === TILE_WIDTH) this.#full.set(found, hashes);
    }
    return tiles;
  }

  async #read(keys: readonly TileKey[]): Promise<Map<TileKey, Buffer[]>> {
    const places = keys.map((wanted) => wanted.split("/").map(Number));
    try {
      const { rows } = await sql<{ level: number; index: number; hashes: Buffer }>`
        select level, index, hashes from audit_tile
        join unnest(${places.map(([level]) => level)}::int[], ${places.map(([, index]) => index)}::bigint[])
          as wanted(l, i) on level = l and index = i`.execute(this.#db);
      return new Map(
        rows.map(({ level, index, hashes }) => [key(level, index), splitHashes(hashes)]),
      );
    } catch (error) {
      if (!isDamaged(error)) throw error;
      if (keys.length === 1) return new Map();
    }
    // One of them is damaged: the others are read one by one.
    const found = new Map<TileKey, Buffer[]>();
    for (const one of keys)
      for (const [tile, hashes] of await this.#read([one])) found.set(tile, hashes);
    return found;
  }
}

function tileOf(position: number): number {
  return Math.floor(position / TILE_WIDTH);
}

function key(level: number, index: number): TileKey {
  return `${level}/${index}`;
}
