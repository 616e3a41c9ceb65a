import type { Database } from "@truc/service";
import type { Kysely } from "kysely";

/** Agencies, systems and keys are usable while they are active. */
export type Status = "active" | "suspended";
/** A grant that has ended for good is kept, revoked. */
export type GrantStatus = Status | "revoked";

/** The rows of migrations/0001-initial.ts. */
export interface Tables {
  registry_revision: { id: number; revision: number };
  agency: { id: string; name: string; status: Status };
  scope: { name: string; owner: string; description: string };
  purpose: { code: string; text: string; legal_basis: string };
  purpose_scope: { purpose: string; scope: string };
  system: { id: string; agency: string; name: string; status: Status };
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
