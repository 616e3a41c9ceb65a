import { createHash } from "node:crypto";
import { type AuditContext, contextText } from "@truc/contracts";
import type { Random } from "./random.ts";

/** A context with what requests under it are like. */
export interface GeneratedContext {
  /** SHA-256 of the text, base64url. */
  readonly digest: string;
  readonly text: string;
  readonly registers: readonly string[];
  readonly decision: AuditContext["decision"];
  /** Whose data such requests read. */
  readonly subjectType: "Citizen" | "Company" | "LandParcel";
}

const FIELDS: Record<string, { type: GeneratedContext["subjectType"]; fields: string[] }> = {
  population: {
    type: "Citizen",
    fields: [
      "Citizen.fullName",
      "Citizen.birthDate",
      "Citizen.sex",
      "Citizen.nationality",
      "Citizen.permanentResidence",
      "Citizen.maritalStatus",
      "Residence.province",
      "Residence.commune",
    ],
  },
  insurance: {
    type: "Citizen",
    fields: [
      "Citizen.healthCard",
      "HealthCard.number",
      "HealthCard.validUntil",
      "HealthCard.benefitLevel",
    ],
  },
  land: {
    type: "LandParcel",
    fields: [
      "Query.landParcel",
      "LandParcel.area",
      "LandParcel.uses",
      "LandParcel.rightHolders",
      "RightHolder.share",
    ],
  },
  business: {
    type: "Company",
    fields: [
      "Query.company",
      "Company.name",
      "Company.status",
      "Company.owners",
      "CompanyRole.person",
    ],
  },
};

/** Contexts of 40 systems with 3 purposes each, and of 5 operations of each. */
export function generateContexts(random: Random): GeneratedContext[] {
  const contexts: GeneratedContext[] = [];
  const registers = Object.keys(FIELDS);
  for (let system = 0; system < 40; system++)
    for (let purpose = 0; purpose < 3; purpose++)
      for (let operation = 0; operation < 5; operation++) {
        const asked = registers.slice(random.below(4)).slice(0, 1 + random.below(2));
        const chosen = asked.flatMap((register) => FIELDS[register]!.fields);
        const fields = chosen.filter(() => random.below(4) > 0).toSorted();
        const share = random.below(20);
        const decision = share === 0 ? "refused" : share < 3 ? "filtered" : "allowed";
        const text = contextText({
          system: `system-${system}`,
          agency: `agency-${Math.floor(system / 4)}`,
          purpose: `PURPOSE_${purpose}`,
          legalBasis: `Law ${purpose + 1}, article ${system + 1}`,
          grant: `grant-${system}-${purpose}`,
          disclosureDelayDays: purpose === 2 && system % 10 === 0 ? 90 : 0,
          operationName: operation === 0 ? null : `Operation${operation}`,
          fields: {
            PUBLIC: [],
            BASIC: fields,
            SENSITIVE: random.below(10) === 0 ? ["Citizen.religion"] : [],
          },
          refused: decision === "allowed" ? [] : ["Citizen.bloodGroup"],
          decision,
        });
        const digest = createHash("sha256").update(text).digest("base64url");
        contexts.push({
          digest,
          text,
          registers: asked,
          decision,
          subjectType: FIELDS[asked[0]!]!.type,
        });
      }
  return [...new Map(contexts.map((each) => [each.digest, each])).values()];
}
