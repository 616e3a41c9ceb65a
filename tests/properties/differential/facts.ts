import {
  getArgumentValues,
  GraphQLError,
  isListType,
  isNonNullType,
  isObjectType,
  isInterfaceType,
  isUnionType,
  isAbstractType,
  isEnumType,
  Kind,
  parseType,
  typeFromAST,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from "graphql";
import { ENTITY_INTERFACE, TYPES } from "./catalogue.ts";
import { selectionsOf } from "./random-split.ts";
import { COUNT, keyValue, lookedUp, pick, type Arguments, type Thing } from "./things.ts";

/** How often, in a thousand, a field fails, and what must not be null is. */
export interface Faults {
  readonly fail: number;
  readonly nulls: number;
}

/** The code of errors that say on purpose what is the matter; the others are nobody's business. */
export const TOLD = "FACT_MISSING";

/** The thing at the root. */
export const ROOT: Thing = { __typename: "Query", id: "" };

const TEXTS = [
  "plain",
  "",
  'quo"te and back\\slash',
  '"}],{"data":[null',
  "line\nbreak\ttab \u0000 \u2028",
  "Đỗ Thị Hường",
  "\ud83d\ude80 and half \ud83d",
  "__proto__",
  "null",
] as const;
const VALUES = [
  { __proto__: 1, a: [null, { __typename: "Book" }] },
  JSON.parse('{"__proto__": {"constructor": 1}, "data": [[], {}], "id": "x"}') as object,
  [],
  [[1, -0.5], "]}", null],
  "text",
  0,
  true,
] as const;
const FLOATS = [0, -0, 0.1, 1e100, -12.5, 3, 5e-324, 123456789.125] as const;

/**
 * The facts of an invented world: every field of every thing has a value, or fails, as follows from names alone, so
 * that any number of servers can answer for it without sharing a row. Fields that are in a key never fail, and
 * entities exist for all servers or for none.
 */
export class Facts {
  readonly #schema: GraphQLSchema;
  readonly #salt: number;
  readonly #faults: Faults;

  /** @param schema with all types, and `!` where it belongs */
  constructor(schema: GraphQLSchema, salt: number, faults: Faults) {
    this.#schema = schema;
    this.#salt = salt;
    this.#faults = faults;
  }

  /**
   * @param inputs of a field that is computed: what it is computed of, as it was handed over
   * @throws where the field fails
   */
  valueOf(thing: Thing, name: string, args: Arguments, inputs?: unknown): unknown {
    const key = keyValue(thing, name);
    if (key !== undefined) return key;
    const path = `${thing.__typename}/${thing.id}.${name}(${JSON.stringify(args)})`;
    if (this.#draw(`${path}!`, 1_000) < this.#faults.fail) throw failure(path, this.#draw(path, 3));
    if (inputs !== undefined) return this.#computed(this.#typeOf(thing, name), inputs);
    if (thing === ROOT) {
      const found = lookedUp(name, args);
      if (found === null || (found !== undefined && this.#draw(`${path}?`, 12) > 0)) return found;
      if (name === "echo") return JSON.stringify(args);
    }
    return this.#wrapped(this.#typeOf(thing, name), path);
  }

  #typeOf({ __typename }: Thing, name: string): GraphQLOutputType {
    const type = this.#schema.getType(__typename);
    if (!isObjectType(type)) throw new Error(`there is no ${__typename}`);
    const really = TYPES.get(__typename)?.fields.find((each) => each.name === name)?.really;
    return really === undefined
      ? type.getFields()[name]!.type
      : (typeFromAST(this.#schema, parseType(really)) as GraphQLOutputType);
  }

  /** Each value has its reason in what it is computed of. */
  #computed(type: GraphQLOutputType, inputs: unknown): unknown {
    const text = `of ${JSON.stringify(inputs)}`;
    if (String(type) === "String") return text;
    if (String(type) === "Int") return this.#draw(text, 1_000);
    return this.#wrapped(type, text);
  }

  #wrapped(type: GraphQLOutputType, path: string): unknown {
    if (isNonNullType(type)) {
      const isNull = this.#draw(`${path}0`, 1_000) < this.#faults.nulls;
      return isNull ? null : this.#present(type.ofType as GraphQLOutputType, path);
    }
    return this.#draw(`${path}?`, 100) < 10 ? null : this.#present(type, path);
  }

  #present(type: GraphQLOutputType, path: string): unknown {
    if (!isListType(type)) return this.#named(type as GraphQLNamedType, path);
    return Array.from({ length: this.#draw(`${path}#`, 4) }, (_, index) => {
      const item = `${path}[${index}]`;
      if (this.#draw(`${item}!`, 1_000) < this.#faults.fail / 4)
        return failure(item, this.#draw(item, 3));
      return this.#wrapped(type.ofType as GraphQLOutputType, item);
    });
  }

  #named(type: GraphQLNamedType, path: string): unknown {
    if (isInterfaceType(type) || isUnionType(type)) {
      const possible = this.#schema.getPossibleTypes(type).map(({ name }) => name);
      return this.#thing(pick(possible.toSorted(), this.#draw(`${path}:`, possible.length)), path);
    }
    if (isObjectType(type)) return this.#thing(type.name, path);
    const drawn = this.#draw(path, 1_000_003);
    if (isEnumType(type)) return pick(type.getValues(), drawn).value;
    if (type.name === "Int") return (drawn % 2_001) - 1_000;
    if (type.name === "Float") return pick(FLOATS, drawn);
    if (type.name === "Json") return pick(VALUES, drawn);
    if (type.name === "String") return `${pick(TEXTS, drawn)} ${drawn % 97}`;
    throw new Error(`no values of ${type.name}`);
  }

  #thing(type: string, path: string): Thing {
    const isEntity = TYPES.get(type)?.keys !== undefined;
    const drawn = this.#draw(`${path}=`, isEntity ? COUNT : 2 ** 32);
    return { __typename: type, id: isEntity ? `${type}:${drawn}` : drawn.toString(36) };
  }

  /** FNV-1a and a finish that mixes it. */
  #draw(name: string, below: number): number {
    let hash = this.#salt ^ 0x811c9dc5;
    for (let index = 0; index < name.length; index++)
      hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return ((hash ^ (hash >>> 16)) >>> 0) % below;
  }
}

/** A place that fails while something is computed, from the computed field's object on. */
export type Missing = (path: readonly string[]) => void;

/**
 * What a field is computed of: a field set's values by their names.
 * @param missing is told of each that fails: it counts as null
 */
export function computedOf(
  facts: Facts,
  schema: GraphQLSchema,
  thing: Thing,
  { selections }: SelectionSetNode,
  missing: Missing,
): Record<string, unknown> {
  const inputs: Record<string, unknown> = {};
  for (const node of selections) {
    if (node.kind !== Kind.FIELD) continue;
    const name = node.name.value;
    const type = schema.getType(thing.__typename);
    if (!isObjectType(type)) throw new Error(`there is no ${thing.__typename}`);
    const args = getArgumentValues(type.getFields()[name]!, node);
    let value: unknown;
    try {
      value = known(facts, schema, { thing, name, args, missing });
    } catch {
      missing([name]);
      value = null;
    }
    inputs[name] =
      node.selectionSet === undefined || value === null
        ? value
        : computedOf(facts, schema, value as Thing, node.selectionSet, (path) =>
            missing([name, ...path]),
          );
  }
  return inputs;
}

/** The value of any field, of those that are computed as well. @throws where it fails */
export function known(
  facts: Facts,
  schema: GraphQLSchema,
  { thing, name, args, missing }: { thing: Thing; name: string; args: Arguments; missing: Missing },
): unknown {
  const requires = requiredBy(thing.__typename, name);
  const inputs =
    requires === undefined
      ? undefined
      : computedOf(facts, schema, thing, selectionsOf(requires), missing);
  return facts.valueOf(thing, name, args, inputs);
}

/** The field set from which a field of a type is computed, by itself or as its interface has it. */
export function requiredBy(type: string, name: string): string | undefined {
  const facts = TYPES.get(type);
  const own = facts?.fields.find((each) => each.name === name);
  if (own !== undefined) return own.requires;
  if (facts?.implements?.includes(ENTITY_INTERFACE) !== true) return undefined;
  return TYPES.get(ENTITY_INTERFACE)!.fields.find((each) => each.name === name)?.requires;
}

/** The name of the type by which a schema knows a thing. */
export function typeIn(schema: GraphQLSchema, { __typename }: Thing, around: unknown): string {
  if (isObjectType(schema.getType(__typename))) return __typename;
  const known = schema.getType(ENTITY_INTERFACE);
  if (isAbstractType(around) && isObjectType(known)) return ENTITY_INTERFACE;
  throw new Error(`${__typename} is unknown here`);
}

function failure(path: string, kind: number): Error {
  return kind > 0
    ? new GraphQLError(`Not known: ${path}`, { extensions: { code: TOLD } })
    : new Error(`internal: ${path}`);
}
