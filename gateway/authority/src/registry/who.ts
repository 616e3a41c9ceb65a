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
  const person = await tx
    .selectFrom("person")
    .select("id")
    .where("id", "=", id)
    .where("status", "=", "active")
    .executeTakeFirst();
  if (person === undefined) throw catalogueError("REGISTRY_FORBIDDEN");
  return { id, roles: await rolesToday(tx, id) };
}

/** A person's roles that count today, sorted: none while she is suspended, and none at an agency that is. */
export async function rolesToday(tx: Kysely<Tables>, person: string): Promise<Who["roles"]> {
  const rows = await tx
    .selectFrom("person_role")
    .innerJoin("person", "person.id", "person_role.person")
    .leftJoin("agency", "agency.id", "person_role.agency")
    .select(["person_role.role", "person_role.agency", "agency.status"])
    .where("person_role.person", "=", person)
    .where("person.status", "=", "active")
    .orderBy("person_role.role")
    .orderBy("person_role.agency")
    .execute();
  return rows.flatMap(({ role, agency, status }) =>
    status === "suspended" ? [] : [{ role, agency }],
  );
}

/** Whether somebody holds an office at the registry: everybody but citizens does. */
export function isStaff({ roles }: Pick<Who, "roles">): boolean {
  return roles.some(({ role }) => role !== "citizen");
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
