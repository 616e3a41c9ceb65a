/** Whoever holds all scopes of one of them may read: outer OR, inner AND. One that is empty lets everyone in. */
export type Alternatives = readonly (readonly string[])[];

/** What needs no scope. */
export const EVERYONE: Alternatives = [[]];

/** What satisfies every rule: the product of their alternatives, each sorted, without any that another one covers. */
export function allOf(rules: readonly Alternatives[]): Alternatives {
  let product: Alternatives = EVERYONE;
  for (const rule of rules) {
    const pairs = product.flatMap((left) => rule.map((right) => [...left, ...right]));
    product = leastOf(pairs.map((scopes) => [...new Set(scopes)].toSorted()));
  }
  return product;
}

/** Whether somebody with these scopes may read. */
export function isOpen(rule: Alternatives, held: ReadonlySet<string>): boolean {
  return rule.some((scopes) => scopes.every((scope) => held.has(scope)));
}

function leastOf(alternatives: readonly string[][]): Alternatives {
  const unique = [...new Map(alternatives.map((scopes) => [scopes.join(" "), scopes])).values()];
  const covers = (small: readonly string[], large: readonly string[]): boolean =>
    small.length < large.length && small.every((scope) => large.includes(scope));
  return unique.filter((scopes) => !unique.some((other) => covers(other, scopes)));
}
