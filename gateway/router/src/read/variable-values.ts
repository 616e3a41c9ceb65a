import { Refusal } from "@truc/contracts";
import {
  coerceInputValue,
  getVariableValues,
  isInputType,
  isNonNullType,
  Kind,
  print,
  typeFromAST,
  valueFromAST,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type TypeNode,
  type ValueNode,
  type VariableDefinitionNode,
} from "graphql";
import { nestsTooDeep } from "./nesting.ts";

type Values = Readonly<Record<string, unknown>>;

interface Variable {
  readonly name: string;
  readonly type: GraphQLInputType;
  readonly isNonNull: boolean;
  readonly otherwise: ValueNode | undefined;
}

/** The variables of one operation: their types are looked up once, values are coerced for each request. */
export class VariableValues {
  readonly #schema: GraphQLSchema;
  readonly #definitions: readonly VariableDefinitionNode[];
  readonly #variables: readonly Variable[] | undefined;

  constructor(schema: GraphQLSchema, { variableDefinitions = [] }: OperationDefinitionNode) {
    this.#schema = schema;
    this.#definitions = variableDefinitions;
    this.#variables = variablesOf(schema, variableDefinitions);
  }

  /** The variables sent with the operation's defaults, coerced. @throws Refusal BAD_USER_INPUT */
  of(sent: Values): Values {
    if (nestsTooDeep(sent)) {
      throw new Refusal("BAD_USER_INPUT", { sentence: "The variables are nested too deep." });
    }
    return this.#coerced(sent) ?? this.#coercedByGraphql(sent);
  }

  /** As graphql-js has it (6.1.2 of the specification). Undefined where anything is wrong: graphql-js says what. */
  #coerced(sent: Values): Values | undefined {
    const values = Object.create(null) as Record<string, unknown>;
    if (this.#variables === undefined) return undefined;
    let isWrong = false;
    const note = (): void => {
      isWrong = true;
    };
    for (const { name, type, isNonNull, otherwise } of this.#variables) {
      if (!Object.hasOwn(sent, name)) {
        if (otherwise !== undefined) values[name] = valueFromAST(otherwise, type);
        else if (isNonNull) return undefined;
        continue;
      }
      const value = sent[name];
      if (value === null && isNonNull) return undefined;
      values[name] = coerceInputValue(value, type, note);
      if (isWrong) return undefined;
    }
    return values;
  }

  #coercedByGraphql(sent: Values): Values {
    const { coerced, errors } = getVariableValues(this.#schema, this.#definitions, sent, {
      maxErrors: 5,
    });
    if (errors === undefined) return coerced;
    // graphql-js quotes the value and suggests names of the schema; the variable and its type are enough.
    const sentences = errors.flatMap(({ nodes }) =>
      (nodes ?? []).flatMap((node) =>
        node.kind === Kind.VARIABLE_DEFINITION
          ? [`The variable "$${node.variable.name.value}" must be of type ${print(node.type)}.`]
          : [],
      ),
    );
    throw new Refusal("BAD_USER_INPUT", { sentence: [...new Set(sentences)].join(" ") });
  }
}

/** Undefined where one of them is of no type for variables, of which validation should have complained. */
function variablesOf(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
): readonly Variable[] | undefined {
  const variables: Variable[] = [];
  for (const { variable, type: typeNode, defaultValue } of definitions) {
    const type = typeFromAST(schema, typeNode as TypeNode & { kind: Kind.NAMED_TYPE });
    if (!isInputType(type)) return undefined;
    const name = variable.name.value;
    variables.push({ name, type, isNonNull: isNonNullType(type), otherwise: defaultValue });
  }
  return variables;
}
