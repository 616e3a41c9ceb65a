import { catalogueError } from "@truc/contracts";
import type { Kysely } from "kysely";
import type { Role, Tables } from "../tables.ts";

/** Stands in the history for what was done with the operator's key, and not by a person at the registry. */
export const OPERATOR_KEY = "operator-key";

/** Somebody who acts at the registry, with the roles that count today: not those at a suspended agency. */
export interface Who {
  id: string;
  roles: readonly { role: Role; agency: string | null }[];
}

/** @throws REGISTRY_FORBIDDEN for somebody unknown or suspended */
export async function readWho(tx: Kysely<Tables>, id: string): Promise<Who> {
  if (id === OPERATOR_KEY) return { id, roles: [{ role: "operator", agency: null }] };
  const rows = await tx
    .selectFrom("person")
    .leftJoin("person_role", "person_role.person", "person.id")
    .leftJoin("agency", "agency.id", "person_role.agency")
    .select(["person_role.role", "person_role.agency", "agency.status"])
    .where("person.id", "=", id)
    .where("person.status", "=", "active")
    .execute();
  if (rows.length === 0) throw catalogueError("REGISTRY_FORBIDDEN");
  const roles = rows.flatMap(({ role, agency, status }) =>
    role === null || status === "suspended" ? [] : [{ role, agency }],
  );
  return { id, roles };
}

export function isOperator({ roles }: Who): boolean {
  return roles.some(({ role }) => role === "operator");
}

/** Whether somebody administers an agency as the owner of scopes, or as one that asks for grants. */
export function administers(
  { roles }: Who,
  as: "owner-admin" | "agency-admin",
  agency: string,
): boolean {
  return roles.some((own) => own.role === as && own.agency === agency);
}

/** @throws REGISTRY_FORBIDDEN unless it holds */
export function demand(allowed: boolean): asserts allowed {
  if (!allowed) throw catalogueError("REGISTRY_FORBIDDEN");
}
