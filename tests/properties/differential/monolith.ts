import {
  execute,
  isListType,
  isNonNullType,
  isObjectType,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
} from "graphql";
import { computedOf, known, requiredBy, ROOT, type Facts } from "./facts.ts";
import type { Thing } from "./things.ts";
import { selectionsOf } from "./random-split.ts";

export type Path = readonly (string | number)[];

/** What one server with everything in it answers, and what there is to know about its errors. */
export interface Judged {
  readonly data: ExecutionResult["data"];
  /** Where its errors stand: of those that null the same place, at least one. */
  readonly errors: readonly Path[];
  /** Every place that fails, whether or not a null that bubbled hides it, with the code of its error where it has one. */
  readonly failing: ReadonlyMap<string, string | undefined>;
  /** Where a field fails that nobody asked for, but that one is computed of which was. */
  readonly beneath: ReadonlySet<string>;
  /** Whether a field is computed of an object that was asked for as well, and that a null within took away. */
  readonly takenAway: boolean;
}

/** A plain graphql-js server over all facts: it knows no subgraphs, and nothing is planned. */
export class Monolith {
  readonly #schema: GraphQLSchema;
  readonly #nullable: GraphQLSchema;
  readonly #facts: Facts;

  /** @param nullable the same schema without `!` at what is given */
  constructor(schema: GraphQLSchema, nullable: GraphQLSchema, facts: Facts) {
    this.#schema = schema;
    this.#nullable = nullable;
    this.#facts = facts;
  }

  judge(
    document: DocumentNode,
    operationName: string | undefined,
    variables: Readonly<Record<string, unknown>>,
  ): Judged {
    const failing = new Map<string, string | undefined>();
    const beneath = new Set<string>();
    const computed: { path: Path; thing: Thing; requires: string }[] = [];
    const run = (schema: GraphQLSchema, met: (value: unknown, info: GraphQLResolveInfo) => void) =>
      execute({
        schema,
        document,
        ...(operationName === undefined ? {} : { operationName }),
        variableValues: variables,
        rootValue: ROOT,
        typeResolver: (thing: Thing) => thing.__typename,
        fieldResolver: (thing: Thing, args: Record<string, unknown>, _context, info) => {
          const path = pathOf(info.path);
          const around = path.slice(0, -1);
          const missing = (inner: readonly string[]): void =>
            void beneath.add(keyOf([...around, ...inner]));
          const name = info.fieldName;
          const requires = requiredBy(thing.__typename, name);
          if (requires !== undefined) computed.push({ path: around, thing, requires });
          const value = known(this.#facts, this.#schema, { thing, name, args, missing });
          met(value, info);
          return value;
        },
      }) as ExecutionResult;
    const strict = run(this.#schema, () => {});
    // A null that bubbles ends an execution before it has come by everything; nothing does where everything is nullable.
    const whole = run(this.#nullable, (value, info) => {
      const type = this.#schema.getType(info.parentType.name);
      if (!isObjectType(type)) return;
      for (const path of missingIn(
        value,
        type.getFields()[info.fieldName]!.type,
        pathOf(info.path),
      ))
        failing.set(keyOf(path), undefined);
    });
    for (const { path, extensions } of whole.errors ?? [])
      failing.set(keyOf(path ?? []), extensions["code"] as string | undefined);
    return {
      data: strict.data ?? null,
      errors: (strict.errors ?? []).map(({ path }) => path ?? []),
      failing,
      beneath,
      takenAway: computed.some((each) => this.#isTakenAway(strict.data, each)),
    };
  }

  #isTakenAway(
    data: unknown,
    { path, thing, requires }: { path: Path; thing: Thing; requires: string },
  ): boolean {
    if (valueAt(data, path) === null) return false;
    const set = selectionsOf(requires);
    const inputs = computedOf(this.#facts, this.#schema, thing, set, () => {});
    return Object.entries(inputs).some(
      ([name, input]) =>
        typeof input === "object" && input !== null && valueAt(data, [...path, name]) === null,
    );
  }
}

/** Where a value is null that must not be. */
function missingIn(value: unknown, type: GraphQLOutputType, path: Path): Path[] {
  if (isNonNullType(type))
    return value === null ? [path] : missingIn(value, type.ofType as GraphQLOutputType, path);
  if (!isListType(type) || !Array.isArray(value)) return [];
  return value.flatMap((item, index) =>
    missingIn(item, type.ofType as GraphQLOutputType, [...path, index]),
  );
}

/** What stands at a path; null where a null stands on the way, undefined where there is no such place. */
export function valueAt(data: unknown, path: Path): unknown {
  let value: unknown = data;
  for (const key of path) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, key))
      return value === null ? null : undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

export function keyOf(path: Path): string {
  return JSON.stringify(path);
}

function pathOf(path: GraphQLResolveInfo["path"]): Path {
  const keys: (string | number)[] = [];
  for (let at: GraphQLResolveInfo["path"] | undefined = path; at !== undefined; at = at.prev)
    keys.unshift(at.key);
  return keys;
}
