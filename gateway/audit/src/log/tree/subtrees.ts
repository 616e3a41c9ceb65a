/** Leaves from `start` up to `end`, without `end`. */
export interface Subtree {
  readonly start: number;
  readonly end: number;
}

/**
 * Whose hashes prove a leaf to be in a tree (RFC 9162, section 2.1.3.1), from the leaf upwards.
 * @param position below size
 */
export function inclusionPath(position: number, size: number): Subtree[] {
  const path: Subtree[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + largestPowerBelow(end - start);
    if (position < middle) {
      path.push({ start: middle, end });
      end = middle;
    } else {
      path.push({ start, end: middle });
      start = middle;
    }
  }
  return path.reverse();
}

/**
 * Whose hashes prove a tree to be the beginning of a larger one (RFC 9162, section 2.1.4.1). Nothing proves that of the
 * empty tree, or of the tree itself.
 * @param from at most `to`
 */
export function consistencyPath(from: number, to: number): Subtree[] {
  if (from === 0 || from === to) return [];
  const path: Subtree[] = [];
  let start = 0;
  let end = to;
  while (end !== from) {
    const middle = start + largestPowerBelow(end - start);
    if (from <= middle) {
      path.push({ start: middle, end });
      end = middle;
    } else {
      path.push({ start, end: middle });
      start = middle;
    }
  }
  // Who has the smaller tree's root needs not be told it.
  if (start > 0) path.push({ start, end });
  return path.reverse();
}

/** The perfect subtrees that a stretch of leaves consists of, as a tree of its own that begins where it does. */
export function perfectSubtrees({ start, end }: Subtree): Subtree[] {
  const subtrees: Subtree[] = [];
  for (let at = start; at < end;) {
    const length = largestPowerUpTo(end - at);
    subtrees.push({ start: at, end: at + length });
    at += length;
  }
  return subtrees;
}

/** Sizes may be beyond 32 bits, where shifts are wrong, and so large that a logarithm is rounded. */
function largestPowerUpTo(size: number): number {
  let power = 1;
  while (power * 2 <= size) power *= 2;
  return power;
}

function largestPowerBelow(size: number): number {
  const power = largestPowerUpTo(size);
  return power === size ? power / 2 : power;
}
