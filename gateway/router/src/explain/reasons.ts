import { ERRORS, type ErrorCode } from "@truc/contracts";
import { lackingWays } from "../authorize/filter/lacking.ts";
import type { Operation } from "../read.ts";
import type { ExplainedField } from "./explained-fields.ts";
import { isWithin, type StandingRights } from "./standing-rights.ts";

/** Why nothing of an operation would be answered: the refusal it would get. */
export interface Reason {
  readonly code: ErrorCode;
  readonly message: string;
}

/** The refusals an operation as a whole would get, in the order in which it would. */
export function wholeReasons(
  { hash }: Operation,
  { grant, granted }: StandingRights,
  { cost, tooLarge }: { cost: number; tooLarge: boolean },
): Reason[] {
  const large = tooLarge ? [reason("ADMIT_ANSWER_TOO_LARGE")] : [];
  if (!granted) return large;
  if (grant === undefined) return [reason("AUTHORIZE_GRANT_MISSING")];
  const reasons: Reason[] = [];
  if (grant.operations === "registered" && !grant.registered.has(hash))
    reasons.push(reason("AUTHORIZE_OPERATION_UNREGISTERED"));
  reasons.push(...large);
  if (cost > grant.budget.costPerMinute) reasons.push(reason("ADMIT_COST_TOO_HIGH"));
  return reasons;
}

function reason(code: ErrorCode): Reason {
  return { code, message: ERRORS[code].sentence };
}

/** Why one field would come back as null; null where it would not. */
export function reasonFor(field: ExplainedField, standing: StandingRights): string | null {
  if (field.allowed) return null;
  const reasons = [lackOfScopes(field, standing), closedSearch(field, standing)].filter(
    (each) => each !== null,
  );
  return reasons.length > 0 ? reasons.join(" ") : "A field around it is refused.";
}

function lackOfScopes({ rules }: ExplainedField, standing: StandingRights): string | null {
  const { scopes: held, ceiling, grant, granted } = standing;
  const ways = lackingWays(held, rules);
  if (ways.length === 0) return "No scope opens it.";
  if (ways[0]?.length === 0) return null;
  const reachable = ways.filter((way) => isWithin(ceiling, way));
  const lacking = (reachable.length > 0 ? reachable : ways).map((way) => way.join(" and "));
  const names = lacking.join(", or ");
  if (reachable.length === 0) return `The purpose does not reach ${names}.`;
  if (!granted) return `The token lacks ${names}.`;
  return grant === undefined ? `It needs ${names}.` : `The grant lacks ${names}.`;
}

function closedSearch({ isSearch }: ExplainedField, standing: StandingRights): string | null {
  if (!isSearch || standing.search) return null;
  return standing.grant === undefined
    ? "It needs a grant that allows searches."
    : ERRORS.SEARCH_NOT_GRANTED.sentence;
}
