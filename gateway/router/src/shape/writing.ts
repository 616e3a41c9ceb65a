import { GraphQLError } from "graphql";
import { MAX_ERRORS, type FieldErrors } from "../execute/field-errors.ts";
import type { Path } from "../execute/places.ts";
import type { Hiding } from "./not-shown.ts";

/** One answer while it is written. */
export class Writing {
  /** The operation's variables, coerced. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly errors: FieldErrors;
  /** Objects that come back as null, whose errors say why. */
  readonly withheld: ReadonlySet<unknown>;
  readonly hiding: Hiding;
  /** Whether every object shows that there is. */
  readonly open: boolean;
  /** What has failed, as far as it is told. */
  readonly failures: GraphQLError[] = [];
  /** The keys and indices on the way to what is being written; what it is deep in says how many of them count. */
  readonly at: (string | number)[] = [];
  /** What the value that was written last costs, where it is one of a field that costs anything. */
  cost = 0;
  /** Whether there was an object whose type nobody named: then only all its fields together tell what it costs. */
  untyped = false;

  constructor(given: Pick<Writing, "values" | "errors" | "withheld" | "hiding">) {
    this.values = given.values;
    this.errors = given.errors;
    this.withheld = given.withheld;
    this.hiding = given.hiding;
    this.open = given.withheld.size === 0 && given.hiding.hidden.size === 0;
  }

  path(depth: number): Path {
    return this.at.slice(0, depth);
  }

  /** Whether more has failed than is told. */
  get isLost(): boolean {
    return this.failures.length >= MAX_ERRORS;
  }

  /** Something failed here: what stands around it is null, up to the nearest place that may be. */
  fail(message: string, depth: number): undefined {
    if (!this.isLost) this.failures.push(new GraphQLError(message, { path: this.path(depth) }));
    return undefined;
  }
}

/**
 * Writes a value as JSON, an octet text. A value that must not be null and cannot be anything else gives undefined: the null
 * bubbles.
 * @param depth how many keys and indices lead to it
 */
export type WriteValue = (writing: Writing, value: unknown, depth: number) => string | undefined;
