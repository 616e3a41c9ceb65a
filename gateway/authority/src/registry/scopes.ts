import { catalogueError } from "@truc/contracts";
import type { Change } from "./change.ts";

/**
 * The owners of scopes, by the scopes' names.
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
    throw catalogueError("REGISTRY_SCOPE_UNKNOWN", { extensions: { scopes: unknown } });
  return owners;
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
    throw catalogueError("REGISTRY_SCOPE_BEYOND_CEILING", { extensions: { scopes: beyond } });
}
