import { Refusal } from "@truc/contracts";
import type { Caller } from "../authenticate.ts";
import type { Held } from "../authorize/filter/held.ts";
import type { Grant, Registry } from "../registry/registry.ts";
import type { Question } from "./question.ts";

/** What a system may do for a purpose today, whoever asks with whichever token. */
export interface StandingRights extends Held {
  /** Scopes the purpose may reach at most; undefined where nothing bounds it. */
  readonly ceiling: ReadonlySet<string> | undefined;
  readonly grant: Grant | undefined;
  /** Whether there are grants at all: not where tokens are the grants. */
  readonly granted: boolean;
}

/**
 * @param registry undefined where tokens are the grants: the caller's own scopes are all there is to explain
 * @throws Refusal REGISTRY_SYSTEM_UNKNOWN, REGISTRY_PURPOSE_UNKNOWN or AUTHORIZE_PURPOSE_MISSING
 */
export function standingRights(
  caller: Caller,
  { system, purpose }: Question,
  registry: Registry | undefined,
): StandingRights {
  if (registry === undefined)
    return {
      scopes: caller.scopes,
      search: true,
      ceiling: undefined,
      grant: undefined,
      granted: false,
    };
  if (registry.system(system) === undefined) throw new Refusal("REGISTRY_SYSTEM_UNKNOWN");
  if (purpose === null) throw new Refusal("AUTHORIZE_PURPOSE_MISSING");
  const ceiling = registry.purpose(purpose)?.ceiling;
  if (ceiling === undefined) throw new Refusal("REGISTRY_PURPOSE_UNKNOWN");
  const grant = registry.liveGrant(system, purpose, new Date());
  const scopes = grant === undefined ? new Set<string>() : registry.openedBy(grant);
  return { scopes, search: grant?.limits.search ?? false, ceiling, grant, granted: true };
}

/** Whether a purpose may reach all of these scopes. */
export function isWithin(ceiling: StandingRights["ceiling"], scopes: readonly string[]): boolean {
  return scopes.every((scope) => ceiling?.has(scope) !== false);
}
