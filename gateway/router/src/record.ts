import type { AuditRecord } from "@truc/contracts";
import type { Logger } from "pino";
import type { VerifiedToken } from "./authenticate/token-verifier.ts";
import type { IncomingRequest, OutgoingAnswer } from "./incoming-request.ts";
import { NotOnRecord, type Draft, type RecordBook } from "./record/record-book.ts";
import { Contexts } from "./record/contexts.ts";
import { auditUnavailable, type Digests } from "./record/digests.ts";
import { RecordLines } from "./record/record-lines.ts";
import { areRecordable, isRecordable, recordedName } from "./record/recorded-words.ts";
import type { RefusalCounts } from "./record/refusal-counts.ts";
import { subjectsOf, type Subjects } from "./record/subjects.ts";
import { codesOf } from "./read/answer-as-http.ts";
import { openReceipt, type Receipt } from "./receipt/receipt.ts";
import type { ReceiptKeys } from "./receipt/receipt-keys.ts";
import { isRefusalCode, refusalAnswer } from "./refuse.ts";
import type { Trail } from "./trail.ts";

/** What requests are put on record with. */
export interface Recording {
  /** Undefined where nothing is put on record: in measurements only. */
  readonly book: RecordBook | undefined;
  readonly refusals: RefusalCounts;
  readonly lines: RecordLines;
  readonly contexts: Contexts;
}

interface RecordHouse {
  readonly recording: Recording;
  readonly receipts: ReceiptKeys | undefined;
  readonly digests: Digests;
  readonly log: Logger;
}

/**
 * Puts the request on record and only then lets its answer go. When that fails nothing leaves but a refusal. Anonymous and
 * malformed requests, and those for which there is no room or budget, are counted instead; nobody waits for that.
 */
export async function record(
  answer: OutgoingAnswer,
  trail: Trail,
  house: RecordHouse,
): Promise<OutgoingAnswer> {
  if (trail.codes.length === 0) trail.codes = [...(answer.codes ?? codesIn(answer.body))];
  const { requestId, arrived } = trail.request;
  let receiptHeaders: Record<string, string> | undefined;
  if (house.recording.book !== undefined) {
    try {
      receiptHeaders = await keep(answer, trail, house, house.recording.book);
    } catch (error) {
      return unrecorded(error, trail, house);
    }
  }
  const named = loggedNames(trail.token);
  house.log.info(
    {
      requestId,
      status: answer.status,
      code: trail.codes[0],
      durationMs: Date.now() - arrived.getTime(),
      system: named?.system,
      purpose: named?.purpose,
      operation: trail.operation?.digest,
    },
    "request answered",
  );
  // Nobody on the way keeps an answer: the next caller has other rights, and the same one may have lost hers.
  const headers = {
    ...answer.headers,
    ...receiptHeaders,
    "cache-control": "no-store",
    "x-request-id": requestId,
  };
  return { ...answer, headers };
}

/** Names out of a token as the log has them, where no digests are made. */
function loggedNames(token: Trail["token"]): Pick<VerifiedToken, "system" | "purpose"> | undefined {
  if (token === undefined || areRecordable(token)) return token;
  const { system, purpose } = token;
  return {
    system: loggedName(system),
    purpose: purpose === undefined ? undefined : loggedName(purpose),
  };
}

function loggedName(name: string): string {
  return isRecordable(name) ? name : "digest";
}

/**
 * Before anything is asked of a subgraph: while no records can be kept, nothing is read.
 * @throws Refusal AUDIT_UNAVAILABLE
 */
export function refuseUnrecordable({ recording }: Pick<RecordHouse, "recording">): void {
  if (recording.book?.isStalled === true)
    throw auditUnavailable("no records can be kept at the moment");
}

/**
 * Resolves when the answer may leave, to the headers of its receipt.
 * @throws NotOnRecord, or Refusal AUDIT_UNAVAILABLE
 */
async function keep(
  answer: OutgoingAnswer,
  trail: Trail,
  house: RecordHouse,
  book: RecordBook,
): Promise<Record<string, string> | undefined> {
  const { refusals } = house.recording;
  const isRefused = wasRefused(trail);
  if (
    wasNeverDecided(trail) ||
    (isRefused && trail.token !== undefined && refusals.isBeyond(trail.token.system))
  ) {
    refusals.count(sourceOf(trail), trail.codes[0] ?? "BAD_REQUEST");
    return undefined;
  }
  const receipt = openReceipt(answer, trail, house);
  const kept = await book.write(draftOf(answer, trail, house, { isRefused, receipt }));
  return receipt === undefined ? undefined : await receipt.headersAt(kept);
}

