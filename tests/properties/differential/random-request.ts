import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from "graphql";
import type { Tape } from "../tape.ts";

const MAX_DEPTH = 5;
const MAX_INPUT_DEPTH = 3;

/** Response keys that mean something to JavaScript, to the router, or to a plan. */
const KEYS = [
  "x",
  "y",
  "__proto__",
  "constructor",
  "toString",
  "then",
  "toJSON",
  "hasOwnProperty",
  "length",
  "__typename",
  "id",
  "title",
  "name",
  "price",
  "size",
  "basedOn",
  "own_price",
  "price__1",
  "subject_0",
  "_entities",
  "data",
] as const;

/** What a client sends. */
export interface RandomRequest {
  readonly query: string;
  readonly operationName?: string;
  readonly variables: Record<string, unknown>;
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly declaration: string;
  /** Undefined where it is not sent. */
  readonly value: unknown;
}

/** A request that means something under the schema, though not always one that validates: fields may collide. */
export function randomRequest(schema: GraphQLSchema, tape: Tape): RandomRequest {
  return new Writer(schema, tape).write();
}

class Writer {
  readonly #schema: GraphQLSchema;
  readonly #tape: Tape;
  readonly #fragments: { name: string; on: string; text: string }[] = [];
  readonly #variables: Variable[] = [];

  constructor(schema: GraphQLSchema, tape: Tape) {
    this.#schema = schema;
    this.#tape = tape;
  }

