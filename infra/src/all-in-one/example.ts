/**
 * The one query a newcomer is given: a citizen's identity, household, parcels, companies and insurance card, which
 * four registers hold.
 */
export const EXAMPLE = {
  system: "service-counter",
  purpose: "ONE_STOP_SERVICE",
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
