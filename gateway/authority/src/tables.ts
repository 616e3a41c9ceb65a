import type { Database } from "@truc/service";
import type { Generated, Kysely } from "kysely";

/** Agencies, systems and keys are usable while they are active. */
export type Status = "active" | "suspended";
/** A key that was retired is kept, so that it is never anybody's again. */
export type KeyStatus = Status | "retired";
/** Requested until the first scope is approved. What has ended for good is kept: revoked, rejected or ended. */
export type GrantStatus = "requested" | Status | "revoked" | "rejected" | "ended";
/** What became of a scope that was asked for. */
export type Decision = "requested" | "approved" | "rejected" | "withdrawn";
/** What can be suspended. */
export type SuspendedKind = "agency" | "system" | "key" | "person" | "grant";

/** What a person may do; a role of `owner-admin` and `agency-admin` is one agency's, the others are the platform's. */
export type Role = "operator" | "owner-admin" | "agency-admin" | "auditor" | "citizen";

/** Who decided, when (seconds since the epoch) and why; all null while nobody has. */
interface Decided<D> {
  decision: D;
  decided_by: string | null;
  decided_at: number | null;
  reason: string | null;
}

/** The rows of migrations/. */
export interface Tables {
  registry_revision: { id: number; revision: number };
  agency: { id: string; name: string; status: Status };
  scope: { name: string; owner: string; description: string };
  purpose: {
    code: string;
    text: string;
    legal_basis: string;
    disclosure_delay_days: Generated<number>;
  };
  purpose_scope: { purpose: string; scope: string };
  /** `dpop`: 1 where its tokens must be bound to a key (RFC 9449). */
  system: { id: string; agency: string; name: string; status: Status; dpop: Generated<0 | 1> };
  /** Where a sign-in through the system may return to. */
  system_redirect_uri: { system: string; uri: string };
  /** `jwk`: the public key as JSON text. */
  system_key: { thumbprint: string; system: string; kid: string; jwk: string; status: KeyStatus };
  /**
   * `valid_from` and `valid_until`: first and last day in Viet Nam, YYYY-MM-DD. `terms`: see registry/terms.ts, JSON;
   * null: without limits.
   */
  grant_: {
    id: string;
    system: string;
    purpose: string;
    status: GrantStatus;
    live: 1 | null;
    valid_from: string;
    valid_until: string;
    terms: string | null;
    requested_by: string | null;
    requested_at: number | null;
    reason: string | null;
  };
  grant_scope: { grant_id: string; scope: string } & Decided<Generated<Decision>>;
  amendment: {
    id: string;
    grant_id: string;
    status: Decision;
    open: 1 | null;
    terms: string;
    valid_until: string;
    requested_by: string;
    requested_at: number;
    reason: string;
  };
  amendment_scope: { amendment: string; scope: string } & Decided<Decision>;
  registered_operation: {
    agency: string;
    hash: string;
    name: string;
    text: string;
    registered_by: string;
    registered_at: number;
    /** JSON; null: not known. */
    rules: string | null;
  };
  /** One owner's word on an operation for a grant. */
  grant_operation: {
    grant_id: string;
    hash: string;
    owner: string;
    decision: "approved" | "rejected";
    decided_by: string;
    decided_at: number;
    reason: string;
  };
  /** `party`: an agency's id, or `:operator`. */
  suspension: {
    kind: SuspendedKind;
    id: string;
    party: string;
    person: string;
    at: number;
    reason: string;
  };
  /** `person`: a person's id, or `operator-key`. `old_value` and `new_value`: JSON. */
  history: {
    revision: number;
    line: number;
    at: number;
    person: string;
    what: string;
    kind: string;
    subject: string;
    reason: string;
    old_value: string | null;
    new_value: string | null;
  };
  /** `pin` is null for staff. */
  person: { id: string; name: string; pin: string | null; status: Status };
  person_role: { person: string; role: Role; agency: string | null };
  /** What a second operator is to confirm; `roles` and `roles_before` are JSON. */
  role_proposal: {
    id: string;
    person: string;
    roles: string;
    roles_before: string;
    proposed_by: string;
    proposed_at: number;
    reason: string;
  };
  /** How a person is called in the tokens of one system. */
  subject: { subject: string; person: string; client: string };
  /** `consumed_at` and `expires_at`: seconds since the epoch. */
  provider_state: {
    model: string;
    id: string;
    payload: string;
    grant_id: string | null;
    uid: string | null;
    user_code: string | null;
    consumed_at: number | null;
    expires_at: number | null;
  };
}

export function tablesOf(db: Database): Kysely<Tables> {
  return db.kysely as Kysely<Tables>;
}
