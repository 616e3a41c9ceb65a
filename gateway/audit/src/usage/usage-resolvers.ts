import { catalogueError, type RegistrySnapshot } from "@truc/contracts";
import type { Resolvers, SubgraphContext } from "@truc/service";
import type { Authority, HeldRole } from "../authority/authority.ts";
import { type FieldRules, registerOf } from "./field-rules.ts";
import { type GrantUse, grantUse } from "./grant-use.ts";
import { type Period, periodOf } from "./period.ts";
import {
  codesOfAll,
  Contexts,
  contextsOfGrant,
  fieldsOf,
  sumsOfAll,
  sumsOfGrant,
} from "./read-sums.ts";
import { type RegisterUse, registerUse } from "./register-use.ts";

export interface UsageParts {
  readonly authority: Authority;
  /** Those of the supergraph in force, see followFieldRules. */
  readonly rules: () => FieldRules;
  readonly now?: () => Date;
}

interface PeriodArguments {
  from?: string | null;
  to?: string | null;
}

/** Who of those who hold an office may see everything. */
const SEE_ALL = new Set(["auditor", "operator"]);

/** The two reports: what was done with a grant, and who read a register. */
export function usageResolvers({ authority, rules, now }: UsageParts): Resolvers {
  const contexts = new Contexts();
  const present = now ?? (() => new Date());
  const parts = { authority, rules, contexts };
  return {
    Query: {
      grantUse: async (_, { grant, ...args }: { grant: string } & PeriodArguments, context) =>
        await reportOnGrant(parts, grant, periodOf(args, present()), context),
      registerUse: async (
        _,
        { register, ...args }: { register: string } & PeriodArguments,
        context,
      ) => await reportOnRegister(parts, register, periodOf(args, present()), context),
    },
  };
}

interface Parts {
  readonly authority: Authority;
  readonly rules: () => FieldRules;
  readonly contexts: Contexts;
}

/** @returns null for a grant that neither the registry knows nor the log, to those who see all */
async function reportOnGrant(
  { authority, rules: presentRules, contexts }: Parts,
  id: string,
  period: Period,
  { db, permit }: SubgraphContext,
): Promise<GrantUse | null> {
  const roles = await rolesOf(authority, permit.person);
  const registry = await authority.registry();
  const rules = presentRules();
  const grant = registry.grants.find((each) => each.id === id);
  const sums = await sumsOfGrant(db, id, period);
  const digests = sums.map(({ digest }) => digest);
  // A grant that has ended, or was not used in this period, may be known by what was done with it before.
  const used = digests.length > 0 ? digests : await contextsOfGrant(db, id, 1);
  const found = await contexts.read(db, used);
  const system = registry.systems.find((each) => each.id === grant?.system);
  const [some] = found.values();
  const agency = system?.agency ?? some?.agency ?? undefined;
  const scopes =
    grant?.scopes ??
    [...found.values()].flatMap(fieldsOf).flatMap((field) => rules.needed(field).flat());
  const may =
    seesAll(roles) ||
    (agency !== undefined && holds(roles, "agency-admin", agency)) ||
    ownsOneOf(roles, registry, (scope) => scopes.includes(scope));
  if (!may) throw catalogueError("AUDIT_FORBIDDEN");
  if (grant === undefined && found.size === 0) return null;
  return grantUse({ id, period, grant, agency, sums, contexts: found, rules });
}

async function reportOnRegister(
  { authority, rules, contexts }: Parts,
  register: string,
  period: Period,
  { db, permit }: SubgraphContext,
): Promise<RegisterUse> {
  const roles = await rolesOf(authority, permit.person);
  if (!seesAll(roles)) {
    const registry = await authority.registry();
    if (!ownsOneOf(roles, registry, (scope) => registerOf(scope) === register))
      throw catalogueError("AUDIT_FORBIDDEN");
  }
  const [sums, codes] = [await sumsOfAll(db, period), await codesOfAll(db, period)];
  const digests = new Set([...sums, ...codes].map(({ digest }) => digest));
  const found = await contexts.read(db, [...digests]);
  return registerUse({ register, period, sums, codes, contexts: found, rules: rules() });
}

/** @throws GraphQLError AUDIT_FORBIDDEN for a request in nobody's name, AUTHORITY_UNAVAILABLE */
async function rolesOf(
  authority: Authority,
  person: string | undefined,
): Promise<readonly HeldRole[]> {
  if (person === undefined) throw catalogueError("AUDIT_FORBIDDEN");
  return await authority.rolesOf(person);
}

function seesAll(roles: readonly HeldRole[]): boolean {
  return roles.some(({ role }) => SEE_ALL.has(role));
}

function holds(roles: readonly HeldRole[], wanted: string, at: string): boolean {
  return roles.some(({ role, agency }) => role === wanted && agency === at);
}

/** Whether somebody administers the owner of a scope that matches. */
function ownsOneOf(
  roles: readonly HeldRole[],
  { scopes }: RegistrySnapshot,
  matches: (scope: string) => boolean,
): boolean {
  return scopes.some(({ name, owner }) => matches(name) && holds(roles, "owner-admin", owner));
}
