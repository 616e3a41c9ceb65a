import { catalogueError } from "@truc/contracts";
import type { GraphQLError } from "graphql";
import type { FetchNode } from "../supergraph/planner.ts";
import { distanceOf } from "./distance.ts";
import { unavailable } from "./field-errors.ts";
import { emptyMap, type ResultMap } from "./merge.ts";
import { claimsOf } from "./permits.ts";
import type { Path } from "./places.ts";
import type { Compiling, ReaderOf } from "./plan-steps.ts";
import type { Run } from "./run.ts";
import {
  AnswerTooLarge,
  RegisterUnavailable,
  type MeasuredAnswer,
  type Representations,
} from "./subgraph-clients.ts";

/** What a subgraph answered, or the error of every field that it would have given. */
export type FetchOutcome = MeasuredAnswer | GraphQLError;

const NO_VARIABLES: ResultMap = Object.freeze(emptyMap());

/** One question of a plan to a subgraph: what of it is the same for every request, and how it is asked for one. */
export class AskedFetch {
  readonly node: FetchNode;
  /** How far it is from the caller's own look-up. */
  readonly distance: number;
  readonly #readerOf: ReaderOf | undefined;
  readonly #at: Path;
  readonly #url: string;
  readonly #variables: readonly string[];

  /** @param at the plan's path to what it gives */
  constructor(node: FetchNode, at: Path, compiling: Compiling) {
    const { supergraph, asked, name } = compiling;
    const { planner, entities } = supergraph;
    const { document } = asked;
    this.node = node;
    // What is not asked by representations is a look-up of the caller's own, wherever in the answer it stands.
    this.distance =
      node.requires === undefined
        ? 0
        : distanceOf({ schema: planner.schema, entities, document, name }, at, node.requires);
    // What reads its answers depends on what the caller asked, which requests that share the plan may differ in.
    this.#readerOf = compiling.readerOf;
    this.#at = at;
    this.#url = supergraph.subgraphs.get(node.serviceName)?.url ?? "";
    this.#variables = (node.variableUsages ?? []).filter(
      // Representations come out of answers: a caller's variable of that name is none.
      (each) => node.requires === undefined || each !== "representations",
    );
  }

  /**
   * Asks under the caller's permit. What a subgraph answers depends on the permit it was asked under, so nothing is
   * shared between requests.
   * @throws what is no failure of the subgraph's
   */
  async ask(run: Run, representations?: Representations): Promise<FetchOutcome> {
    const { operation } = run.plan;
    const { permit } = run.budget;
    const { node } = this;
    const mutation = node.operationKind === "mutation";
    const ending = mutation ? run.ending.changing : run.ending.reading;
    try {
      return await run.clients.fetch(node.serviceName, {
        url: this.#url,
        query: node.operation,
        mutation,
        operationName: node.operationName,
        variables: this.#variablesOf(operation.variables),
        representations,
        request: operation.request,
        permit: claimsOf(permit, this.distance),
        actor: permit.rights.actor,
        caseReference: permit.rights.caseReference,
        digest: operation.digest,
        ending,
        allowance: run.allowance,
        counts: run,
        reader: this.#readerOf?.(node, this.#at, run.plan),
      });
    } catch (error) {
      if (ending.ended) run.givenUp = true;
      return failureOf(error, node.serviceName);
    }
  }

  #variablesOf(given: Readonly<Record<string, unknown>>): ResultMap {
    if (this.#variables.length === 0) return NO_VARIABLES;
    const variables = emptyMap();
    for (const name of this.#variables)
      if (Object.hasOwn(given, name)) variables[name] = given[name];
    return variables;
  }
}

/** The error of every field a failed fetch would have given. @throws what is no failure of the subgraph's */
function failureOf(error: unknown, register: string): GraphQLError {
  if (error instanceof RegisterUnavailable) return unavailable(register, error.retry);
  if (error instanceof AnswerTooLarge) return tooLarge(register);
  throw error;
}

export function tooLarge(register: string): GraphQLError {
  return catalogueError("ANSWER_TOO_LARGE", { extensions: { register } });
}