  write(): RandomRequest {
    const tape = this.#tape;
    const selections = this.#selections(this.#schema.getQueryType()!, 0);
    const fragments = this.#fragments.map(
      ({ name, on, text }) => `fragment ${name} on ${on} ${text}`,
    );
    const declared = this.#variables.map(({ declaration }) => declaration);
    const head = declared.length === 0 ? "" : `(${declared.join(", ")})`;
    const hasCompany = tape.chance(10);
    const name = hasCompany || tape.chance(30) ? " Q" : "";
    const others = hasCompany ? ["query Other { __typename }"] : [];
    return {
      query: [`query${name}${head} ${selections}`, ...others, ...fragments].join("\n"),
      ...(hasCompany ? { operationName: "Q" } : {}),
      variables: Object.fromEntries(
        this.#variables.flatMap((each) =>
          each.value === undefined ? [] : [[each.name, each.value]],
        ),
      ),
    };
  }

  #selections(type: GraphQLNamedType, depth: number): string {
    const tape = this.#tape;
    const count = 1 + tape.below(depth === 0 ? 4 : 3);
    const parts = Array.from({ length: count }, () => this.#selection(type, depth));
    return `{ ${parts.join(" ")} }`;
  }

  #selection(type: GraphQLNamedType, depth: number): string {
    const tape = this.#tape;
    const condition = this.#condition();
    if (depth > 0 && depth < MAX_DEPTH && tape.chance(isAbstractType(type) ? 55 : 15)) {
      const on = this.#fragmentType(type);
      if (tape.chance(30)) return `...${this.#fragment(on, depth)}${condition}`;
      if (on.name === type.name && tape.chance(50))
        return `...${condition} ${this.#selections(type, depth + 1)}`;
      return `... on ${on.name}${condition} ${this.#selections(on, depth + 1)}`;
    }
    return this.#field(type, depth, condition);
  }

  #field(type: GraphQLNamedType, depth: number, condition: string): string {
    const tape = this.#tape;
    const isNamed = isObjectType(type) || isInterfaceType(type);
    const fields = !isNamed
      ? []
      : Object.values(type.getFields()).filter(
          (field) => depth < MAX_DEPTH || isLeafType(getNamedType(field.type)),
        );
    const alias = tape.chance(20) ? `${tape.pick(KEYS)}: ` : "";
    if (fields.length === 0 || tape.chance(8)) return `${alias}__typename${condition}`;
    const field = tape.pick(fields);
    const named = getNamedType(field.type);
    const inner = isLeafType(named) ? "" : ` ${this.#selections(named, depth + 1)}`;
    return `${alias}${field.name}${this.#arguments(field.args)}${condition}${inner}`;
  }

  #arguments(all: readonly GraphQLArgument[]): string {
    const tape = this.#tape;
    const given = all.filter(
      ({ type, defaultValue }) =>
        (isNonNullType(type) && defaultValue === undefined) || tape.chance(60),
    );
    if (given.length === 0) return "";
    return `(${given.map((each) => `${each.name}: ${this.#literal(each, each.type, 0)}`).join(", ")})`;
  }

  /** A value as text, with variables in it. @param of the argument or field that it is for */
  #literal(of: GraphQLArgument | GraphQLInputField, type: GraphQLInputType, depth: number): string {
    const tape = this.#tape;
    if (tape.chance(30)) {
      const hasDefault = type === of.type && of.defaultValue !== undefined;
      return `$${this.#variable(of.name, type, hasDefault).name}`;
    }
    if (!isNonNullType(type) && tape.chance(8)) return "null";
    const inner = getNullableType(type);
    if (isListType(inner)) {
      const item = inner.ofType as GraphQLInputType;
      // One value stands for a list of one.
      if (tape.chance(15)) return this.#literal(of, item, depth + 1).replace(/^\$.*|^null$/, "[]");
      const items = Array.from({ length: tape.below(3) }, () => this.#literal(of, item, depth + 1));
      return `[${items.join(", ")}]`;
    }
    if (isInputObjectType(inner)) {
      const fields = this.#inputFields(inner.getFields(), depth).map(
        (field) => `${field.name}: ${this.#literal(field, field.type, depth + 1)}`,
      );
      return `{${fields.join(", ")}}`;
    }
    const value = this.#leaf(of.name, getNamedType(inner));
    return isEnumType(inner) ? String(value) : JSON.stringify(value);
  }

  /** A value as JSON, for a variable. */
  #json(name: string, type: GraphQLInputType, depth: number): unknown {
    const tape = this.#tape;
    if (!isNonNullType(type) && tape.chance(8)) return null;
    const inner = getNullableType(type);
    if (isListType(inner))
      return Array.from({ length: tape.below(3) }, () =>
        this.#json(name, inner.ofType as GraphQLInputType, depth + 1),
      );
    if (isInputObjectType(inner))
      return Object.fromEntries(
        this.#inputFields(inner.getFields(), depth).map((field) => [
          field.name,
          this.#json(field.name, field.type, depth + 1),
        ]),
      );
    return this.#leaf(name, getNamedType(inner));
  }

  #inputFields(
    all: Readonly<Record<string, GraphQLInputField>>,
    depth: number,
  ): GraphQLInputField[] {
    return Object.values(all).filter(
      (field) =>
        (depth < MAX_INPUT_DEPTH || isLeafType(getNamedType(field.type))) && this.#tape.chance(35),
    );
  }

  #leaf(name: string, { name: type }: GraphQLNamedType): unknown {
    const tape = this.#tape;
    switch (type) {
      case "Int":
        return tape.below(5);
      case "Float":
        return tape.pick([1.5, 2, -0.25, 1e21]);
      case "Boolean":
        return tape.chance(50);
      case "ID":
        return tape.chance(8)
          ? 7
          : `${tape.pick(["Book", "Book", "Book", "Film", "Shop", "Song", "Video"])}:${tape.below(14)}`;
      case "Currency":
        return tape.pick(["USD", "VND", "EUR"]);
      case "Kind":
        return tape.pick(["PAPER", "DIGITAL"]);
      default:
        if (name === "isbn") return `isbn-${tape.below(13)}`;
        if (name === "country") return tape.pick(["VN", "LA", "KH", "XX"]);
        return tape.pick(["text", 'q"uo\\te', "Hường", "", "$x"]);
    }
  }

  /** @param hasDefault whether a null here falls back to something, so that the variable may be of a nullable type */
  #variable(name: string, type: GraphQLInputType, hasDefault: boolean): Variable {
    const tape = this.#tape;
    const text = String(hasDefault && isNonNullType(type) ? type.ofType : type);
    const earlier = this.#variables.filter((each) => each.type === text);
    if (earlier.length > 0 && tape.chance(40)) return tape.pick(earlier);
    const isNonNull = text.endsWith("!");
    const inner = getNullableType(type) as GraphQLInputType;
    const number = `v${this.#variables.length}`;
    // A default is a literal of its own; only those that look like JSON are written, apart from objects.
    const falls = isLeafType(inner) && !isEnumType(inner) && tape.chance(35);
    const fallback = falls ? ` = ${JSON.stringify(this.#leaf(name, inner))}` : "";
    const isSent = (isNonNull && !falls) || tape.chance(70);
    const found = {
      name: number,
      type: text,
      declaration: `$${number}: ${text}${fallback}`,
      value: isSent ? this.#json(name, isNonNull ? type : inner, 0) : undefined,
    };
    this.#variables.push(found);
    return found;
  }

  #condition(): string {
    const tape = this.#tape;
    if (!tape.chance(15)) return "";
    const word = tape.pick(["include", "skip"]);
    const other = tape.chance(10) ? ` @${word === "skip" ? "include" : "skip"}(if: true)` : "";
    return ` @${word}(if: ${tape.pick([...this.#switches(), "true", "false"])})${other}`;
  }

  /** Variables of its own, one of which may be left to its default. */
  #switches(): string[] {
    const tape = this.#tape;
    const all = [
      { name: "yes", type: "Boolean!", declaration: "$yes: Boolean!", value: true },
      { name: "no", type: "Boolean!", declaration: "$no: Boolean!", value: false },
      { name: "open", type: "Boolean", declaration: "$open: Boolean = true", value: undefined },
    ];
    const { name } = tape.pick(all);
    if (!this.#variables.some((each) => each.name === name))
      this.#variables.push(all.find((each) => each.name === name)!);
    return [`$${name}`, `$${name}`];
  }

  /** The type itself, one it may turn out to be, or another interface that such a one has. */
  #fragmentType(type: GraphQLNamedType): GraphQLNamedType {
    const tape = this.#tape;
    const possible = isAbstractType(type)
      ? [...this.#schema.getPossibleTypes(type)]
      : isObjectType(type)
        ? [type]
        : [];
    const interfaces = possible.flatMap((each) => [...each.getInterfaces()]);
    return tape.pick([type, ...possible, ...interfaces]);
  }

  /** A named fragment, an earlier one of the same type in half of the cases. */
  #fragment(on: GraphQLNamedType, depth: number): string {
    const earlier = this.#fragments.filter((fragment) => fragment.on === on.name);
    if (earlier.length > 0 && this.#tape.chance(50)) return this.#tape.pick(earlier).name;
    const text = this.#selections(on, depth + 1);
    const name = `F${this.#fragments.length}`;
    this.#fragments.push({ name, on: on.name, text });
    return name;
  }
}
