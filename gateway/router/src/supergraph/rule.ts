/**
 * What guards one coordinate. Satisfied when the caller is authenticated and, where `scopes` is set, holds every
 * scope of at least one alternative (outer OR, inner AND).
 */
export interface Rule {
  readonly scopes: readonly (readonly string[])[] | null;
  /** Guarded by `@policy`, which no token of ours can satisfy: always refused. */
  readonly policy: boolean;
}

export const OPEN: Rule = Object.freeze({ scopes: null, policy: false });

/** Both rules at once: the product of their alternatives, deduplicated and absorbed ([A] makes [A,B] superfluous). */
export function both(left: Rule, right: Rule): Rule {
  return {
    policy: left.policy || right.policy,
    scopes:
      left.scopes === null
        ? right.scopes
        : right.scopes === null
          ? left.scopes
          : absorb(
              left.scopes.flatMap((a) =>
                right.scopes!.map((b) => [...new Set([...a, ...b])].toSorted()),
              ),
            ),
  };
}

/** Without duplicates and without what a smaller alternative makes superfluous. */
export function absorb(alternatives: readonly (readonly string[])[]): (readonly string[])[] {
  const unique = [...new Map(alternatives.map((scopes) => [scopes.join(" "), scopes])).values()];
  return unique.filter(
    (scopes) =>
      !unique.some(
        (other) =>
          other !== scopes &&
          other.length < scopes.length &&
          other.every((s) => scopes.includes(s)),
      ),
  );
}

export function satisfies(scopes: ReadonlySet<string>, rule: Rule): boolean {
  if (rule.policy) return false;
  return (
    rule.scopes === null ||
    rule.scopes.some((alternative) => alternative.every((scope) => scopes.has(scope)))
  );
}

/** Whether everybody who satisfies `strong` satisfies `weak` as well. */
export function implies(strong: Rule, weak: Rule): boolean {
  if (strong.policy) return true;
  if (weak.policy) return false;
  if (weak.scopes === null) return true;
  return (
    strong.scopes !== null &&
    strong.scopes.every((alternative) => satisfies(new Set(alternative), weak))
  );
}
