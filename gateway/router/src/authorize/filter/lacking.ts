import { absorb, satisfies, type Rule } from "../../supergraph/rule.ts";

/** More ways to open something help nobody choose, and the product of many rules' alternatives has no bound. */
const MAX_WAYS = 16;

/**
 * What a caller lacks of several rules at once: each set of scopes opens them all, together with what is held. Fewest
 * first; empty when no scope does.
 */
export function lackingWays(
  held: ReadonlySet<string>,
  rules: readonly Rule[],
): (readonly string[])[] {
  let ways: (readonly string[])[] = [[]];
  for (const rule of rules) {
    if (satisfies(held, rule)) continue;
    if (rule.policy || rule.scopes === null) return [];
    const missing = rule.scopes.map((way) => way.filter((scope) => !held.has(scope)));
    ways = absorb(
      ways.flatMap((way) => missing.map((more) => [...new Set([...way, ...more])].toSorted())),
    );
    ways = ways.toSorted(byFewest).slice(0, MAX_WAYS);
  }
  return ways;
}

function byFewest(left: readonly string[], right: readonly string[]): number {
  return left.length - right.length || (left.join(" ") < right.join(" ") ? -1 : 1);
}
