import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from "graphql";

/**
 * The error of a value that breaks a scalar's rule. The rule is a clause without subject or full stop
 * ("a personal identification number has exactly 12 digits"); whoever reports it puts the argument's name before it.
 * The offending value is never part of it.
 */
export function ruleBroken(rule: string, node?: ValueNode): GraphQLError {
  return new GraphQLError(rule, {
    ...(node && { nodes: node }),
    extensions: { code: "ARGUMENT_INVALID", rule },
  });
}

/** No scalar of digits and codes is longer; what is, is refused before its rule looks at it. */
const MAX_TEXT = 64;

/**
 * A scalar carried as a JSON string.
 *
 * @param rule what a valid value looks like, as a clause
 * @param valid whether a text is a value of the scalar
 * Coming in, a value that breaks the rule is refused; going out, a register's own data is trusted to be text.
 */
export function textScalar(options: {
  name: string;
  description: string;
  rule: string;
  valid: (text: string) => boolean;
  specifiedByURL?: string;
}): GraphQLScalarType<string, string> {
  const { name, description, rule, valid, specifiedByURL } = options;
  const parse = (value: unknown, node?: ValueNode): string => {
    if (typeof value !== "string" || value.length > MAX_TEXT || !valid(value))
      throw ruleBroken(rule, node);
    return value;
  };
  return new GraphQLScalarType<string, string>({
    name,
    description,
    ...(specifiedByURL !== undefined && { specifiedByURL }),
    extensions: { rule },
    serialize(value) {
      if (typeof value !== "string")
        throw new TypeError(`${name} is stored as ${typeof value}, not as text`);
      return value;
    },
    parseValue: (value) => parse(value),
    parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : undefined, node),
  });
}

/** A scalar carried as a JSON number. */
export function numberScalar(options: {
  name: string;
  description: string;
  rule: string;
  valid: (value: number) => boolean;
}): GraphQLScalarType<number, number> {
  const { name, description, rule, valid } = options;
  const parse = (value: unknown, node?: ValueNode): number => {
    if (typeof value !== "number" || !valid(value)) throw ruleBroken(rule, node);
    return value;
  };
  return new GraphQLScalarType<number, number>({
    name,
    description,
    extensions: { rule },
    serialize(value) {
      const number = typeof value === "string" ? Number(value) : value;
      if (typeof number !== "number" || !Number.isFinite(number))
        throw new TypeError(`${name} is not stored as a number`);
      return number;
    },
    parseValue: (value) => parse(value),
    parseLiteral: (node) =>
      parse(
        node.kind === Kind.INT || node.kind === Kind.FLOAT ? Number(node.value) : undefined,
        node,
      ),
  });
}
