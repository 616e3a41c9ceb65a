import { monthsAfter, type PlatformDefinition, type PublicSystemKey } from "@truc/authority";
import { AGENCIES } from "./agencies.ts";
import { GRANTS } from "./grants.ts";
import { DEMO_PEOPLE } from "./people.ts";
import { PURPOSES } from "./purposes.ts";
import { SCOPES } from "./scopes.ts";
import { DEMO_SYSTEMS, type DemoSystem } from "./systems.ts";

/** How long the demo's grants last, in months: the longest a grant may. */
const GRANT_MONTHS = 24;

/**
 * The demo's platform: seven agencies, the scopes of the four registers and of the platform itself, eight purposes, seven
 * systems with their grants, and the people who act at the registry. For registerPlatform of @truc/authority.
 *
 * @param keys each system's public keys
 * @param validFrom the grants' first day, YYYY-MM-DD in Viet Nam
 */
export function demoPlatform(
  keys: Record<DemoSystem, PublicSystemKey[]>,
  validFrom: string,
): PlatformDefinition {
  const validUntil = monthsAfter(validFrom, GRANT_MONTHS);
  return {
    agencies: AGENCIES,
    scopes: SCOPES,
    purposes: PURPOSES,
    systems: DEMO_SYSTEMS.map((system) => ({
      ...system,
      keys: keys[system.id],
      redirectUris: "redirectUris" in system ? [...system.redirectUris] : [],
    })),
    people: DEMO_PEOPLE,
    grants: GRANTS.map((grant) => ({ ...grant, validFrom, validUntil })),
  };
}
