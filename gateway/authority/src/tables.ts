import type { Database } from "@truc/service";
import type { Generated, Kysely } from "kysely";

/** Agencies, systems and keys are usable while they are active. */
export type Status = "active" | "suspended";
/** A grant that has ended for good is kept, revoked. */
export type GrantStatus = Status | "revoked";

/** What a person may do; a role of `owner-admin` and `agency-admin` is one agency's, the others are the platform's. */
export type Role = "operator" | "owner-admin" | "agency-admin" | "auditor" | "citizen";

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
  system_key: { thumbprint: string; system: string; kid: string; jwk: string; status: Status };
  /** `valid_from` and `valid_until`: first and last day in Viet Nam, YYYY-MM-DD. */
  grant_: {
    id: string;
    system: string;
    purpose: string;
    status: GrantStatus;
    live: 1 | null;
    valid_from: string;
    valid_until: string;
  };
  grant_scope: { grant_id: string; scope: string };
  /** `pin` is null for staff. */
  person: { id: string; name: string; pin: string | null; status: Status };
  person_role: { person: string; role: Role; agency: string | null };
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
