import { catalogueError } from "@truc/contracts";
import { GraphQLError, locatedError } from "graphql";
import type { OperationContext } from "../operation-context.ts";
import type { CompiledOperation } from "./compile-operation.ts";
import type { FieldFacts } from "./field-info.ts";
import { pathTo, type Place } from "./place.ts";

export type Arguments = Readonly<Record<string, unknown>>;

/** The router reads no more errors of one answer; what fails beyond is null without a word. */
export const MAX_ERRORS = 2_000;
/** Errors are made where something fails and noted where null then stands, so that some are never told. */
const MAX_MADE = 2 * MAX_ERRORS;
/** Stands for every further one: with a path of its own, none is made of it for each place. */
const FURTHER = catalogueError("INTERNAL_SERVER_ERROR", { path: [] });

/** One execution of a compiled operation: what is under way, and what failed. */
export class Run {
  readonly operation: CompiledOperation;
  readonly context: OperationContext;
  readonly variables: Readonly<Record<string, unknown>>;
  /** By the number of a field: its arguments, which are the same for every object that holds it. */
  readonly args: (Arguments | undefined)[] = [];
  readonly errors: GraphQLError[] = [];
  /** Where null stands in place of what failed; undefined stands for the whole answer. */
  readonly #nulled = new Set<Place | undefined>();
  #made = 0;
  /** Values that have not come yet, and the root itself while it is being begun. */
  #awaited = 1;
  #settled: () => void = () => {};
  /** Resolves when everything has come. */
  readonly settled: Promise<void>;

  constructor(
    operation: CompiledOperation,
    context: OperationContext,
    variables: Readonly<Record<string, unknown>>,
  ) {
    this.operation = operation;
    this.context = context;
    this.variables = variables;
    this.settled = new Promise((resolve) => (this.#settled = resolve));
  }

  /** Whether nobody waits for the answer any more: the operation has had its share. */
  get isOver(): boolean {
    return this.context.refusal !== undefined;
  }

  await(): void {
    this.#awaited++;
  }

  came(): void {
    if (--this.#awaited === 0) this.#settled();
  }

  /**
   * Null in place of a value that failed, its error noted.
   * @throws GraphQLError, with its place, where null may not stand there
   */
  failed(raw: unknown, facts: FieldFacts, place: Place, nullable: boolean): null {
    const error = this.located(raw, facts, place);
    if (!nullable) throw error;
    this.note(error, place);
    return null;
  }

  /** What failed as an error of its place: one for each, as long as it may be told. */
  located(raw: unknown, { fieldNodes }: FieldFacts, place: Place): GraphQLError {
    this.#made += 1;
    return this.#made > MAX_MADE ? FURTHER : locatedError(raw, fieldNodes, pathTo(place));
  }

  /** Notes an error for which null stands at a place; below a null that stands already there is nothing to tell. */
  note(error: unknown, place: Place | undefined): void {
    // Where null stands for everything there is one error at least.
    if (this.errors.length >= (error === FURTHER ? 1 : MAX_ERRORS)) return;
    for (let step = place; step !== undefined; step = step.prev) {
      if (this.#nulled.has(step)) return;
    }
    if (this.#nulled.has(undefined)) return;
    this.#nulled.add(place);
    this.errors.push(error instanceof GraphQLError ? error : locatedError(error, undefined));
  }
}
