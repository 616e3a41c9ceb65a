/** A grant as the registry answers it to the command line. */
export interface Grant extends Terms {
  id: string;
  status: string;
  system: { id: string; agency: { id: string } | null } | null;
  purpose: { code: string; text: string | null } | null;
  validFrom: string;
  scopes: GrantScope[];
  requestedBy: Person | null;
  requestedAt: string | null;
  reason: string | null;
  /** What is asked for and not decided to the end. */
  request: OpenRequest | null;
  suspensions: { agency: { id: string } | null; reason: string }[];
}

/** What an owner decides on: a grant's first request, or what would change of a live one. */
export interface OpenRequest extends Terms {
  /** A decision names it, so that nothing that was asked for instead since is decided by it. */
  id: string;
  isAmendment: boolean;
  /** Those to be decided on. */
  scopes: GrantScope[];
  requestedBy: Person | null;
  requestedAt: string | null;
  reason: string | null;
}

/** How far a grant reaches, and until when. */
export interface Terms {
  validUntil: string;
  limits: {
    /** Null: the whole country. */
    provinces: { code: string; asOf: string; current: string }[] | null;
    subjects: string;
    search: boolean;
    linked: number;
  };
  budget: { requestsPerSecond: number; costPerMinute: number };
  operations: string;
  demandsActor: boolean;
  demandsCase: boolean;
  demandsReceipt: boolean;
}

export interface GrantScope {
  scope: { name: string; owner: { id: string } | null };
  decision: string;
  decidedBy: { id: string } | null;
  reason: string | null;
}

interface Person {
  id: string;
  name: string | null;
}

const TERMS = `validUntil
  limits { provinces { code asOf current } subjects search linked }
  budget { requestsPerSecond costPerMinute }
  operations
  demandsActor
  demandsCase
  demandsReceipt
  requestedBy { id name }
  requestedAt
  reason`;

/** What {@link Grant} is asked by: a fragment for every operation that answers one. */
export const GRANT = `fragment Grant on Grant {
  id
  status
  system { id agency { id } }
  purpose { code text }
  validFrom
  scopes { ...Scope }
  request { id isAmendment scopes { ...Scope } ${TERMS} }
  suspensions { agency { id } reason }
  ${TERMS}
}
fragment Scope on GrantScope {
  scope { name owner { id } }
  decision
  decidedBy { id }
  reason
}`;

/** The scopes that await a decision. */
export function undecided({ request }: Grant): GrantScope[] {
  return (request?.scopes ?? []).filter(({ decision }) => decision === "REQUESTED");
}
