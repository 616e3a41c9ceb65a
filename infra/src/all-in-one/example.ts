import type { FeedGrant } from "@truc/contracts";

/**
 * The one query a newcomer is given: a citizen's identity, household, parcels, companies and insurance card, which
 * four registers hold.
 */
export const EXAMPLE = {
  system: "service-counter",
  purpose: "ONE_STOP_SERVICE",
  /** What opens its fields; of a field that several scopes open, all of them. */
  scopes: [
    "population:identity",
    "population:residence",
    "population:family",
    "land:parcel",
    "land:rights",
    "business:owners",
    "business:representatives",
    "insurance:card",
  ],
  query: `query OneCitizen($pin: PersonalIdentificationNumber!) {
  citizen(id: $pin) {
    id
    fullName
    birthDate
    identityCard { number issued expires }
    household { number members { name relation } }
    landRights(first: 10) { nodes { parcel { id area place { line unit { name } } uses { area type { name } } } share { numerator denominator } } }
    companies(first: 10) { nodes { role company { code name status } } }
    healthCard { number paidPercent validFrom validTo firstClinic { name } }
  }
}`,
} as const;

/**
 * What keeps the example from being answered in full by now, as a sentence; undefined when nothing does. Owners may have
 * revoked or narrowed its grant since it was made.
 * @param grants those that open something today
 */
export function exampleLacks(grants: readonly FeedGrant[]): string | undefined {
  const { system, purpose, scopes } = EXAMPLE;
  const grant = grants.find((each) => each.system === system && each.purpose === purpose);
  if (grant === undefined) return `${system} has no live grant for ${purpose} any more.`;
  const lost = scopes.filter((scope) => !grant.scopes.includes(scope));
  if (lost.length > 0)
    return `The grant of ${system} for ${purpose} does not hold ${lost.join(", ")} any more.`;
  const { limits, operations, demandsActor, demandsCase } = grant;
  const isNarrow =
    limits.provinces !== undefined ||
    limits.subjects !== "any" ||
    operations !== "any" ||
    demandsActor ||
    demandsCase;
  return isNarrow ? `The grant of ${system} for ${purpose} was narrowed.` : undefined;
}
