import type { IncomingRequest } from "../../incoming-request.ts";
import type { ByteAllowance } from "../byte-allowance.ts";
import type { Ending } from "../ending.ts";
import type { ResultMap } from "../merge.ts";
import type { PermitClaims } from "../permits.ts";

/** What federation.yaml says of one subgraph beyond where it is. */
export interface Capabilities {
  /** Answers only under a permit; a foreign subgraph gets plain Federation requests. */
  readonly permit: boolean;
  /** Takes several operations as one JSON array, and answers with one of as many, in the same order. */
  readonly batching: boolean;
  /** Answers compact JSON in the order of the selection, so that it can be read without being parsed. */
  readonly splicing: boolean;
}

/**
 * Reads an answer's octet text (splice/octets.ts) without parsing it; undefined where it is not as expected, and is to be
 * parsed. What it gives has no prototypes, and pieces of text in place of values that nobody looks into (splice/piece.ts).
 */
export type AnswerReader = (octets: string) => ReadAnswer | undefined;

export interface ReadAnswer {
  readonly data: ResultMap;
  /** The place in a batch that it names. */
  readonly item?: number;
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
  /** What its answer may take. */
  readonly allowance: ByteAllowance;
  /** What may read its answer, where the subgraph is one whose answers can be read that way. */
  readonly reader?: AnswerReader | undefined;
  /** Where it is counted. */
  readonly counts: FetchCounts;
}

/** What one fetch knows of the entities it asks for. */
export interface Representations {
  /** JSON: a list. */
  readonly text: string;
  /** How many. */
  readonly count: number;
}

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
