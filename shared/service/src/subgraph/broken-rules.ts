import { scalars } from "@truc/contracts";
import {
  defaultFieldResolver,
  GraphQLError,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isObjectType,
  isScalarType,
} from "graphql";
import { argumentInvalid } from "../page/argument-invalid.ts";

/** What stands in an argument in place of a value that breaks its scalar's rule. */
export class BrokenRule {
  readonly rule: string;

  constructor(rule: string) {
    this.rule = rule;
  }
}

/**
 * Lets a value that breaks a scalar's rule cost only the field it is an argument of. graphql-js refuses a whole operation
 * for one bad literal or variable; here the shared scalars put a {@link BrokenRule} in the value's place, and the field
 * that is given one is refused with the argument's name and the rule, its neighbours answered.
 */
export function letBrokenRulesFailAlone(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isScalarType(type) && scalars[type.name] !== undefined) {
      const { parseValue, parseLiteral } = scalars[type.name]!;
      type.parseValue = (value) => caught(() => parseValue(value) as unknown);
      type.parseLiteral = (node, variables) =>
        caught(() => parseLiteral(node, variables) as unknown);
    }
    if (!isObjectType(type) || type.name.startsWith("__")) continue;
    for (const field of Object.values(type.getFields())) {
      if (field.args.length > 0) field.resolve = checkedResolver(field);
    }
  }
}

function caught(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    const rule = error instanceof GraphQLError ? error.extensions["rule"] : undefined;
    if (typeof rule !== "string") throw error;
    return new BrokenRule(rule);
  }
}

function checkedResolver<C>({
  resolve = defaultFieldResolver,
}: GraphQLField<unknown, C>): GraphQLFieldResolver<unknown, C> {
  // The same arguments stand at every object of a list: an error each would cost more than the list.
  const refused = new WeakMap<object, unknown>();
  return (parent, args: Record<string, unknown>, context, info) => {
    const known = refused.get(args);
    if (known !== undefined) throw known;
    try {
      refuseBroken(args, []);
    } catch (error) {
      refused.set(args, error);
      throw error;
    }
    return resolve(parent, args, context, info);
  };
}

/** @throws GraphQLError ARGUMENT_INVALID naming the argument, or the path to its part */
function refuseBroken(value: unknown, path: readonly string[]): void {
  if (typeof value !== "object" || value === null) return;
  if (value instanceof BrokenRule) throw argumentInvalid(path.join("."), value.rule);
  if (Array.isArray(value)) {
    for (const item of value) refuseBroken(item, path);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  // Arguments and input objects; a scalar's own object (a date, a shape) holds no arguments.
  if (prototype !== null && prototype !== Object.prototype) return;
  for (const name of Object.keys(value)) {
    const inner = (value as Record<string, unknown>)[name];
    if (typeof inner === "object" && inner !== null) refuseBroken(inner, [...path, name]);
  }
}
