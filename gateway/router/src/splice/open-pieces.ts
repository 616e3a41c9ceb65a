import { adopt, isMap, type ResultMap } from "../execute/merge.ts";
import type { Path } from "../execute/places.ts";
import type { Apart } from "../plan/keep-apart.ts";
import { Piece } from "./piece.ts";

/**
 * Puts data in place of the pieces that these places lie in: what goes wrong somewhere is said at its own place.
 * @param paths as the caller knows them, or as the fetches do
 */
export function openPiecesAt(
  data: ResultMap,
  paths: Iterable<Path>,
  apart: Apart | undefined,
): void {
  const prefixes = apart === undefined ? [""] : ["", apart.prefix];
  const open = (value: unknown, path: Path, index: number): void => {
    const key = path[index];
    if (key === undefined) return;
    if (Array.isArray(value)) {
      open(value[Number(key)], path, index + 1);
      return;
    }
    if (!isMap(value)) return;
    for (const prefix of typeof key === "string" ? prefixes : [""]) {
      const inner = `${prefix}${key}`;
      const found = value[inner];
      if (found instanceof Piece && index + 1 < path.length) value[inner] = adopt(found.value());
      if (typeof found === "object") open(value[inner], path, index + 1);
    }
  };
  for (const path of paths) open(data, path, 0);
}

/** Puts data in place of all pieces, for who knows nothing of them. */
export function openPieces(value: unknown): void {
  if (Array.isArray(value)) for (const item of value) openPieces(item);
  else if (isMap(value))
    for (const key of Object.keys(value)) {
      const found = value[key];
      if (found instanceof Piece) value[key] = adopt(found.value());
      else openPieces(found);
    }
}
