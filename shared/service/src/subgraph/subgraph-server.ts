import { performance } from "node:perf_hooks";
import {
  catalogueError,
  ERRORS,
  type ErrorCode,
  MAX_BATCH_ITEMS,
  Refusal,
  SubgraphRequest,
} from "@truc/contracts";
import { GraphQLError, type GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import type { Database } from "../database/open-database.ts";
import { type DatabaseUse, observing } from "../database/statement-count.ts";
import type { Journal } from "../journal/journal.ts";
import { AskedFields } from "./asked-fields.ts";
import { readAccessRules } from "./access-rules.ts";
import { type AnswerBody, type OperationAnswer, writeAnswer, writeBatch } from "./answer-text.ts";
import { buildSchema } from "./build-schema.ts";
import type { Outcome } from "./compiled/execute-prepared.ts";
import { MAX_ERRORS } from "./compiled/run.ts";
import type { SubgraphDefinition } from "./define-subgraph.ts";
import { DocumentCache, InvalidDocument, type PreparedOperation } from "./document-cache.ts";
import { LoaderSet } from "./loader.ts";
import { type Done, type JournalLine, refused } from "./done.ts";
import { entityTypes, type EntityTypes } from "./entity-path.ts";
import { OperationContext } from "./operation-context.ts";
import { OperationReader } from "./operation-reader.ts";
import type { PermitReader, VerifiedPermit } from "./permit-reader.ts";
import { type PublicError, publicError } from "./public-error.ts";

export interface SubgraphAnswer extends AnswerBody {
  status: number;
}

/** What one HTTP request brought beside its body. */
export interface RequestFacts {
  requestId: string;
  /** x-permit, for gateways that cannot set extensions. */
  permitHeader: string | undefined;
  traceparent: string | undefined;
}

/** What a subgraph works with; its own database, its own permits. */
export interface SubgraphServerParts {
  db: Database;
  permits: PermitReader;
  journal: Journal;
  log: Logger;
}

interface Task {
  request: SubgraphRequest;
  verified: VerifiedPermit;
  /** The operation, or what is wrong with its text. */
  prepared: PreparedOperation | InvalidDocument;
}

/** The longest reason of a refusal that the log repeats. */
const MAX_REASON = 200;

/** Answers the operations of one register. */
export class SubgraphServer {
  /** Statements and rows of the last HTTP request, for tests that count. */
  lastUse: DatabaseUse = { statements: 0, rows: 0 };
  readonly schema: GraphQLSchema;
  readonly #definition: SubgraphDefinition;
  readonly #db: Database;
  readonly #permits: PermitReader;
  readonly #journal: Journal;
  readonly #log: Logger;
  readonly #documents: DocumentCache;
  readonly #entities: EntityTypes;

  constructor(definition: SubgraphDefinition, parts: SubgraphServerParts) {
    this.schema = buildSchema(definition);
    this.#definition = definition;
    this.#db = parts.db;
    this.#permits = parts.permits;
    this.#journal = parts.journal;
    this.#log = parts.log;
    this.#entities = entityTypes(this.schema);
    this.#documents = new DocumentCache(this.schema, readAccessRules(this.schema), this.#entities);
  }

  /**
   * Answers one operation, or an array of them in order. All permits are checked before anything runs, so that the
   * operations of a batch start together and share their statements; each fails alone.
   */
  async answer(body: unknown, facts: RequestFacts): Promise<SubgraphAnswer> {
    if (Array.isArray(body) && (body.length === 0 || body.length > MAX_BATCH_ITEMS)) {
      throw new Refusal("BAD_REQUEST", {
        sentence: `A batch holds from 1 to ${MAX_BATCH_ITEMS} operations.`,
      });
    }
    const items: unknown[] = Array.isArray(body) ? body : [body];
    const refusals: string[] = [];
    const tasks = items.map((item) => this.#admit(item, facts, refusals));
    if (refusals.length > 0) {
      const { requestId } = facts;
      const [reason] = refusals;
      this.#log.warn({ requestId, refused: refusals.length, reason }, "permits were refused");
    }
    const loaders = new LoaderSet(
      this.#db,
      new AskedFields(
        tasks.flatMap((task) =>
          "prepared" in task && "fields" in task.prepared ? [task.prepared.fields] : [],
        ),
      ),
    );
    const done = await Promise.all(
      tasks.map(async (task) =>
        task instanceof GraphQLError ? refused(task) : await this.#run(task, loaders, facts),
      ),
    );
    this.lastUse = {
      statements: done.reduce((sum, { line }) => sum + (line?.statements ?? 0), 0),
      rows: done.reduce((sum, { line }) => sum + (line?.rows ?? 0), 0),
    };
    const answers = await this.#putOnJournal(done);
    if (Array.isArray(body)) return { status: 200, ...writeBatch(answers) };
    return { status: statusOf(answers[0]!), ...writeAnswer(answers[0]!) };
  }

  /** @param refusals gets why a permit was refused: one line a request is logged, however many it brings */
  #admit(item: unknown, facts: RequestFacts, refusals: string[]): Task | GraphQLError {
    const { data: request } = SubgraphRequest.safeParse(item);
    if (request === undefined) return catalogueError("BAD_REQUEST");
    const text = request.extensions?.permit ?? facts.permitHeader;
    if (text === undefined) return catalogueError("PERMIT_MISSING");
    let verified: VerifiedPermit;
    try {
      verified = this.#permits.read(text);
    } catch (error) {
      refusals.push(reasonOf(error));
      return catalogueError("PERMIT_INVALID");
    }
    return { request, verified, prepared: this.#prepare(request) };
  }

  #prepare({ query, operationName }: SubgraphRequest): Task["prepared"] {
    try {
      return this.#documents.get(query, operationName);
    } catch (error) {
      if (error instanceof InvalidDocument) return error;
      throw error;
    }
  }

  /** Runs one operation and says what the journal is to hold of it. */
  async #run(task: Task, loaders: LoaderSet, facts: RequestFacts): Promise<Done> {
    const { request, verified } = task;
    const { extensions } = request;
    const started = performance.now();
    const reader = new OperationReader(loaders);
    const requestId = extensions?.requestId ?? facts.requestId;
    const { data, errors } = await this.#execute(task, reader, requestId);
    const line = {
      time: new Date().toISOString(),
      requestId,
      operationDigest: extensions?.operationDigest ?? null,
      system: verified.permit.system,
      purpose: verified.permit.purpose ?? null,
      actor: extensions?.actor ?? null,
      caseReference: extensions?.caseReference ?? null,
      rows: reader.use.rows,
      statements: reader.use.statements,
      durationMs: Math.round((performance.now() - started) * 1_000) / 1_000,
      code: (errors[0]?.extensions["code"] as string | undefined) ?? null,
    };
    const traceparent = extensions?.traceparent ?? facts.traceparent;
    return { answer: { data, errors, item: extensions?.item }, line, traceparent };
  }

  /** Puts the operations of a request on the journal in one piece; without durable lines there are no answers. */
  async #putOnJournal(done: readonly Done[]): Promise<OperationAnswer[]> {
    const lines = done.flatMap(({ line }) => line ?? []);
    try {
      if (lines.length > 0) await this.#journal.append(...lines);
    } catch (error) {
      const [{ requestId }] = lines as [JournalLine];
      this.#log.error({ requestId, err: error }, "the journal cannot be written");
      return done.map(({ answer, line }) =>
        line === undefined
          ? answer
          : { ...answer, data: undefined, errors: [catalogueError("AUDIT_UNAVAILABLE")] },
      );
    }
    if (this.#log.isLevelEnabled("info")) {
      for (const { line, traceparent } of done) {
        if (line === undefined) continue;
        const { time: _time, actor: _actor, caseReference: _case, ...logged } = line;
        this.#log.info(
          traceparent === undefined ? logged : { ...logged, traceparent },
          "operation",
        );
      }
    }
    return done.map(({ answer }) => answer);
  }

  async #execute(
    { request, verified, prepared }: Task,
    reader: OperationReader,
    requestId: string,
  ): Promise<Outcome> {
    if (prepared instanceof InvalidDocument) return { data: undefined, errors: prepared.errors };
    const refused = prepared.requirements.find(
      ({ alternatives }) =>
        !alternatives.some((scopes) => scopes.every((scope) => verified.scopes.has(scope))),
    );
    if (refused !== undefined) {
      const { coordinate, alternatives } = refused;
      return {
        data: undefined,
        errors: [
          catalogueError("UNAUTHORIZED_FIELD_OR_TYPE", {
            extensions: { coordinate, scopes: alternatives },
          }),
        ],
      };
    }
    const context = this.#contextOf(request, verified, reader);
    const executed = observing(reader.own, () =>
      prepared.execution.run(context, request.variables),
    ).catch((error: unknown) => this.#failure(error, requestId));
    // What is still under way of an operation that has had its share is nobody's any more.
    const outcome = await Promise.race([executed, reader.spent]);
    if (outcome === undefined || reader.refusal !== undefined)
      return { data: "null", errors: [catalogueError("ANSWER_TOO_LARGE")] };
    if (outcome.errors.length === 0) return outcome;
    const judged = outcome.errors
      .slice(0, MAX_ERRORS)
      .map((error) => publicError(error, prepared.document, this.#definition.title));
    this.#logFaults(judged, requestId);
    return { data: outcome.data, errors: judged.map(({ error }) => error) } as Outcome;
  }

  /** An operation that could not be run at all: its neighbours in the batch are. */
  #failure(error: unknown, requestId: string): Outcome {
    this.#log.error({ requestId, err: error }, "an operation failed");
    return { data: undefined, errors: [catalogueError("INTERNAL_SERVER_ERROR")] };
  }

  #contextOf(
    { extensions }: SubgraphRequest,
    { permit }: VerifiedPermit,
    reader: OperationReader,
  ): OperationContext {
    const { actor, caseReference } = extensions ?? {};
    return new OperationContext(
      { actor, caseReference },
      { permit, db: this.#db, cursors: this.#permits.cursors, reader, entities: this.#entities },
    );
  }

  /** One line for an operation: what breaks one field of a list mostly breaks them all. */
  #logFaults(judged: readonly PublicError[], requestId: string): void {
    const failed = judged.filter(({ fault }) => fault !== undefined);
    const [first] = failed;
    if (first === undefined) return;
    const path = first.error.path?.join(".");
    this.#log.error({ requestId, err: first.fault, path, fields: failed.length }, "fields failed");
  }
}

/** Why a permit was refused, without stack or claims; a schema's message would repeat what the claims are called. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.name !== "ZodError"
    ? error.message.slice(0, MAX_REASON)
    : "its claims are not a permit's";
}

/** A refusal of the whole operation has the catalogue's status; an answer, however partial, is 200. */
function statusOf({ data, errors }: OperationAnswer): number {
  const code = errors[0]?.extensions["code"];
  return data === undefined && typeof code === "string" && code in ERRORS
    ? ERRORS[code as ErrorCode].status
    : 200;
}
