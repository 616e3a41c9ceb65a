import { dayInVietNam } from "@truc/contracts";
import type { Database } from "@truc/service";
import { errors } from "oidc-provider";
import { findLiveGrant, isPurpose, type LiveGrant, scopeNames } from "./registry.ts";

/**
 * Decides what a token for one purpose may say: the scopes asked for if the system's live grant covers every one of
 * them, or all that it covers when none is asked for.
 *
 * @param purpose the form parameter as it came: absent, once, or several times
 * @param asked the scopes asked for
 * @throws invalid_request when no purpose, several or an unknown one is named, invalid_target when the system has no
 *   live grant for it, invalid_scope naming the scopes that lie beyond the grant (RFC 6749, section 5.2; RFC 8707, section 2)
 */
export async function authorizePurpose(
  db: Database,
  request: { system: string; purpose: unknown; asked: ReadonlySet<string> },
  now = new Date(),
): Promise<LiveGrant> {
  const { system, purpose, asked } = request;
  if (Array.isArray(purpose))
    throw new errors.InvalidRequest("The parameter purpose must be given once.");
  if (typeof purpose !== "string" || purpose === "") {
    throw new errors.InvalidRequest(
      "The parameter purpose is required: the code of the purpose the token is for.",
    );
  }
  const grant = await findLiveGrant(db, system, purpose, dayInVietNam(now));
  if (grant === null) {
    if (!(await isPurpose(db, purpose))) {
      throw new errors.InvalidRequest("The parameter purpose names no purpose of the catalogue.");
    }
    throw new errors.InvalidTarget(
      `The system ${system} has no live grant for the purpose ${purpose}.`,
    );
  }
  if (asked.size === 0) return grant;
  const beyond = [...asked].filter((scope) => !grant.scopes.includes(scope));
  if (beyond.length > 0) {
    const { named, sentence } = notCovered(beyond, await scopeNames(db));
    const description = `The grant of ${system} for ${purpose} does not cover: ${sentence}.`;
    throw named.length === 0
      ? new errors.CustomOIDCProviderError("invalid_scope", description)
      : new errors.InvalidScope(description, named.join(" "));
  }
  return { ...grant, scopes: grant.scopes.filter((scope) => asked.has(scope)) };
}

/** Only scopes there are are named: others are texts of the caller's making, which would go into answer and log. */
function notCovered(
  beyond: readonly string[],
  known: ReadonlySet<string>,
): { named: string[]; sentence: string } {
  const named = beyond.filter((scope) => known.has(scope)).toSorted();
  const others = beyond.length - named.length;
  const parts = [
    ...(named.length === 0 ? [] : [named.join(", ")]),
    ...(others === 0
      ? []
      : [`${others} that ${others === 1 ? "is" : "are"} no scope of the catalogue`]),
  ];
  return { named, sentence: parts.join(", and ") };
}
