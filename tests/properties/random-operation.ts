import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from "graphql";
import type { Tape } from "./tape.ts";

const MAX_DEPTH = 5;
const VARIABLES = ["yes", "no"] as const;

/** An operation's text with the variables it takes. */
export interface RandomOperation {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** An operation that means something under the schema, though not always one that validates: fields may collide. */
export function randomOperation(schema: GraphQLSchema, tape: Tape): RandomOperation {
  return new Writer(schema, tape).write();
}

class Writer {
  readonly #schema: GraphQLSchema;
  readonly #tape: Tape;
  readonly #fragments: { name: string; on: string; text: string }[] = [];

  constructor(schema: GraphQLSchema, tape: Tape) {
    this.#schema = schema;
    this.#tape = tape;
  }

  write(): RandomOperation {
    const selections = this.#selections(this.#schema.getQueryType()!, 0);
    const fragments = this.#fragments.map(
      ({ name, on, text }) => `fragment ${name} on ${on} ${text}`,
    );
    const body = [selections, ...fragments].join("\n");
    const used = [...VARIABLES, "n"].filter((name) => body.includes(`$${name}`));
    const declared = used.map((name) => `$${name}: ${name === "n" ? "Int" : "Boolean!"}`);
    const head = declared.length === 0 ? "query" : `query (${declared.join(", ")})`;
    const values = { yes: true, no: false, n: 2 };
    return {
      text: `${head} ${body}`,
      variables: Object.fromEntries(
        used.map((name) => [name, values[name as keyof typeof values]]),
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
      if (tape.chance(25)) return `...${this.#fragment(on, depth)}${condition}`;
      if (on.name === type.name && tape.chance(50))
        return `...${condition} ${this.#selections(type, depth + 1)}`;
      return `... on ${on.name}${condition} ${this.#selections(on, depth + 1)}`;
    }
    return this.#field(type, depth, condition);
  }

  #field(type: GraphQLNamedType, depth: number, condition: string): string {
    const tape = this.#tape;
    if (!(isObjectType(type) || isInterfaceType(type)) || tape.chance(12))
      return `__typename${condition}`;
    const fields = Object.values(type.getFields()).filter(
      (field) => depth < MAX_DEPTH || isLeafType(getNamedType(field.type)),
    );
    if (fields.length === 0) return `__typename${condition}`;
    const field = tape.pick(fields);
    const alias = tape.chance(20) ? `${this.#alias(field.name)}: ` : "";
    const args = field.args.length === 0 ? "" : `(n: ${tape.pick(["1", "$n", "null"])})`;
    const named = getNamedType(field.type);
    const inner = isLeafType(named) ? "" : ` ${this.#selections(named, depth + 1)}`;
    return `${alias}${field.name}${args}${condition}${inner}`;
  }

  /** Often one that means something to the router: the name of a key, or like those it keeps for itself. */
  #alias(field: string): string {
    const tape = this.#tape;
    const first = tape.pick(["x", "y", "constructor", "subject", "own", undefined]);
    return first === undefined
      ? tape.pick(["id", "subject_0", "own_id", "constructor", "toString"])
      : `${first}_${field}`;
  }

  #condition(): string {
    const tape = this.#tape;
    if (!tape.chance(15)) return "";
    return ` @${tape.pick(["include", "skip"])}(if: ${tape.pick(["$yes", "$no", "true", "false"])})`;
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
