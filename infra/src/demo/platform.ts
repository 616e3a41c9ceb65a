import { monthsAfter, type PlatformDefinition, type PublicSystemKey } from "@truc/authority";
import { REDIRECT_URI } from "../cli/sign-in.ts";
import { DEMO_PEOPLE } from "./people.ts";

/** How long the demo's grants last, in months: the longest a grant may. */
const GRANT_MONTHS = 24;

type Agency = PlatformDefinition["agencies"][number];
type Scope = PlatformDefinition["scopes"][number];
type Purpose = PlatformDefinition["purposes"][number];
type Grant = Omit<PlatformDefinition["grants"][number], "system" | "validFrom" | "validUntil">;

/** The members of the demo. The first four each own a register. */
const AGENCIES: Agency[] = [
  { id: "ministry-of-public-security", name: "Ministry of Public Security" },
  { id: "land-administration", name: "Land Administration" },
  { id: "business-registration-office", name: "Business Registration Office" },
  { id: "social-security", name: "Social Security" },
  { id: "government-inspectorate", name: "Government Inspectorate" },
  { id: "service-portal-operator", name: "Public Service Portal Operator" },
  { id: "platform-operator", name: "Platform Operator" },
];

/** Every scope, by its owner: its name and what it lets a caller read. */
const SCOPES: Record<string, [name: string, description: string][]> = {
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
  ],
};

const SHARING = "sharing between state bodies under the Law on Data 60/2024 and Decree 278/2025";

/** What procedures at a counter take: of every register something. */
const ONE_STOP_SCOPES = [
  "population:identity",
  "population:residence",
  "population:family",
  ...scopesOf("land-administration"),
  ...scopesOf("business-registration-office"),
  ...scopesOf("social-security"),
];

/** Each with the most that any grant for it may reach. */
const PURPOSES: Purpose[] = [
  {
    code: "CITIZEN_RECORDS",
    text: "Showing a citizen her own records at her own request.",
    legalBasis:
      "A person's right to know her data under the Law on Personal Data Protection 91/2025 and Decree 356/2025",
    ceiling: [
      "population:identity",
      "population:residence",
      "population:family",
      "population:contact",
      "population:sensitive",
      ...scopesOf("land-administration"),
      ...scopesOf("business-registration-office"),
      ...scopesOf("social-security"),
    ],
  },
  {
    code: "LAND_TRANSFER",
    text: "Registering the transfer of a right in land: who holds it, who they are, and what burdens it.",
    legalBasis: `The land law's rules on registering transfers; ${SHARING}`,
    ceiling: [
      ...scopesOf("land-administration"),
      "population:identity",
      "population:residence",
      "population:family",
      "business:profile",
      "business:representatives",
    ],
  },
  {
    code: "CONTRIBUTION_CHECK",
    text: "Inspecting whether a company pays its employees' social insurance contributions.",
    legalBasis: `The social insurance law's rules on inspection; ${SHARING}`,
    ceiling: [
      "business:profile",
      "business:representatives",
      "insurance:contributions",
      "insurance:card",
      "population:identity",
    ],
  },
  {
    code: "COMPANY_FOUNDING",
    text: "Registering a company: who its founders are, whether they are alive, and what else they own or represent.",
    legalBasis: `The enterprise law's rules on registration; ${SHARING}`,
    ceiling: [
      ...scopesOf("business-registration-office"),
      "population:identity",
      "population:residence",
    ],
  },
  {
    code: "ASSET_DECLARATION",
    text: "Verifying an official's declaration of assets: parcels and companies of the official and the household.",
    legalBasis: `The rules on verifying declarations of assets and income, by a decision on the single case; ${SHARING}`,
    ceiling: [
      "population:identity",
      "population:residence",
      "population:family",
      ...scopesOf("land-administration"),
      ...scopesOf("business-registration-office"),
    ],
  },
  {
    code: "DATA_CLEANUP",
    text: "Finding records of the land register that contradict another register, such as a right of somebody dead.",
    legalBasis: `A register owner's duty to keep its data right; ${SHARING}`,
    ceiling: ["land:parcel", "land:rights", "population:identity", "business:profile"],
  },
  {
    code: "ONE_STOP_SERVICE",
    text: "Handling a citizen's request at a counter without asking her for papers that a register holds.",
    legalBasis: `The rules on one-stop handling of administrative procedures; ${SHARING}`,
    ceiling: ONE_STOP_SCOPES,
  },
  {
    code: "PLATFORM_ADMINISTRATION",
    text: "Running the platform: who takes part, who was granted what, and who has used it.",
    legalBasis: `The duty to monitor, trace and evaluate what is shared; ${SHARING}`,
    ceiling: scopesOf("platform-operator"),
  },
];

