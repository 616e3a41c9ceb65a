import { createHash } from "node:crypto";
import { Refusal, type AuditRecord } from "@truc/contracts";
import type { Logger } from "pino";
import type { Digests } from "./record/digests.ts";
import { isRefusalCode, refusalAnswer } from "./refuse.ts";
import type { OutgoingAnswer } from "./incoming-request.ts";
import type { Trail } from "./trail.ts";

/**
 * Where records go: `append` resolves when the line would survive the machine. Lines appended in one turn are kept all
 * or none.
 */
export interface RecordStore {
  append(line: object): Promise<void>;
}

type Facts = Omit<AuditRecord, "router" | "sequence" | "previous">;

interface Waiting {
  readonly facts: Facts;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Numbers and chains the records of this router process. Records that arrive while others are written share the next
 * write; number and chain move on only with what was kept, so that a failed write leaves no gap behind.
 */
export class RecordBook {
  readonly #store: RecordStore;
  readonly #router: string;
  #sequence = 0;
  #previous = "";
  #waiting: Waiting[] = [];
  #writing = false;

  constructor(store: RecordStore, router: string) {
    this.#store = store;
    this.#router = router;
  }

  /** Resolves when the record is durable. @throws whatever the store throws: the record is then not kept */
  async write(facts: Facts): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ facts, resolve, reject });
      if (!this.#writing) void this.#writeWaiting();
    });
  }

  async #writeWaiting(): Promise<void> {
    this.#writing = true;
    // What arrives in the same turn shares the first write already.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      let sequence = this.#sequence;
      let previous = this.#previous;
      const lines = batch.map(({ facts }) => {
        const line: AuditRecord = {
          ...facts,
          router: this.#router,
          sequence: (sequence += 1),
          previous,
        };
        previous = createHash("sha256").update(JSON.stringify(line)).digest("base64url");
        return line;
      });
      try {
        await Promise.all(lines.map(async (line) => await this.#store.append(line)));
        this.#sequence = sequence;
        this.#previous = previous;
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = false;
  }
}

/**
 * Puts the request on record and only then lets its answer go. When that fails nothing leaves but a refusal.
 */
export async function record(
  answer: OutgoingAnswer,
  trail: Trail,
  { book, digests, log }: { book: RecordBook; digests: Digests; log: Logger },
): Promise<OutgoingAnswer> {
  if (trail.codes.length === 0) trail.codes = codesOf(answer.body);
  const { requestId, arrived } = trail.request;
  const durationMs = Date.now() - arrived.getTime();
  const status = answer.status;
  const [code] = trail.codes;
  try {
    await book.write(factsOf(trail, durationMs, digests));
  } catch (error) {
    log.error(
      { requestId, err: error },
      "a request could not be put on record, so it was not answered",
    );
    return refusalAnswer(
      new Refusal("AUDIT_UNAVAILABLE", { headers: { "retry-after": "5" } }),
      trail.request,
    );
  }
  const { token, operation } = trail;
  log.info(
    {
      requestId,
      status,
      code,
      durationMs,
      system: token?.system,
      purpose: token?.purpose,
      operation: operation?.digest,
    },
    "request answered",
  );
  // Nobody on the way keeps an answer: the next caller has other rights, and the same one may have lost hers.
  const headers = { ...answer.headers, "cache-control": "no-store", "x-request-id": requestId };
  return { ...answer, headers };
}

function factsOf(trail: Trail, durationMs: number, digests: Digests): Facts {
  const { request, token, operation, rights, filtered, permit, execution, explanation, codes } =
    trail;
  const refused = permit === undefined && explanation === undefined;
  const refusals = filtered?.refusals ?? [];
  return {
    id: request.requestId,
    time: request.arrived.toISOString(),
    durationMs,
    system: token?.system ?? null,
    agency: token?.agency ?? null,
    person: token === undefined || token.subject === token.system ? null : token.subject,
    actor: rights?.actor ?? null,
    caseReference: rights?.caseReference ?? null,
    purpose: token?.purpose ?? null,
    legalBasis: rights?.legalBasis ?? null,
    operation: {
      digest: operation?.digest ?? null,
      // A name the caller chose is free text; it may be anybody's.
      name: rights?.operationName ?? null,
      variablesDigest: operation === undefined ? null : digests.ofJson(operation.variables),
    },
    fields: {
      PUBLIC: [...(permit?.filtered.fields.PUBLIC ?? [])],
      BASIC: [...(permit?.filtered.fields.BASIC ?? [])],
      SENSITIVE: [...(permit?.filtered.fields.SENSITIVE ?? [])],
    },
    subjects: [],
    decision: refused ? "refused" : refusals.length > 0 ? "filtered" : "allowed",
    refused: refusals.map(({ path }) => path.join(".")),
    outcome: outcomeOf(refused, codes),
    code: codes[0] ?? null,
    subgraphs: [...(execution?.subgraphs ?? [])].toSorted(),
  };
}

function outcomeOf(refused: boolean, codes: readonly string[]): AuditRecord["outcome"] {
  if (codes[0] === "INTERNAL_SERVER_ERROR") return "failed";
  if (refused || isRefusalCode(codes[0])) return "refused";
  return codes.length > 0 ? "partial" : "answered";
}

/** The codes of an answer's errors; Apollo Server has already put it into words. */
function codesOf(body: string): string[] {
  if (!body.includes('"errors":[')) return [];
  const { errors } = JSON.parse(body) as { errors?: { extensions?: { code?: string } }[] };
  return (errors ?? []).map(({ extensions }) => extensions?.code ?? "INTERNAL_SERVER_ERROR");
}
