import type { PlatformDefinition } from "@truc/authority";
import { OWN_ACCESSES, PLATFORM_SCOPES, scopesOf } from "./scopes.ts";

const SHARING = "sharing between state bodies under the Law on Data 60/2024 and Decree 278/2025";

/** What procedures at a counter take: of every register something. */
export const ONE_STOP_SCOPES = [
  "population:identity",
  "population:residence",
  "population:family",
  ...scopesOf("land-administration"),
  ...scopesOf("business-registration-office"),
  ...scopesOf("social-security"),
];

/** Each with the most that any grant for it may reach. */
export const PURPOSES: PlatformDefinition["purposes"] = [
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
      OWN_ACCESSES,
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
    // An investigation that its subject sees at once is none.
    disclosureDelayDays: 90,
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
    ceiling: PLATFORM_SCOPES,
  },
];
