import { catalogueError, type RegistrySnapshot } from "@truc/contracts";
import { registerOf } from "../usage/field-rules.ts";

/** What is asked of the authority; see Authority. */
export interface RoleSource {
  registry(): Promise<Pick<RegistrySnapshot, "scopes">>;
  rolesOf(subject: string): Promise<readonly { role: string; agency: string | null }[]>;
}

/** What somebody may see of the log: all of it, or what concerns registers that her agency owns. */
export interface Rights {
  /** Undefined: of every register. */
  readonly registers: ReadonlySet<string> | undefined;
}

/**
 * Auditors see everything; an owner's administrators what concerns a register of which their agency owns a scope.
 * @param person the opaque id of who asks; undefined where a request is in nobody's name
 * @throws GraphQLError AUDIT_FORBIDDEN for everybody else, Refusal AUTHORITY_UNAVAILABLE
 */
export async function rightsOf(authority: RoleSource, person: string | undefined): Promise<Rights> {
  const roles = person === undefined ? [] : await authority.rolesOf(person);
  if (roles.some(({ role }) => role === "auditor")) return { registers: undefined };
  const agencies = new Set(
    roles.flatMap(({ role, agency }) => (role === "owner-admin" && agency !== null ? agency : [])),
  );
  if (agencies.size === 0) throw catalogueError("AUDIT_FORBIDDEN");
  const { scopes } = await authority.registry();
  const owned = scopes.filter(({ owner }) => agencies.has(owner));
  if (owned.length === 0) throw catalogueError("AUDIT_FORBIDDEN");
  return { registers: new Set(owned.map(({ name }) => registerOf(name))) };
}

/** @throws GraphQLError AUDIT_FORBIDDEN for everybody but auditors */
export function demandAuditor({ registers }: Rights): void {
  if (registers !== undefined) throw catalogueError("AUDIT_FORBIDDEN");
}
