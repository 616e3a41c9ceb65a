import { type Kysely, sql } from "kysely";
import { splitHashes } from "./node-hash.ts";
import { fillTiles, TILE_WIDTH } from "./tile.ts";

/**
 * Writes the tiles that new leaves fill, on every level; above level 0 also the last one, as far as it goes.
 * @param size of the tree before them
 * @param tail leaf hashes that filled no tile then
 * @returns those that fill none now
 */
export async function writeTiles(
  db: Kysely<any>,
  size: number,
  tail: readonly Buffer[],
  leaves: readonly Buffer[],
): Promise<Buffer[]> {
  const bottom = fillTiles(tail, leaves);
  let index = Math.floor(size / TILE_WIDTH);
  await insertTiles(db, 0, index, bottom.full);
  let more = bottom.roots;
  for (let level = 1; more.length > 0; level++) {
    const before = index;
    index = Math.floor(before / TILE_WIDTH);
    const last = before % TILE_WIDTH === 0 ? [] : await readTile(db, level, index);
    if (last.length !== before % TILE_WIDTH)
      throw new Error(`tile ${index} of level ${level} has not the hashes a tree of ${size} has`);
    const filled = fillTiles(last, more);
    const tiles = filled.tail.length === 0 ? filled.full : [...filled.full, filled.tail];
    await insertTiles(db, level, index, tiles);
    more = filled.roots;
  }
  return bottom.tail;
}

async function readTile(db: Kysely<any>, level: number, index: number): Promise<Buffer[]> {
  const { rows } = await sql<{ hashes: Buffer }>`
    select hashes from audit_tile where level = ${level} and index = ${index}`.execute(db);
  return splitHashes(rows[0]?.hashes ?? Buffer.alloc(0));
}

async function insertTiles(
  db: Kysely<any>,
  level: number,
  from: number,
  tiles: readonly (readonly Buffer[])[],
): Promise<void> {
  if (tiles.length === 0) return;
  const rows = tiles.map((hashes, i) => ({
    level,
    index: from + i,
    hashes: Buffer.concat(hashes),
  }));
  await db
    .insertInto("audit_tile")
    .values(rows)
    // Only a tile that was not full is there already; a full one never changes.
    .onConflict((conflict) =>
      conflict
        .columns(["level", "index"])
        .doUpdateSet({ hashes: sql`excluded.hashes` })
        .where(sql<boolean>`length(audit_tile.hashes) < ${sql.lit(TILE_WIDTH * 32)}`),
    )
    .execute();
}
