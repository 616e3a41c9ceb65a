import { UNLIMITED } from "@truc/contracts";
import type { Logger } from "pino";
import * as z from "zod";
import type { SubgraphClients } from "../execute/subgraph-clients.ts";
import type { IncomingRequest } from "../incoming-request.ts";
import type { Digests } from "../record/digests.ts";
import type { Federation } from "../supergraph/federation.ts";
import { SharedAnswers } from "./shared-answers.ts";

/** The operation that says whose records belong to a person: `subjectSets` of federation.yaml. */
export interface SubjectSetsOperation {
  readonly subgraph: string;
  /** With one variable, `$citizen`, and one root field that answers `{household: [PIN], wards: [PIN]}`. */
  readonly operation: string;
  /** What the operation needs to be answered. */
  readonly scopes: readonly string[];
}

/** PINs beside a person's own. */
export interface SubjectSet {
  /** Who lives in the same household. */
  readonly household: readonly string[];
  /** Minor children, and people whom she represents by law. */
  readonly wards: readonly string[];
}

const ALONE: SubjectSet = { household: [], wards: [] };
const KEPT_SECONDS = 60;
const KEPT_WHILE_DOWN_SECONDS = 5;
const DEADLINE_MS = 3_000;
const MAX_BYTES = 1024 * 1024;

const Pins = z.array(z.string().min(1).max(32));
const Answer = z.object({ household: Pins, wards: Pins }).nullable();

/**
 * Asks the register that knows for a person's household and wards, under a permit of the router's own. Without that
 * register a person is alone: she sees what is her own.
 */
export class SubjectSets {
  readonly #operation: SubjectSetsOperation;
  readonly #clients: SubgraphClients;
  readonly #federation: Federation;
  readonly #digest: string;
  readonly #log: Logger;
  readonly #answers = new SharedAnswers<SubjectSet>();

  constructor(parts: {
    operation: SubjectSetsOperation;
    clients: SubgraphClients;
    federation: Federation;
    digests: Digests;
    log: Logger;
  }) {
    this.#operation = parts.operation;
    this.#clients = parts.clients;
    this.#federation = parts.federation;
    this.#digest = parts.digests.ofText(parts.operation.operation);
    this.#log = parts.log;
  }

  async of(pin: string, request: IncomingRequest): Promise<SubjectSet> {
    return await this.#answers.get(pin, async () => {
      try {
        return { value: await this.#ask(pin, request), seconds: KEPT_SECONDS };
      } catch (error) {
        const { requestId } = request;
        const reason = error instanceof Error ? error.message : String(error);
        this.#log.warn({ requestId, reason }, "a person's household is not known");
        return { value: ALONE, seconds: KEPT_WHILE_DOWN_SECONDS };
      }
    });
  }

  async #ask(pin: string, request: IncomingRequest): Promise<SubjectSet> {
    const { subgraph, operation, scopes } = this.#operation;
    const url = this.#federation.present.subgraphs.get(subgraph)?.url;
    if (url === undefined) throw new Error("the supergraph has no such register");
    const { data, errors } = await this.#clients.fetch(subgraph, {
      url,
      query: operation,
      operationName: undefined,
      variables: { citizen: pin },
      request,
      permit: {
        scopes,
        limits: UNLIMITED,
        distance: 0,
        system: "router",
        purpose: "SUBJECT_SETS",
      },
      digest: this.#digest,
      signal: AbortSignal.timeout(DEADLINE_MS),
      maxBytes: MAX_BYTES,
    });
    if (errors !== undefined && errors.length > 0) throw new Error("it answered with errors");
    const [answer] = Object.values(z.record(z.string(), Answer).parse(data));
    return answer ?? ALONE;
  }
}
