import { dayInVietNam } from "@truc/contracts";
import { table } from "../table.ts";
import { type Grant, type GrantScope, type OpenRequest, undecided } from "./grant.ts";
import { differencesOf, isChanged, TERMS } from "./terms.ts";

/** Prints what a command found or did: for people, or as JSON. */
export function printGrant(grant: Grant, asJson: boolean): void {
  console.log(asJson ? JSON.stringify(grantJson(grant), null, 2) : grantText(grant));
}

/** A grant as the registry answers it; an open request with the terms that it would change. */
export function grantJson(grant: Grant): object {
  const { request } = grant;
  if (request === null) return grant;
  return { ...grant, request: { ...request, differences: differencesOf(grant) } };
}

/** One grant, for a terminal: what an owner decides on, beside what stands today. */
export function grantText(grant: Grant): string {
  return [headText(grant), termsText(grant), "", scopesText(grant), ...nextText(grant)].join("\n");
}

/** What became of a grant after a decision, for a terminal. */
export function outcomeText(grant: Grant): string {
  return [headText(grant), scopesText(grant)].join("\n");
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

function headText(grant: Grant): string {
  const { id, status, system, purpose, validFrom, validUntil, suspensions } = grant;
  return [
    `Grant ${id}: ${system?.id ?? "a system"} of ${system?.agency?.id ?? "an agency"} for ${purpose?.code ?? "a purpose"}`,
    ...(purpose?.text == null ? [] : [purpose.text]),
    `${status.toLowerCase()}, from ${validFrom} until ${validUntil}`,
    `asked for ${askedText(grant)}`,
    ...suspensions.map(
      ({ agency, reason }) => `suspended by ${agency?.id ?? "the operator"}: ${reason}`,
    ),
    "",
  ].join("\n");
}

/** Who asked, when and why. */
function askedText({ requestedBy, requestedAt, reason }: Grant | OpenRequest): string {
  const who = requestedBy === null ? "with the operator's key" : `by ${requestedBy.id}`;
  const when = requestedAt === null ? "" : ` on ${dayInVietNam(new Date(requestedAt))}`;
  return `${who}${when}: ${reason ?? "no reason given"}`;
}

function termsText(grant: Grant): string {
  const amendment = amendmentOf(grant);
  if (amendment === null) {
    const column = grant.status === "REQUESTED" ? "asked for" : "today";
    return table(
      ["", column],
      TERMS.map(({ title, text }) => [title, text(grant)]),
    );
  }
  return [
    `Beyond it is asked for, ${askedText(amendment)}`,
    "",
    table(
      ["", "today", "asked for", ""],
      TERMS.map((term) => [
        term.title,
        term.text(grant),
        term.text(amendment),
        isChanged(term, grant, amendment) ? "changes" : "",
      ]),
    ),
  ].join("\n");
}

function scopesText(grant: Grant): string {
  const { scopes } = grant;
  const amendment = amendmentOf(grant);
  const decisions = table(["scope", "owner", "decision", "by", "why"], scopes.map(decisionCells));
  if (amendment === null) return decisions;
  const held = new Set(
    scopes.filter(({ decision }) => decision === "APPROVED").map(({ scope }) => scope.name),
  );
  const asked = table(
    ["asked for", "today", "owner", "decision", "by", "why"],
    amendment.scopes.map((each) => {
      const [name = "", ...rest] = decisionCells(each);
      return [name, held.has(name) ? "held" : "not held", ...rest];
    }),
  );
  return [decisions, "", asked].join("\n");
}

/** What is asked for beyond a live grant. */
function amendmentOf({ request }: Grant): OpenRequest | null {
  return request?.isAmendment === true ? request : null;
}

function decisionCells({ scope, decision, decidedBy, reason }: GrantScope): string[] {
  return [
    scope.name,
    scope.owner?.id ?? "",
    decision.toLowerCase(),
    decidedBy?.id ?? "",
    reason ?? "",
  ];
}

/** Whose word is awaited, and on which request. */
function nextText(grant: Grant): string[] {
  const owners = new Set(undecided(grant).map(({ scope }) => scope.owner?.id ?? "its owner"));
  if (grant.request === null || owners.size === 0) return [];
  return ["", `Request ${grant.request.id} is undecided by ${[...owners].join(", ")}.`];
}
