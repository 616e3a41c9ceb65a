import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Limits, Permit } from "@truc/contracts";

const FOLDER = join(import.meta.dirname, "rows");

/** Columns that every row of a table has alike, and the rows with what is their own. */
interface FixtureTable {
  every?: Record<string, unknown>;
  rows: Record<string, unknown>[];
}

/** One question and what is answered to it. */
export interface RowStep {
  variables?: Record<string, unknown>;
  /** Where it differs from the case's. */
  limits?: Partial<Limits>;
  data: unknown;
  /** The codes of the errors, in the answer's order; none when left out. */
  errors?: string[];
  /** Puts a value of the answer's data (its path, with dots) under a name for the steps that follow. */
  keep?: Record<string, string>;
  /**
   * Variables that name a row which does not exist in place of one that is refused: the answer and the SQL statements
   * must be the same.
   */
  absent?: Record<string, unknown>;
}

/** One row case; a case without `steps` is its own only step. */
export interface RowCase extends Partial<RowStep> {
  title: string;
  /** What differs from no limits and `linked: 0`. */
  limits?: Partial<Limits>;
  pins?: string[];
  self?: string;
  /** Where the permit says that the fetch lies; 0. */
  distance?: number;
  /** Every scope of the register when left out. */
  scopes?: string[];
  operation: string;
  steps?: RowStep[];
}

/** The row cases of one register, over rows of their own. */
export interface RowTable {
  register: string;
  /** What stands in place of a text that is `@` and the name. */
  names: Record<string, string>;
  /** By table, in the order in which they are filled. */
  fixture: Record<string, FixtureTable>;
  cases: RowCase[];
}

/** Every file of rows/, one a register. */
export function readRowTables(): RowTable[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".json"))
    .toSorted()
    .map((file) => JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as RowTable);
}

/** The rows of a fixture, whole, by table. */
export function rowsOf({ fixture, names }: RowTable): [table: string, Record<string, unknown>[]][] {
  return Object.entries(fixture).map(([table, { every = {}, rows }]) => [
    table,
    rows.map((row) => named({ ...every, ...row }, names)),
  ]);
}

/** The steps of a case; a case without is its own only one. */
export function stepsOf(given: RowCase): RowStep[] {
  if (given.steps !== undefined) return given.steps;
  const { data, variables, errors, absent } = given;
  return [
    {
      data,
      ...(variables && { variables }),
      ...(errors && { errors }),
      ...(absent && { absent }),
    },
  ];
}

/** What the permit of a step says. */
export function claimsOf(
  { limits, pins, self, distance = 0, scopes }: RowCase,
  step: RowStep,
): Partial<Permit> {
  return {
    limits: { subjects: "any", search: true, linked: 0, ...limits, ...step.limits },
    distance,
    ...(pins && { pins }),
    ...(self !== undefined && { self }),
    ...(scopes && { scopes }),
  };
}

/**
 * A value with every text `@name` replaced by what is under the name, and `@years-ago N` by that day in Viet Nam.
 * @throws where a name is not known
 */
export function named<T>(value: T, names: Readonly<Record<string, string>>): T {
  return JSON.parse(JSON.stringify(value), (_key, inner: unknown) => {
    if (typeof inner !== "string" || !inner.startsWith("@")) return inner;
    const years = /^@years-ago (\d+)$/.exec(inner);
    if (years !== null) return yearsAgo(Number(years[1]));
    const known = names[inner.slice(1)];
    if (known === undefined) throw new Error(`${inner} is the name of nothing`);
    return known;
  }) as T;
}

function yearsAgo(years: number): string {
  const day = new Date(Date.now() + 7 * 3_600_000);
  day.setUTCFullYear(day.getUTCFullYear() - years);
  return day.toISOString().slice(0, 10);
}

/** The value at a path with dots. */
export function valueAt(data: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | null)?.[key], data);
}