/** What leaves in place of an answer that is not on record. */
function unrecorded(error: unknown, trail: Trail, { recording, log }: RecordHouse): OutgoingAnswer {
  const { requestId } = trail.request;
  const isKeptLater = error instanceof NotOnRecord && error.isKeptLater;
  const reason = error instanceof Error ? error.message : String(error);
  log.error(
    { requestId, reason, isKeptLater },
    "a request could not be put on record, so it was not answered",
  );
  if (!isKeptLater) recording.refusals.count(sourceOf(trail), "AUDIT_UNAVAILABLE");
  return refusalAnswer(auditUnavailable(error), trail.request);
}

/** What refuses a request that has rights, for the sake of everybody else. */
const WANT_OF_ROOM = /^(?:OVERLOADED|ADMIT_\w+)$/;

/**
 * Whether nothing was decided about anybody's rights: who asks did not show who she is, what she sent is no operation, or
 * there was no room or budget. A good token that is refused, for it was revoked, is a decision.
 */
function wasNeverDecided(trail: Trail): boolean {
  const { token, caller, operation, execution, explanation, codes } = trail;
  if (token === undefined) return true;
  if (operation === undefined) return caller !== undefined;
  const wasLetIn = execution !== undefined || explanation !== undefined;
  return !wasLetIn && WANT_OF_ROOM.test(codes[0] ?? "");
}

function wasRefused({ permit, explanation }: Trail): boolean {
  return permit === undefined && explanation === undefined;
}

function sourceOf({ token, request }: Trail): { system: string | undefined; address: string } {
  return { system: token?.system, address: request.sender };
}

const NOTHING_READ: Subjects = { objects: 0, byType: new Map() };
const NO_FIELDS = { PUBLIC: [], BASIC: [], SENSITIVE: [] } as const;
const NO_REFUSALS = [] as const;
const NOBODY_ASKED: ReadonlyMap<string, number> = new Map();

/** @throws Refusal AUDIT_UNAVAILABLE where there is no key for the month */
function draftOf(
  answer: OutgoingAnswer,
  trail: Trail,
  { recording, digests }: RecordHouse,
  { isRefused, receipt }: { isRefused: boolean; receipt: Receipt | undefined },
): Draft {
  const { request, token, operation, rights, filtered, execution, codes } = trail;
  const arrived = request.arrived.getTime();
  const refusals = filtered?.refusals ?? NO_REFUSALS;
  const keys = digests.keysOf(arrived);
  const inClear = token !== undefined && areRecordable(token);
  const nameOf = (name: string): string => (inClear ? name : recordedName(name, keys));
  const context = recording.contexts.of(
    {
      system: token === undefined ? null : nameOf(token.system),
      agency: token?.agency === undefined ? null : nameOf(token.agency),
      purpose: token?.purpose === undefined ? null : nameOf(token.purpose),
      legalBasis: rights?.legalBasis ?? null,
      grant: rights?.grant ?? null,
      disclosureDelayDays: rights?.disclosureDelayDays ?? 0,
      // A name the caller chose is free text; it may be anybody's.
      operationName: rights?.operationName ?? null,
      decision: isRefused ? "refused" : refusals.length > 0 ? "filtered" : "allowed",
    },
    (execution && filtered?.fields) ?? NO_FIELDS,
    refusals,
  );
  const lines = recording.lines.of(
    {
      id: request.requestId,
      arrived,
      context: context.digest,
      person:
        token === undefined || token.subject === token.system ? undefined : nameOf(token.subject),
      actor: rights?.actor,
      case: rights?.caseReference,
      operation: operation?.digest,
      variables: variablesOf(operation, digests, request),
      outcome: outcomeOf(isRefused, execution !== undefined, codes),
      code: codes[0],
      asked: execution?.asked ?? NOBODY_ASKED,
      failed: execution?.failed ?? NOBODY_ASKED,
      bytes: Buffer.byteLength(answer.body),
      read: execution === undefined ? NOTHING_READ : subjectsOf(execution),
      receipt: receipt?.commitment,
    },
    keys,
  );
  return { ...lines, context, executed: execution !== undefined };
}

function variablesOf(
  operation: Trail["operation"],
  digests: Digests,
  { arrived }: IncomingRequest,
): string | undefined {
  if (operation === undefined || Object.keys(operation.sentVariables).length === 0)
    return undefined;
  return digests.ofJson(operation.sentVariables, arrived.getTime());
}

function outcomeOf(
  isRefused: boolean,
  isExecuted: boolean,
  codes: readonly string[],
): AuditRecord["outcome"] {
  const isWhole = isRefusalCode(codes[0]);
  if (codes[0] === "INTERNAL_SERVER_ERROR" || (isWhole && isExecuted)) return "failed";
  if (isRefused || isWhole) return "refused";
  return codes.length > 0 ? "partial" : "answered";
}

/** The codes of an answer's errors, where Apollo Server has already put them into words. */
function codesIn(body: OutgoingAnswer["body"]): string[] {
  if (!body.includes('"errors":[')) return [];
  const { errors } = JSON.parse(String(body)) as { errors?: Parameters<typeof codesOf>[0] };
  return codesOf(errors ?? []);
}
