import {
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";

/** What random operations are drawn from. */
export interface OperationSource {
  schema: GraphQLSchema;
  /** From 0 up to 1, as Math.random. */
  random: () => number;
  /** Values by the name of their scalar, as JSON; of what is absent, texts and numbers are made up. */
  values: Readonly<Record<string, readonly unknown[]>>;
  /** What `_entities` is asked for. */
  representations: readonly Readonly<Record<string, unknown>>[];
}

export interface RandomOperation {
  query: string;
  variables: Record<string, unknown>;
}

const MAX_DEPTH = 5;

/**
 * Draws a query over a schema: aliases, fields asked for twice, fragments named and not, conditions, variables, defaults
 * and literals. Nearly all are valid; who sends them leaves out the rest.
 */
export function randomOperation(source: OperationSource): RandomOperation {
  return new Draw(source).operation();
}

/** Numbers that a seed decides: mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Draw {
  readonly #source: OperationSource;
  readonly #variables: Record<string, unknown> = {};
  readonly #definitions: string[] = [];
  readonly #fragments: string[] = [];
  #names = 0;

  constructor(source: OperationSource) {
    this.#source = source;
  }

  operation(): RandomOperation {
    const selections = this.#selections(this.#source.schema.getQueryType()!, 0);
    const head = this.#definitions.length === 0 ? "query" : `query(${this.#definitions.join(" ")})`;
    return {
      query: `${head} ${selections} ${this.#fragments.join(" ")}`,
      variables: this.#variables,
    };
  }

  #chance(share: number): boolean {
    return this.#source.random() < share;
  }

  #oneOf<T>(values: readonly T[]): T {
    return values[Math.floor(this.#source.random() * values.length)]!;
  }

  #selections(type: GraphQLNamedType, depth: number): string {
    const count =
      depth === 0
        ? 1 + Math.floor(this.#source.random() * 2)
        : 1 + Math.floor(this.#source.random() * 5);
    const drawn = Array.from({ length: count }, () => this.#selection(type, depth));
    return `{ ${drawn.join(" ")} }`;
  }

  #selection(type: GraphQLNamedType, depth: number): string {
    const { schema } = this.#source;
    const fields = isObjectType(type) || isInterfaceType(type) ? fieldsOf(type, depth) : [];
    if (isAbstractType(type) && (fields.length === 0 || this.#chance(0.6))) {
      const possible = this.#oneOf(schema.getPossibleTypes(type));
      return this.#fragment(possible, depth, possible.name);
    }
    if (depth > 0 && this.#chance(0.12)) return this.#fragment(type, depth, type.name);
    if (depth > 0 && this.#chance(0.06))
      return `... ${this.#condition()} ${this.#selections(type, depth + 1)}`;
    if (fields.length === 0 || this.#chance(0.08))
      return this.#chance(0.5) ? "__typename" : `${this.#name("t")}: __typename`;
    return this.#field(this.#oneOf(fields), depth);
  }

  #fragment(type: GraphQLNamedType, depth: number, on: string): string {
    if (this.#chance(0.6))
      return `... on ${on} ${this.#condition()} ${this.#selections(type, depth + 1)}`;
    const name = this.#name("F");
    this.#fragments.push(`fragment ${name} on ${on} ${this.#selections(type, depth + 1)}`);
    const spread = `...${name} ${this.#condition()}`;
    return this.#chance(0.3) ? `${spread} ...${name}` : spread;
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number): string {
    const { name } = field;
    const args = field.args.flatMap((argument) => this.#argument(name, argument));
    const type = getNamedType(field.type);
    const inner =
      isObjectType(type) || isAbstractType(type) ? ` ${this.#selections(type, depth + 1)}` : "";
    // Fields with arguments are told apart, so that two of them never disagree.
    const alias = args.length > 0 || this.#chance(0.15) ? `${this.#alias()}: ` : "";
    const call = `${alias}${name}${args.length > 0 ? `(${args.join(", ")})` : ""}`;
    const text = `${call} ${this.#condition()}${inner}`;
    return this.#chance(0.08) && inner !== ""
      ? `${text} ${call} ${this.#selections(type, depth + 1)}`
      : text;
  }

  #alias(): string {
    return this.#chance(0.05) ? this.#oneOf(["__proto__", "constructor"]) : this.#name("a");
  }

  #condition(): string {
    if (!this.#chance(0.12)) return "";
    const directive = this.#chance(0.5) ? "skip" : "include";
    const value = this.#chance(0.7);
    if (this.#chance(0.3)) return `@${directive}(if: ${value})`;
    const name = this.#name("c");
    if (this.#chance(0.2)) this.#definitions.push(`$${name}: Boolean = ${value}`);
    else {
      this.#definitions.push(`$${name}: Boolean!`);
      this.#variables[name] = value;
    }
    return `@${directive}(if: $${name})`;
  }

  #argument(field: string, { name, type, defaultValue }: GraphQLArgument): string[] {
    if (field === "_entities") {
      const count = Math.floor(this.#source.random() * 6);
      const known = this.#source.representations;
      const variable = this.#name("r");
      this.#definitions.push(`$${variable}: [_Any!]!`);
      this.#variables[variable] =
        known.length === 0 ? [] : Array.from({ length: count }, () => this.#oneOf(known));
      return [`${name}: $${variable}`];
    }
    const optional = !isNonNullType(type) || defaultValue !== undefined;
    if (optional && this.#chance(0.5)) return [];
    const value = this.#value(type);
    if (this.#chance(0.5)) return [`${name}: ${literal(value, type)}`];
    const variable = this.#name("v");
    this.#definitions.push(`$${variable}: ${String(type)}`);
    this.#variables[variable] = value;
    return [`${name}: $${variable}`];
  }

  #value(type: GraphQLInputType): unknown {
    if (isNonNullType(type)) return this.#value(type.ofType);
    if (this.#chance(0.05)) return null;
    return this.#present(type);
  }

  #present(type: GraphQLInputType): unknown {
    if (isListType(type)) {
      const count = Math.floor(this.#source.random() * 4);
      return Array.from({ length: count }, () => this.#presentOf(type.ofType));
    }
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(
        (field) => isNonNullType(field.type) || this.#chance(0.4),
      );
      return Object.fromEntries(fields.map((field) => [field.name, this.#presentOf(field.type)]));
    }
    const named = getNamedType(type);
    if (isEnumType(named)) return this.#oneOf(named.getValues()).name;
    const known = this.#source.values[named.name];
    if (known !== undefined && known.length > 0) return this.#oneOf(known);
    switch (named.name) {
      case "Int":
        return this.#oneOf([1, 2, 5, 50]);
      case "Float":
        return this.#oneOf([0.5, 3]);
      case "Boolean":
        return this.#chance(0.5);
      default:
        return this.#oneOf(["", "a", 'quote " and \\', "Nguyễn"]);
    }
  }

  #presentOf(type: GraphQLInputType): unknown {
    return this.#present(isNonNullType(type) ? type.ofType : type);
  }

  #name(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }
}

function fieldsOf(
  type: Extract<GraphQLNamedType, { getFields(): unknown }>,
  depth: number,
): GraphQLField<unknown, unknown>[] {
  const fields = Object.values(type.getFields()) as GraphQLField<unknown, unknown>[];
  return depth < MAX_DEPTH
    ? fields
    : fields.filter((field) => {
        const named = getNamedType(field.type);
        return !isObjectType(named) && !isAbstractType(named);
      });
}

/** A value as it is written in a document. */
function literal(value: unknown, type: GraphQLInputType): string {
  if (value === null) return "null";
  if (isNonNullType(type)) return literal(value, type.ofType);
  if (isListType(type) && Array.isArray(value))
    return `[${value.map((item) => literal(item, type.ofType)).join(", ")}]`;
  if (isInputObjectType(type)) {
    const fields = type.getFields();
    const members = Object.entries(value as object).map(
      ([name, member]) => `${name}: ${literal(member, fields[name]!.type)}`,
    );
    return `{${members.join(", ")}}`;
  }
  return isEnumType(type) ? (value as string) : JSON.stringify(value);
}
