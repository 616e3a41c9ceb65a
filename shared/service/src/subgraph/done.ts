import type { GraphQLError } from "graphql";
import type { DatabaseUse } from "../database/statement-count.ts";
import type { OperationAnswer } from "./answer-text.ts";

/** One operation of a request when it has run. */
export interface Done {
  answer: OperationAnswer;
  /** What the journal is to hold of it. */
  line: JournalLine | undefined;
  traceparent: string | undefined;
}

/** What the journal holds of an operation. */
export interface JournalLine extends DatabaseUse {
  time: string;
  requestId: string;
  operationDigest: string | null;
  system: string;
  purpose: string | null;
  actor: string | null;
  caseReference: string | null;
  durationMs: number;
  /** Of the first error. */
  code: string | null;
}

/** Of an operation that nothing ran of, the journal holds nothing. */
export function refused(error: GraphQLError): Done {
  const answer = { data: undefined, errors: [error], item: undefined };
  return { answer, line: undefined, traceparent: undefined };
}
