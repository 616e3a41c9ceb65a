import { companyViolations } from "./companies.ts";
import { householdViolations } from "./households.ts";
import { insuranceViolations } from "./insurance.ts";
import { kinViolations } from "./kin.ts";
import { landViolations } from "./land.ts";
import { peopleViolations } from "./people.ts";
import type { Whole } from "./whole.ts";

/** Every rule of one country; each list names what breaks it. */
export function violations(country: Whole): Record<string, string[]> {
  return {
    ...peopleViolations(country),
    ...kinViolations(country),
    ...householdViolations(country),
    ...landViolations(country),
    ...companyViolations(country),
    ...insuranceViolations(country),
  };
}
