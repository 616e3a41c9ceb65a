import type { IncomingRequest } from "../../incoming-request.ts";
import type { Ending } from "../ending.ts";
import type { ResultMap } from "../merge.ts";
import type { PermitClaims } from "../permits.ts";

/** What federation.yaml says of one subgraph beyond where it is. */
export interface Capabilities {
  /** Answers only under a permit; a foreign subgraph gets plain Federation requests. */
  readonly permit: boolean;
  /** Takes several operations as one JSON array, and answers with one of as many, in the same order. */
  readonly batching: boolean;
}

/** How often each subgraph was asked something, and how often without an answer: whether it carried that out is not known. */
export interface FetchCounts {
  readonly asked: Map<string, number>;
  readonly failed: Map<string, number>;
}

export interface SubgraphFetch {
  /** The subgraph's address, as the request's supergraph has it. */
  readonly url: string;
  readonly query: string;
  /** Whether it changes something: it travels alone, and is never sent twice. */
  readonly mutation: boolean;
  readonly operationName: string | undefined;
  /** Those of the caller. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** What entities are asked for by, as the variable of that name. */
  readonly representations?: Representations | undefined;
  readonly request: Pick<IncomingRequest, "requestId" | "trace">;
  /** What the permit says under which it is asked. */
  readonly permit: PermitClaims;
  /** The officer who acts, and for which case, where the request says so. */
  readonly actor?: string | undefined;
  readonly caseReference?: string | undefined;
  /** Keyed digest of the caller's whole operation text. */
  readonly digest: string;
  /** Until when its answer is waited for, besides its own deadline. */
  readonly ending: Ending;
  /** How large the answer may be. */
  readonly maxBytes: number;
  /** Where it is counted. */
  readonly counts: FetchCounts;
  readonly reader?: AnswerReader | undefined;
}

/** What one fetch knows of the entities it asks for. */
export interface Representations {
  /** JSON: a list. */
  readonly text: string;
  /** How many. */
  readonly count: number;
}

/** Reads the text of an answer; undefined where it is not as expected, and for JSON.parse. */
export type AnswerReader = (text: string) => { data: ResultMap } | undefined;

export interface SubgraphAnswer {
  readonly data?: unknown;
  readonly errors?: readonly unknown[];
}

/** An answer with its size. */
export interface MeasuredAnswer extends SubgraphAnswer {
  readonly bytes: number;
}

/** A subgraph could not be asked or did not answer with a GraphQL result. */
export class RegisterUnavailable extends Error {
  override readonly name = "RegisterUnavailable";
  /** Whether asking again may help. */
  readonly retry: boolean;
  constructor(reason: string, options: { retry: boolean; cause?: unknown }) {
    super(reason, { cause: options.cause });
    this.retry = options.retry;
  }
}

/** A subgraph's answer is larger than the request may still bring together. */
export class AnswerTooLarge extends Error {
  override readonly name = "AnswerTooLarge";
}
