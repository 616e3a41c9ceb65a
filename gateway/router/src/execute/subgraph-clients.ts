import { Agent, type Dispatcher } from "undici";
import { REQUEST_ID_HEADER } from "@truc/contracts";
import type { Logger } from "pino";
import type { IncomingRequest } from "../incoming-request.ts";
import type { PermitClaims } from "./permits.ts";

/** What federation.yaml says of one subgraph beyond where it is. */
export interface Capabilities {
  /** Answers only under a permit; a foreign subgraph gets plain Federation requests. */
  permit: boolean;
}

export interface SubgraphFetch {
  /** The subgraph's address, as the request's supergraph has it. */
  url: string;
  query: string;
  operationName: string | undefined;
  variables: Record<string, unknown>;
  request: IncomingRequest;
  /** What the permit says under which it is asked. */
  permit: PermitClaims;
  /** The officer who acts, and for which case, where the request says so. */
  actor?: string | undefined;
  caseReference?: string | undefined;
  /** Keyed digest of the caller's whole operation text. */
  digest: string;
  signal: AbortSignal;
  /** How large the answer may be. */
  maxBytes: number;
}

export interface SubgraphAnswer {
  data?: unknown;
  errors?: readonly unknown[];
}

/** An answer with its size. */
export interface MeasuredAnswer extends SubgraphAnswer {
  bytes: number;
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

/** Persistent connections to every subgraph of the supergraph, with one deadline for every fetch. */
export class SubgraphClients {
  readonly #agent: Agent;
  readonly #log: Logger;
  readonly #deadlineMs: number;
  readonly #capabilities: (name: string) => Capabilities;
  readonly #permitFor: (permit: PermitClaims, subgraph: string) => Promise<string>;

  constructor(options: {
    log: Logger;
    deadlineMs: number;
    capabilities: (name: string) => Capabilities;
    permitFor: (permit: PermitClaims, subgraph: string) => Promise<string>;
  }) {
    this.#log = options.log;
    this.#deadlineMs = options.deadlineMs;
    this.#capabilities = options.capabilities;
    this.#permitFor = options.permitFor;
    this.#agent = new Agent({
      connections: 64,
      pipelining: 1,
      keepAliveTimeout: 60_000,
      connect: { timeout: 2_000 },
    });
  }

  /** @throws RegisterUnavailable or AnswerTooLarge */
  async fetch(name: string, fetch: SubgraphFetch): Promise<MeasuredAnswer> {
    const { requestId, trace } = fetch.request;
    const address = new URL(fetch.url);
    const { query, operationName, variables } = fetch;
    try {
      const permit = await this.#permit(name, fetch);
      const { digest: operationDigest, actor, caseReference } = fetch;
      const extensions =
        permit === undefined
          ? undefined
          : { permit, requestId, operationDigest, actor, caseReference };
      const response = await this.#agent.request({
        origin: address.origin,
        path: address.pathname + address.search,
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/graphql-response+json, application/json",
          [REQUEST_ID_HEADER]: requestId,
          ...trace,
        },
        body: JSON.stringify({ query, operationName, variables, extensions }),
        signal: AbortSignal.any([fetch.signal, AbortSignal.timeout(this.#deadlineMs)]),
        headersTimeout: this.#deadlineMs,
        bodyTimeout: this.#deadlineMs,
      });
      const text = await readText(response, fetch.maxBytes);
      return { ...readAnswer(response, text), bytes: text.length };
    } catch (error) {
      if (error instanceof AnswerTooLarge) {
        this.#log.warn({ requestId, subgraph: name }, "subgraph's answer too large");
        throw error;
      }
      const unavailable =
        error instanceof RegisterUnavailable
          ? error
          : new RegisterUnavailable("it did not answer", { retry: true, cause: error });
      const cause = unavailable.cause instanceof Error ? unavailable.cause.message : undefined;
      this.#log.warn(
        { requestId, subgraph: name, reason: unavailable.message, cause },
        "subgraph unavailable",
      );
      throw unavailable;
    }
  }

  /** A subgraph that joined while the router runs may have no secret yet: it costs its own fields only. */
  async #permit(name: string, { permit }: SubgraphFetch): Promise<string | undefined> {
    if (!this.#capabilities(name).permit) return undefined;
    try {
      return await this.#permitFor(permit, name);
    } catch (cause) {
      throw new RegisterUnavailable("it cannot be given a permit", { retry: false, cause });
    }
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }
}

async function readText({ body }: Dispatcher.ResponseData, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Leaving the loop destroys the body, and with it the connection.
    if (bytes > maxBytes) throw new AnswerTooLarge("more bytes than may be read");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function readAnswer({ statusCode }: Dispatcher.ResponseData, text: string): SubgraphAnswer {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw new RegisterUnavailable(`it answered ${statusCode} without JSON`, {
      retry: statusCode >= 500,
      cause,
    });
  }
  if (typeof answer !== "object" || answer === null || !("data" in answer || "errors" in answer)) {
    throw new RegisterUnavailable(`it answered ${statusCode} without a GraphQL result`, {
      retry: statusCode >= 500,
    });
  }
  const { data, errors } = answer as SubgraphAnswer;
  return { data, ...(Array.isArray(errors) ? { errors } : {}) };
}
