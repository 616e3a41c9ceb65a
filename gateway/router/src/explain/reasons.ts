import { ERRORS, type ErrorCode } from "@truc/contracts";
import { lackingWays } from "../authorize/filter/lacking.ts";
import type { Operation } from "../read.ts";
import type { ExplainedField } from "./explained-fields.ts";
import type { StandingRights } from "./standing-rights.ts";

/** Why nothing of an operation would be answered: the refusal it would get. */
export interface Reason {
  readonly code: ErrorCode;
  readonly message: string;
}

/** The refusals an operation as a whole would get, in the order in which it would. */
export function wholeReasons(
  { hash }: Operation,
  { grant, granted }: StandingRights,
  cost: number,
): Reason[] {
  if (!granted) return [];
  if (grant === undefined) return [reason("AUTHORIZE_GRANT_MISSING")];
  const reasons: Reason[] = [];
  if (grant.operations === "registered" && !grant.registered.has(hash))
    reasons.push(reason("AUTHORIZE_OPERATION_UNREGISTERED"));
  if (cost > grant.budget.costPerMinute) reasons.push(reason("ADMIT_COST_TOO_HIGH"));
  return reasons;
}

function reason(code: ErrorCode): Reason {
  return { code, message: ERRORS[code].sentence };
}

/** Why one field would come back as null; null where it would not. */
export function reasonFor(field: ExplainedField, standing: StandingRights): string | null {
  if (field.allowed) return null;
  const { scopes: held, ceiling, grant, granted } = standing;
  const ways = lackingWays(held, field.rules);
  if (ways.length === 0) return "No scope opens it.";
  const [open] = ways;
  if (open?.length === 0 && field.insideRefused) return "A field around it is refused.";
  const reachable = ways.filter((way) => way.every((scope) => ceiling?.has(scope) !== false));
  const lacking = (reachable.length > 0 ? reachable : ways).map((way) => way.join(" and "));
  const names = lacking.join(", or ");
  if (reachable.length === 0) return `The purpose does not reach ${names}.`;
  if (!granted) return `The token lacks ${names}.`;
  return grant === undefined ? `It needs ${names}.` : `The grant lacks ${names}.`;
}
