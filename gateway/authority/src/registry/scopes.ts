import { catalogueError } from "@truc/contracts";
import type { Change } from "./change.ts";

/**
 * The owners of scopes, by the scopes' names, which must have a scope's form.
 * @throws REGISTRY_SCOPE_UNKNOWN naming those there are not
 */
export async function demandScopes(
  { tx }: Pick<Change, "tx">,
  names: readonly string[],
): Promise<Map<string, string>> {
  const rows =
    names.length === 0
      ? []
      : await tx.selectFrom("scope").select(["name", "owner"]).where("name", "in", names).execute();
  const owners = new Map(rows.map(({ name, owner }) => [name, owner]));
  const unknown = names.filter((name) => !owners.has(name));
  if (unknown.length > 0)
    throw catalogueError("REGISTRY_SCOPE_UNKNOWN", {
      sentence: `There is no scope ${listed(unknown)}.`,
      extensions: { scopes: unknown },
    });
  return owners;
}

const MAX_LISTED = 10;

/** @param names of a scope's form, if not of the catalogue, so nobody's longer text comes back in a sentence */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_LISTED).join(", ");
  const more = names.length - MAX_LISTED;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** @throws REGISTRY_PURPOSE_UNKNOWN, or REGISTRY_SCOPE_BEYOND_CEILING naming those that lie beyond */
export async function demandWithinCeiling(
  { tx }: Pick<Change, "tx">,
  purpose: string,
  scopes: readonly string[],
): Promise<void> {
  const known = await tx
    .selectFrom("purpose")
    .select("code")
    .where("code", "=", purpose)
    .executeTakeFirst();
  if (known === undefined) throw catalogueError("REGISTRY_PURPOSE_UNKNOWN");
  const rows = await tx
    .selectFrom("purpose_scope")
    .select("scope")
    .where("purpose", "=", purpose)
    .execute();
  const ceiling = new Set(rows.map(({ scope }) => scope));
  const beyond = scopes.filter((scope) => !ceiling.has(scope));
  if (beyond.length > 0)
    throw catalogueError("REGISTRY_SCOPE_BEYOND_CEILING", {
      sentence: `The purpose ${purpose} does not reach ${listed(beyond)}.`,
      extensions: { scopes: beyond },
    });
}
