import type { PlatformDefinition } from "@truc/authority";

/** By the owner: a scope's name and what it lets a caller read. */
const BY_OWNER: Record<string, [name: string, description: string][]> = {
  "ministry-of-public-security": [
    [
      "population:identity",
      "Who a person is: number, names, birth, sex, nationality, identity card, and whether alive.",
    ],
    [
      "population:residence",
      "Where a person lives and has lived, and the household's number and place.",
    ],
    [
      "population:family",
      "Parents, spouse, children, legal representative, marital status and household members.",
    ],
    ["population:contact", "A person's telephone number and e-mail address."],
    ["population:sensitive", "Ethnicity, religion and blood group."],
  ],
  "land-administration": [
    ["land:parcel", "What a parcel is: place, area, use, boundary and certificate."],
    ["land:rights", "Who holds rights in a parcel, with shares, origin and term."],
    ["land:encumbrances", "Mortgages, disputes and restrictions on a parcel."],
  ],
  "business-registration-office": [
    [
      "business:profile",
      "What a company is: kind, status, capital, head office, lines of business and history.",
    ],
    ["business:owners", "Who owns a company, with shares."],
    ["business:representatives", "Who represents a company."],
  ],
  "social-security": [
    ["insurance:card", "A person's health insurance card: validity, entitlement and first clinic."],
    [
      "insurance:contributions",
      "The periods in which contributions were paid, by whom and on what salary.",
    ],
    ["insurance:benefits", "Pensions and other benefits a person receives."],
  ],
  "platform-operator": [
    ["platform:grants", "The registry of agencies, systems, purposes and grants."],
    ["platform:audit", "The record of who asked for what, when and why."],
    ["audit:own", "Who looked at the signed-in person's own data, when, and why."],
  ],
};

/** Every scope of the demo with its owner. */
export const SCOPES: PlatformDefinition["scopes"] = Object.entries(BY_OWNER).flatMap(
  ([owner, scopes]) => scopes.map(([name, description]) => ({ name, owner, description })),
);

/** The names of those by which the platform is run. */
export const PLATFORM_SCOPES = ["platform:grants", "platform:audit"];

/** The scope by which people see who looked at their data. */
export const OWN_ACCESSES = "audit:own";

/** The names of the scopes an agency owns. */
export function scopesOf(owner: string): string[] {
  return BY_OWNER[owner]!.map(([name]) => name);
}
