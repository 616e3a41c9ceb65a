import { perfectRoot } from "./node-hash.ts";
import type { Subtree } from "./subtrees.ts";

/** Hashes in a full tile (C2SP tlog-tiles): one of level n stands for 256ⁿ leaves. */
export const TILE_WIDTH = 256;

/** Which hashes of which tile a perfect subtree's hash is made of. */
export interface TilePart {
  readonly level: number;
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

/** @param subtree a perfect one: its length a power of two that divides its start */
export function tilePartOf({ start, end }: Subtree): TilePart {
  let level = 0;
  let span = 1;
  while (end - start >= span * TILE_WIDTH) {
    span *= TILE_WIDTH;
    level++;
  }
  const first = start / span;
  const index = Math.floor(first / TILE_WIDTH);
  const from = first - index * TILE_WIDTH;
  return { level, index, from, to: from + (end - start) / span };
}

/**
 * Adds hashes to a level's last tile.
 * @param tail what that tile holds so far
 * @returns the tiles that became full, what then is in the last one, and the full ones' roots: hashes of the level above
 */
export function fillTiles(
  tail: readonly Buffer[],
  more: readonly Buffer[],
): { full: Buffer[][]; tail: Buffer[]; roots: Buffer[] } {
  const hashes = [...tail, ...more];
  const full: Buffer[][] = [];
  let at = 0;
  for (; at + TILE_WIDTH <= hashes.length; at += TILE_WIDTH)
    full.push(hashes.slice(at, at + TILE_WIDTH));
  return { full, tail: hashes.slice(at), roots: full.map(perfectRoot) };
}
