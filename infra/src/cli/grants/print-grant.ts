import { table } from "../table.ts";
import { type Grant, type GrantScope, undecided } from "./grant.ts";

/** Prints what a command found or did: for people, or as JSON. */
export function printGrant(grant: Grant, asJson: boolean): void {
  console.log(asJson ? JSON.stringify(grant, null, 2) : grantText(grant));
}

/** One grant, for a terminal. */
export function grantText(grant: Grant): string {
  const { id, status, validFrom, validUntil, amendment, suspensions } = grant;
  return [
    `Grant ${id}: ${nameOf(grant)}`,
    `${status.toLowerCase()}, from ${validFrom} until ${validUntil}`,
    `${limitsText(grant)}; ${budgetText(grant)}`,
    ...demandsText(grant),
    ...suspensions.map(
      ({ agency, reason }) => `suspended by ${agency?.id ?? "the operator"}: ${reason}`,
    ),
    "",
    scopesText(grant.scopes),
    ...(amendment === null
      ? []
      : ["", `Asked for beyond it, until ${amendment.validUntil}:`, scopesText(amendment.scopes)]),
  ].join("\n");
}

/** One line a grant, for a terminal. */
export function grantsText(grants: readonly Grant[]): string {
  if (grants.length === 0) return "There is no such grant.";
  return table(
    ["id", "system", "purpose", "status", "until", "approved", "undecided"],
    grants.map((grant) => [
      grant.id,
      grant.system?.id ?? "",
      grant.purpose?.code ?? "",
      grant.status.toLowerCase(),
      grant.validUntil,
      String(grant.scopes.filter(({ decision }) => decision === "APPROVED").length),
      String(undecided(grant).length),
    ]),
  );
}

function nameOf({ system, purpose }: Grant): string {
  return `${system?.id ?? "a system"} for ${purpose?.code ?? "a purpose"}`;
}

function scopesText(scopes: readonly GrantScope[]): string {
  return table(
    ["scope", "owner", "decision", "by", "why"],
    scopes.map(({ scope, decision, decidedBy, reason }) => [
      scope.name,
      scope.owner?.id ?? "",
      decision.toLowerCase(),
      decidedBy?.id ?? "",
      reason ?? "",
    ]),
  );
}

function limitsText({ limits: { provinces, subjects, search, linked } }: Grant): string {
  const where =
    provinces === null
      ? "the whole country"
      : `provinces ${provinces.map(({ current }) => current).join(", ")}`;
  const whose = { ANY: "anybody's records", SELF: "the signed-in person's own records" }[subjects];
  return [
    where,
    whose ?? "the signed-in person's and her household's records",
    search ? "searches and look-ups" : "look-ups only",
    `${linked} ${linked === 1 ? "relation" : "relations"} further`,
  ].join(", ");
}

function budgetText({ budget: { requestsPerSecond, costPerMinute } }: Grant): string {
  return `${requestsPerSecond} requests a second, a cost of ${costPerMinute} a minute`;
}

function demandsText({ operations, demandsActor, demandsCase }: Grant): string[] {
  const demands = [
    ...(operations === "REGISTERED" ? ["registered operations only"] : []),
    ...(demandsActor ? ["an officer"] : []),
    ...(demandsCase ? ["a case"] : []),
  ];
  return demands.length === 0 ? [] : [`demands ${demands.join(", ")}`];
}
