import { Refusal, SUBJECT_SETS_PURPOSE, UNLIMITED } from "@truc/contracts";
import type { Logger } from "pino";
import * as z from "zod";
import { ByteAllowance } from "../execute/byte-allowance.ts";
import { endingIn } from "../execute/ending.ts";
import {
  AnswerTooLarge,
  RegisterUnavailable,
  type FetchCounts,
  type MeasuredAnswer,
  type SubgraphClients,
  type SubgraphFetch,
} from "../execute/subgraph-clients.ts";
import type { IncomingRequest } from "../incoming-request.ts";
import { refuseUnrecordable, type Recording } from "../record.ts";
import type { Digests } from "../record/digests.ts";
import { recordSubjectSet } from "../record/record-subject-set.ts";
import type { Federation } from "../supergraph/federation.ts";
import { SharedAnswers } from "./shared-answers.ts";

/** The operation that says whose records belong to a person: `subjectSets` of federation.yaml. */
export interface SubjectSetsOperation {
  readonly subgraph: string;
  /** With one variable, `$citizen`, and one root field that answers `{household: [PIN], wards: [PIN]}`. */
  readonly operation: string;
  /** What the operation needs to be answered. */
  readonly scopes: readonly string[];
  /** The entity type whose keys these PINs are. */
  readonly entity: string;
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
  readonly #digests: Digests;
  readonly #recording: Recording;
  readonly #log: Logger;
  readonly #answers = new SharedAnswers<SubjectSet>();

  constructor(parts: {
    operation: SubjectSetsOperation;
    clients: SubgraphClients;
    federation: Federation;
    digests: Digests;
    recording: Recording;
    log: Logger;
  }) {
    this.#operation = parts.operation;
    this.#clients = parts.clients;
    this.#federation = parts.federation;
    this.#digests = parts.digests;
    this.#recording = parts.recording;
    this.#log = parts.log;
  }

  /** @throws Refusal AUDIT_UNAVAILABLE where it cannot be put on record that it was asked */
  async of(pin: string, request: IncomingRequest): Promise<SubjectSet> {
    return await this.#answers.get(pin, async () => {
      try {
        return { value: await this.#ask(pin, request), seconds: KEPT_SECONDS };
      } catch (error) {
        if (error instanceof Refusal) throw error;
        const { requestId } = request;
        const reason = error instanceof Error ? error.message : String(error);
        this.#log.warn({ requestId, reason }, "a person's household is not known");
        return { value: ALONE, seconds: KEPT_WHILE_DOWN_SECONDS };
      }
    });
  }

  /** What was read is on record before anything is made of it. */
  async #ask(pin: string, request: IncomingRequest): Promise<SubjectSet> {
    const supergraph = this.#federation.present;
    const { subgraph } = this.#operation;
    const url = supergraph.subgraphs.get(subgraph)?.url;
    if (url === undefined) throw new Error("the supergraph has no such register");
    refuseUnrecordable({ recording: this.#recording });
    const counts: FetchCounts = { asked: new Map(), failed: new Map() };
    const asked = { operation: this.#operation, pin, request, supergraph, counts, at: new Date() };
    const digest = this.#digests.ofText(this.#operation.operation, asked.at.getTime());
    const house = { recording: this.#recording, digests: this.#digests };
    try {
      const answer = await this.#fetch(pin, request, { url, digest, counts });
      const set = setIn(answer);
      await recordSubjectSet({ ...asked, digest, answer, set }, house);
      if (set === undefined) throw new Error("it answered with errors, or something else");
      return set;
    } catch (error) {
      if (error instanceof RegisterUnavailable || error instanceof AnswerTooLarge)
        await recordSubjectSet({ ...asked, digest, answer: error, set: undefined }, house);
      throw error;
    }
  }

  async #fetch(
    pin: string,
    request: IncomingRequest,
    own: Pick<SubgraphFetch, "url" | "digest" | "counts">,
  ): Promise<MeasuredAnswer> {
    const { subgraph, operation, scopes } = this.#operation;
    return await this.#clients.fetch(subgraph, {
      ...own,
      query: operation,
      mutation: false,
      operationName: undefined,
      variables: { citizen: pin },
      request,
      permit: {
        scopes,
        limits: UNLIMITED,
        distance: 0,
        system: "router",
        purpose: SUBJECT_SETS_PURPOSE,
      },
      ending: endingIn(DEADLINE_MS),
      allowance: new ByteAllowance(MAX_BYTES),
    });
  }
}

/** Undefined where it is none. */
function setIn({ data, errors }: MeasuredAnswer): SubjectSet | undefined {
  if (errors !== undefined && errors.length > 0) return undefined;
  const parsed = z.record(z.string(), Answer).safeParse(data);
  if (!parsed.success) return undefined;
  const [answer] = Object.values(parsed.data);
  return answer ?? ALONE;
}
