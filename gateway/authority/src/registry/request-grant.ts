import { catalogueError } from "@truc/contracts";
import type { Database } from "@truc/service";
import * as z from "zod";
import { Id, PurposeCode, ScopeNames } from "../platform-definition.ts";
import { changeLiveGrant } from "./amend-grant.ts";
import { type Change, type ChangeOrder, changeRegistry } from "./change.ts";
import {
  endGrant,
  type GrantRow,
  insertGrant,
  liveGrantOf,
  type NewGrant,
  scopesWith,
} from "./grant-rows.ts";
import { checkPeriod } from "./period.ts";
import { Day } from "./plain-forms.ts";
import { readInput } from "./read-input.ts";
import { demandScopes, demandWithinCeiling } from "./scopes.ts";
import { findSystem } from "./systems.ts";
import { DEFAULT_TERMS, type Terms } from "./terms.ts";
import { TermsInput, termsFrom } from "./terms-input.ts";
import { administers, demand } from "./who.ts";

const GrantRequest = TermsInput.extend({
  system: Id,
  purpose: PurposeCode,
  scopes: ScopeNames,
  /** First day, YYYY-MM-DD in Viet Nam; today unless stated. */
  validFrom: Day.optional(),
  /** Last day. */
  validUntil: Day,
});
export type GrantRequest = z.input<typeof GrantRequest>;

/** What a first request asks for where it states nothing: look-ups of anybody's own records, nothing beyond. */
const REQUESTED_UNLESS_STATED: Terms = { ...DEFAULT_TERMS, search: false, linked: 0 };

/**
 * An agency's administrator asks for a grant of one of its systems. Where the system has a live grant for the purpose,
 * the request adds to it: it becomes an amendment, and until that is approved the grant stands as it is.
 *
 * @returns the grant's id
 * @throws REGISTRY_FORBIDDEN, REGISTRY_INPUT_INVALID, REGISTRY_SYSTEM_UNKNOWN, REGISTRY_PURPOSE_UNKNOWN,
 *   REGISTRY_SCOPE_UNKNOWN, REGISTRY_SCOPE_BEYOND_CEILING, REGISTRY_PROVINCE_UNKNOWN, REGISTRY_PERIOD_…,
 *   REGISTRY_REQUEST_PENDING, REGISTRY_NOTHING_CHANGES
 */
export async function requestGrant(
  db: Database,
  order: ChangeOrder,
  given: GrantRequest,
): Promise<string> {
  return await changeRegistry(db, order, async (change) => {
    const { system, purpose, validFrom, validUntil, ...stated } = readInput(GrantRequest, given);
    const { agency } = await findSystem(change, system);
    demand(administers(change.who, "agency-admin", agency));
    const scopes = [...new Set(stated.scopes)];
    await demandScopes(change, scopes);
    await demandWithinCeiling(change, purpose, scopes);
    checkPeriod(validFrom ?? change.today, validUntil, change.today);
    const live = await stillLive(change, await liveGrantOf(change, system, purpose));
    if (live === undefined) {
      const terms = termsFrom(stated, REQUESTED_UNLESS_STATED);
      const dates = { validFrom: validFrom ?? change.today, validUntil };
      return await writeRequest(change, { system, purpose, scopes, terms, ...dates });
    }
    // An amendment takes effect on the day it is approved.
    if (validFrom !== undefined && validFrom > change.today && validFrom !== live.validFrom)
      throw catalogueError("REGISTRY_PERIOD_LATER");
    await changeLiveGrant(change, live, {
      scopes: [...new Set([...scopesWith(live, "approved"), ...scopes])],
      terms: termsFrom(stated, live.terms),
      validUntil: validUntil > live.validUntil ? validUntil : live.validUntil,
    });
    return live.id;
  });
}

/** A grant whose last day is over makes room for the next. */
async function stillLive(
  change: Change,
  grant: GrantRow | undefined,
): Promise<GrantRow | undefined> {
  if (grant === undefined || grant.validUntil >= change.today) return grant;
  await endGrant(change, grant, "ended");
  change.record({
    what: "end",
    kind: "grant",
    subject: grant.id,
    old: { status: grant.status },
    new: { status: "ended" },
  });
  return undefined;
}

async function writeRequest(change: Change, request: NewGrant): Promise<string> {
  const id = await insertGrant(change, request, "requested");
  change.record({
    what: "request",
    kind: "grant",
    subject: id,
    old: null,
    new: { ...request, status: "requested" },
  });
  return id;
}
