import type { AuditContext } from "@truc/contracts";
import type { FieldRules } from "./field-rules.ts";
import type { Period } from "./period.ts";
import { type CodeSums, type ContextSums, fieldsOf } from "./read-sums.ts";

/** Who asked, and what for. */
export interface Asker {
  readonly agency: string | null;
  readonly system: string | null;
  readonly purpose: string | null;
}

/** How much one of them read. */
export interface Consumer extends Asker {
  readonly requests: number;
  readonly objects: number;
  readonly bytes: number;
}

/** How often one of them was refused for one reason. */
export interface RegisterRefusals extends Asker {
  readonly code: string;
  readonly requests: number;
}

/** Who read a register, and who was refused. */
export interface RegisterUse extends Period {
  readonly register: string;
  readonly requests: number;
  readonly objects: number;
  readonly bytes: number;
  readonly refused: number;
  readonly topByRequests: readonly Consumer[];
  readonly topByObjects: readonly Consumer[];
  readonly refusals: readonly RegisterRefusals[];
}

export interface RegisterUseInput {
  readonly register: string;
  readonly period: Period;
  readonly sums: readonly ContextSums[];
  readonly codes: readonly CodeSums[];
  readonly contexts: ReadonlyMap<string, AuditContext>;
  readonly rules: FieldRules;
}

/** How many consumers, and how many kinds of refusals, a report names. */
export const MOST_CONSUMERS = 20;
export const MOST_REFUSALS = 50;

/** Puts together who read what of a register. */
export function registerUse(input: RegisterUseInput): RegisterUse {
  const { register, period, sums, codes, contexts } = input;
  const touches = new Touches(input.rules, register);
  const consumers = new Map<string, Consumer>();
  for (const { digest, requests, refused, objects, bytes } of sums) {
    const context = contexts.get(digest);
    if (context === undefined || !touches.read(context)) continue;
    const key = keyOf(context);
    const known = consumers.get(key) ?? { ...askerOf(context), requests: 0, objects: 0, bytes: 0 };
    consumers.set(key, {
      ...known,
      requests: known.requests + requests - refused,
      objects: known.objects + objects,
      bytes: known.bytes + bytes,
    });
  }
  const refusals = new Map<string, RegisterRefusals>();
  for (const { digest, outcome, code, requests } of codes) {
    const context = contexts.get(digest);
    if (context === undefined || !touches.refused(context, outcome)) continue;
    const key = `${keyOf(context)} ${code}`;
    const known = refusals.get(key) ?? { ...askerOf(context), code, requests: 0 };
    refusals.set(key, { ...known, requests: known.requests + requests });
  }
  const all = [...consumers.values()].filter(({ requests }) => requests > 0);
  return {
    register,
    ...period,
    requests: sumOf(all, "requests"),
    objects: sumOf(all, "objects"),
    bytes: sumOf(all, "bytes"),
    refused: sumOf([...refusals.values()], "requests"),
    topByRequests: mostOf(all, "requests").slice(0, MOST_CONSUMERS),
    topByObjects: mostOf(all, "objects").slice(0, MOST_CONSUMERS),
    refusals: mostOf([...refusals.values()], "requests").slice(0, MOST_REFUSALS),
  };
}

/** What of a context concerns a register. */
class Touches {
  readonly #rules: FieldRules;
  readonly #register: string;
  /** Coordinates are few, contexts many. */
  readonly #known = new Map<string, boolean>();

  constructor(rules: FieldRules, register: string) {
    this.#rules = rules;
    this.#register = register;
  }

  /** Whether requests under it read something of the register. */
  read(context: AuditContext): boolean {
    return context.decision !== "refused" && fieldsOf(context).some((each) => this.#is(each));
  }

  /** Whether what was refused of them was the register's: all they asked for, or the fields that were left out. */
  refused(context: AuditContext, outcome: CodeSums["outcome"]): boolean {
    const left = context.refused.some((each) => this.#is(each));
    return left || (outcome === "refused" && fieldsOf(context).some((each) => this.#is(each)));
  }

  #is(coordinate: string): boolean {
    let known = this.#known.get(coordinate);
    if (known === undefined) {
      known = this.#rules.registersOf(coordinate).includes(this.#register);
      this.#known.set(coordinate, known);
    }
    return known;
  }
}

function askerOf({ agency, system, purpose }: AuditContext): Asker {
  return { agency, system, purpose };
}

function keyOf({ agency, system, purpose }: AuditContext): string {
  return JSON.stringify([agency, system, purpose]);
}

function sumOf<K extends string>(rows: readonly Record<K, number>[], name: K): number {
  return rows.reduce((sum, row) => sum + row[name], 0);
}

/** The greatest first; those that are equal by who asked, so that a report is the same each time. */
function mostOf<K extends string, R extends Record<K, number> & Asker & { code?: string }>(
  rows: readonly R[],
  name: K,
): R[] {
  const place = ({ agency, system, purpose, code }: R): string =>
    JSON.stringify([agency, system, purpose, code]);
  return rows.toSorted((a, b) => b[name] - a[name] || (place(a) < place(b) ? -1 : 1));
}