/** The demo's systems; each signs in with keys of its own. People sign in through those with a way back. */
export const DEMO_SYSTEMS = [
  { id: "land-office", name: "Land registration desk", agency: "land-administration" },
  { id: "insurance-inspector", name: "Contribution inspection", agency: "social-security" },
  {
    id: "business-registrar",
    name: "Company registration desk",
    agency: "business-registration-office",
  },
  { id: "inspectorate", name: "Asset declaration verification", agency: "government-inspectorate" },
  {
    id: "portal",
    name: "Public service portal",
    agency: "service-portal-operator",
    redirectUris: [REDIRECT_URI],
  },
  { id: "service-counter", name: "One-stop service counter", agency: "service-portal-operator" },
  {
    id: "console",
    name: "Platform console",
    agency: "platform-operator",
    redirectUris: [REDIRECT_URI],
  },
] as const;
export type DemoSystem = (typeof DEMO_SYSTEMS)[number]["id"];

/** Its code meant the same before and after the codes were given anew. */
const HANOI = { code: "01", asOf: "2025-07-01" };

/** What each system may read for which purpose: no more than the purpose takes in the demo's journeys. */
const GRANTS: (Grant & { system: DemoSystem })[] = [
  {
    system: "console",
    purpose: "PLATFORM_ADMINISTRATION",
    scopes: scopesOf("platform-operator"),
  },
  {
    system: "portal",
    purpose: "CITIZEN_RECORDS",
    // Whoever is signed in, and nobody else.
    limits: { subjects: "self", search: false, linked: 0 },
    scopes: [
      "population:identity",
      "population:residence",
      "population:family",
      "population:contact",
      ...scopesOf("land-administration"),
      ...scopesOf("business-registration-office"),
      ...scopesOf("social-security"),
    ],
  },
  {
    system: "service-counter",
    purpose: "ONE_STOP_SERVICE",
    // Whoever stands at the counter is looked up by her number; counters everywhere share the budget.
    limits: { search: false },
    budget: { requestsPerSecond: 1_000, costPerMinute: 100_000_000 },
    scopes: ONE_STOP_SCOPES,
  },
  {
    system: "land-office",
    purpose: "LAND_TRANSFER",
    // The desk of Hà Nội: parcels of the province, and who holds them, wherever they live.
    limits: { provinces: [HANOI], linked: 1 },
    scopes: [
      ...scopesOf("land-administration"),
      "population:identity",
      "population:family",
      "business:profile",
    ],
  },
  {
    system: "land-office",
    purpose: "DATA_CLEANUP",
    scopes: ["land:parcel", "land:rights", "population:identity"],
  },
  {
    system: "insurance-inspector",
    purpose: "CONTRIBUTION_CHECK",
    scopes: [
      "business:profile",
      "business:representatives",
      "insurance:contributions",
      "population:identity",
    ],
  },
  {
    system: "business-registrar",
    purpose: "COMPANY_FOUNDING",
    scopes: [...scopesOf("business-registration-office"), "population:identity"],
  },
  {
    system: "inspectorate",
    purpose: "ASSET_DECLARATION",
    scopes: [
      "population:identity",
      "population:residence",
      "population:family",
      "land:parcel",
      "land:rights",
      "land:encumbrances",
      "business:profile",
      "business:owners",
      "business:representatives",
    ],
  },
];

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
    scopes: Object.entries(SCOPES).flatMap(([owner, scopes]): Scope[] =>
      scopes.map(([name, description]) => ({ name, owner, description })),
    ),
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

function scopesOf(owner: string): string[] {
  return SCOPES[owner]!.map(([name]) => name);
}
