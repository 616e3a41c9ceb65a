import { PAID_PERCENT } from "./health-card-number.ts";

export type EntitlementReason =
  | "UNDER_SIX"
  | "TURNED_SIX"
  | "PAST_ENTITLEMENT"
  | "NOT_YET_BORN"
  | "BIRTH_DATE_UNKNOWN"
  | "RESIDENCE_UNKNOWN";

/** The answer of healthCardEntitlement; dates are YYYY-MM-DD. */
export interface HealthCardEntitlement {
  on: string;
  entitled: boolean;
  reason: EntitlementReason;
  type: "TE" | null;
  benefitLevel: number | null;
  paidPercent: number | null;
  province: string | null;
  until: string | null;
}

/** What the population register says of a person; null for what it does not say. */
export interface EntitlementFacts {
  birthDate: string | null;
  residenceProvince: string | null;
}

const CHILDREN_LEVEL = 1;
const SCHOOL_ENTRY = "09-30";

/** Whether a person is entitled to a children's card on a day, and which: the rule is stated in schema.graphql. */
export function healthCardEntitlement(facts: EntitlementFacts, on: string): HealthCardEntitlement {
  const { birthDate, residenceProvince } = facts;
  const until = birthDate === null ? null : lastDay(birthDate);
  const reason = reasonFor(facts, until, on);
  const entitled = reason === "UNDER_SIX" || reason === "TURNED_SIX";
  return {
    on,
    entitled,
    reason,
    type: entitled ? "TE" : null,
    benefitLevel: entitled ? CHILDREN_LEVEL : null,
    paidPercent: entitled ? PAID_PERCENT[CHILDREN_LEVEL]! : null,
    province: entitled ? residenceProvince : null,
    until,
  };
}

/** ISO days compare as text, which also settles 29 February: the birthday of such a child counts on 1 March. */
function reasonFor(
  { birthDate, residenceProvince }: EntitlementFacts,
  until: string | null,
  on: string,
): EntitlementReason {
  if (birthDate === null || until === null) return "BIRTH_DATE_UNKNOWN";
  if (on < birthDate) return "NOT_YET_BORN";
  if (on > until) return "PAST_ENTITLEMENT";
  if (residenceProvince === null) return "RESIDENCE_UNKNOWN";
  return on < sixthYear(birthDate) + birthDate.slice(4) ? "UNDER_SIX" : "TURNED_SIX";
}

function lastDay(birthDate: string): string {
  const year = sixthYear(birthDate);
  const [month, monthAndDay] = [birthDate.slice(5, 7), birthDate.slice(5)];
  if (monthAndDay <= SCHOOL_ENTRY) return `${year}-${SCHOOL_ENTRY}`;
  // Only October, November and December are left.
  return `${year}-${month}-${month === "11" ? "30" : "31"}`;
}

function sixthYear(birthDate: string): string {
  return String(Number(birthDate.slice(0, 4)) + 6).padStart(4, "0");
}
