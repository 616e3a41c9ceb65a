/** A grant as the registry answers it to the command line. */
export interface Grant {
  id: string;
  status: string;
  system: { id: string; agency: { id: string } | null } | null;
  purpose: { code: string } | null;
  validFrom: string;
  validUntil: string;
  scopes: GrantScope[];
  limits: {
    provinces: { code: string; asOf: string; current: string }[] | null;
    subjects: string;
    search: boolean;
    linked: number;
  };
  budget: { requestsPerSecond: number; costPerMinute: number };
  operations: string;
  demandsActor: boolean;
  demandsCase: boolean;
  requestedBy: { id: string } | null;
  reason: string | null;
  /** What is asked for beyond it and undecided. */
  amendment: { scopes: GrantScope[]; validUntil: string; reason: string } | null;
  suspensions: { agency: { id: string } | null; reason: string }[];
}

export interface GrantScope {
  scope: { name: string; owner: { id: string } | null };
  decision: string;
  decidedBy: { id: string } | null;
  reason: string | null;
}

/** What {@link Grant} is asked by: a fragment for every operation that answers one. */
export const GRANT = `fragment Grant on Grant {
  id
  status
  system { id agency { id } }
  purpose { code }
  validFrom
  validUntil
  scopes { ...Scope }
  limits { provinces { code asOf current } subjects search linked }
  budget { requestsPerSecond costPerMinute }
  operations
  demandsActor
  demandsCase
  requestedBy { id }
  reason
  amendment { scopes { ...Scope } validUntil reason }
  suspensions { agency { id } reason }
}
fragment Scope on GrantScope {
  scope { name owner { id } }
  decision
  decidedBy { id }
  reason
}`;

/** The scopes of a grant and of what is asked beyond it that await a decision. */
export function undecided({ scopes, amendment }: Grant): GrantScope[] {
  return [...scopes, ...(amendment?.scopes ?? [])].filter(
    ({ decision }) => decision === "REQUESTED",
  );
}
