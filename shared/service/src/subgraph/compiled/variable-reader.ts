import { catalogueError } from "@truc/contracts";
import {
  getVariableValues,
  GraphQLError,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  typeFromAST,
  type TypeNode,
  type VariableDefinitionNode,
} from "graphql";
import { inputReader, type ReadInput } from "./input-reader.ts";

type Values = Readonly<Record<string, unknown>>;

interface Variable {
  readonly name: string;
  readonly read: ReadInput;
  /** Whether it may not be left out: it must be there, or has a default. */
  readonly isExpected: boolean;
}

export const MAX_COERCION_ERRORS = 10;
const TOO_DEEP = catalogueError("BAD_REQUEST", {
  sentence: "The variables nest deeper than can be read.",
});

/** Coerces the variables of one operation, again and again (GraphQL, section 6.1.2). */
export class VariableReader {
  readonly #schema: GraphQLSchema;
  readonly #definitions: readonly VariableDefinitionNode[];
  /** Undefined where one is of no type for variables. */
  readonly #variables: readonly Variable[] | undefined;

  constructor(schema: GraphQLSchema, definitions: readonly VariableDefinitionNode[]) {
    this.#schema = schema;
    this.#definitions = definitions;
    this.#variables = variablesOf(schema, definitions);
  }

  /** @returns the values, or what is wrong in graphql-js's words */
  read(
    given: Values,
  ):
    | { coerced: Values; errors?: undefined }
    | { coerced?: undefined; errors: readonly GraphQLError[] } {
    const coerced = this.#coerced(given);
    if (coerced !== undefined) return { coerced };
    const { errors = [], ...read } = getVariableValues(this.#schema, this.#definitions, given, {
      maxErrors: MAX_COERCION_ERRORS,
      hideSuggestions: true,
    });
    if (read.coerced !== undefined) return { coerced: read.coerced };
    // graphql-js calls itself for what nests, and takes the end of the stack for an error like others.
    return errors.every((error) => error instanceof GraphQLError)
      ? { errors }
      : { errors: [TOO_DEEP] };
  }

  /** Undefined where anything is wrong or a default is asked for: graphql-js knows what. */
  #coerced(given: Values): Values | undefined {
    if (this.#variables === undefined) return undefined;
    const coerced = Object.create(null) as Record<string, unknown>;
    try {
      for (const { name, read, isExpected } of this.#variables) {
        if (Object.hasOwn(given, name)) coerced[name] = read(given[name]);
        else if (isExpected) return undefined;
      }
    } catch {
      return undefined;
    }
    return coerced;
  }
}

function variablesOf(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
): readonly Variable[] | undefined {
  const variables: Variable[] = [];
  for (const { variable, type: node, defaultValue } of definitions) {
    const type = typeFromAST(schema, node as TypeNode & { kind: "NamedType" });
    if (!isInputType(type)) return undefined;
    const isExpected = isNonNullType(type) || defaultValue !== undefined;
    variables.push({ name: variable.name.value, read: inputReader(type), isExpected });
  }
  return variables;
}
