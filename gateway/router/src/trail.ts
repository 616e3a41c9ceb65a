import type { Caller } from "./authenticate.ts";
import type { VerifiedToken } from "./authenticate/token-verifier.ts";
import type { Permit } from "./authorize.ts";
import type { Filtered } from "./authorize/filtered.ts";
import type { Rights } from "./authorize/rights.ts";
import type { Explained } from "./explain.ts";
import type { Execution } from "./execute.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import type { Operation } from "./read.ts";

/** What a request leaves behind on its way through the pipeline, for the record: filled stage by stage. */
export interface Trail {
  readonly request: IncomingRequest;
  /** What the caller's token says; who shows it need not be let in. */
  token?: VerifiedToken;
  caller?: Caller;
  operation?: Operation;
  rights?: Rights;
  filtered?: Filtered;
  permit?: Permit;
  execution?: Execution;
  /** What was told instead of data, where an explanation was asked for. */
  explanation?: Explained;
  /** Codes of the answer's errors, in order. */
  codes: string[];
}

export function openTrail(request: IncomingRequest): Trail {
  return { request, codes: [] };
}
