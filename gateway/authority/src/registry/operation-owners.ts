import type { Alternatives } from "./guarding-scopes.ts";

/** What decides whether a registered operation counts for a grant. */
export interface OperationCase {
  /** The rules that guard what the operation reads; null when that was never found out. */
  rules: readonly Alternatives[] | null;
  /** The scopes that the grant holds → their owners. */
  held: ReadonlyMap<string, string>;
  /** What owners have said on the operation for the grant. */
  words: readonly { owner: string; decision: "approved" | "rejected" }[];
}

/**
 * The owners who must have approved an operation before it counts for a grant: those of every scope of the grant by
 * which something of it can be read. Where several alternatives open the same, the owners of all that the grant's scopes
 * satisfy; where it is not known what the operation reads, all owners of the grant. None where it reads nothing guarded.
 */
export function neededOwners({ rules, held }: Pick<OperationCase, "rules" | "held">): string[] {
  const scopes =
    rules === null
      ? [...held.keys()]
      : rules.flat().flatMap((all) => (all.every((scope) => held.has(scope)) ? all : []));
  return [...new Set(scopes.map((scope) => held.get(scope)!))].toSorted();
}

/**
 * Whose approval is missing. Owners who hold no scope of the grant any more have no say. Where it reads nothing guarded
 * the approval of any one owner will do: all are missing as long as there is none.
 */
export function missingOwners(operation: OperationCase): string[] {
  const { held, words } = operation;
  const owners = [...new Set(held.values())].toSorted();
  const approving = words
    .filter(({ owner, decision }) => decision === "approved" && owners.includes(owner))
    .map(({ owner }) => owner);
  const needed = neededOwners(operation);
  if (needed.length === 0) return approving.length > 0 ? [] : owners;
  return needed.filter((owner) => !approving.includes(owner));
}

/** Whether the grant may use the operation: every needed owner has approved it, and no owner of the grant rejected it. */
export function isAllowed(operation: OperationCase): boolean {
  const owners = new Set(operation.held.values());
  return (
    owners.size > 0 &&
    missingOwners(operation).length === 0 &&
    !operation.words.some(({ owner, decision }) => decision === "rejected" && owners.has(owner))
  );
}

/** As a registered operation keeps them. */
export function readRules(text: string | null): readonly Alternatives[] | null {
  return text === null ? null : (JSON.parse(text) as Alternatives[]);
}
