import { catalogueError, ERRORS } from "@truc/contracts";
import { type DocumentNode, GraphQLError, print, type VariableDefinitionNode } from "graphql";
import { isUnavailable } from "../database/is-unavailable.ts";
import { argumentOfVariable } from "./argument-of-node.ts";

/** What graphql-js says after the first errors of variables. */
const TOO_MANY = "Too many errors processing variables";
/** What graphql-js says of an argument that a variable in it makes unfit when the operation runs. */
const ARGUMENT = /^Argument "\w+" (?:of (?:required|non-null) type "|has invalid value )/;
/** All of the argument as it is written, which may be somebody's data. */
const LITERAL = / has invalid value .*$/s;

/** What an error of an execution becomes for the caller, and whether its detail belongs into the log. */
export interface PublicError {
  error: GraphQLError;
  /** The cause to log; undefined for what the caller did wrong. */
  fault?: unknown;
}

/**
 * Judges an error of running an operation: what the catalogue knows passes, a failing database is
 * REGISTER_UNAVAILABLE, and everything else is INTERNAL_SERVER_ERROR without any detail.
 * @param title the register's name in messages
 */
export function publicError(
  error: GraphQLError,
  document: DocumentNode,
  title: string,
): PublicError {
  const path = error.path === undefined ? {} : { path: error.path };
  const variable = variableOf(error);
  if (variable !== undefined) return { error: variableError(error, document, variable) };
  if (typeof error.extensions["code"] === "string" && error.extensions["code"] in ERRORS) {
    return { error: new GraphQLError(error.message, { ...path, extensions: error.extensions }) };
  }
  if (error.message.startsWith(TOO_MANY) && error.path === undefined)
    return { error: catalogueError("BAD_USER_INPUT") };
  const cause = error.originalError ?? error;
  if (isUnavailable(cause)) {
    const sentence = `The ${title} does not answer at the moment.`;
    const extensions = { register: title, retry: true };
    return {
      error: catalogueError("REGISTER_UNAVAILABLE", { ...path, sentence, extensions }),
      fault: cause,
    };
  }
  if (cause instanceof GraphQLError && ARGUMENT.test(cause.message)) {
    const sentence = cause.message.replace(LITERAL, " does not fit its type.");
    return { error: catalogueError("BAD_USER_INPUT", { ...path, sentence }) };
  }
  return { error: catalogueError("INTERNAL_SERVER_ERROR", path), fault: cause };
}

/** The variable that graphql-js refused before running anything; such errors have no path. */
function variableOf(error: GraphQLError): VariableDefinitionNode | undefined {
  const [node] = error.nodes ?? [];
  return error.path === undefined && node?.kind === "VariableDefinition" ? node : undefined;
}

function variableError(
  error: GraphQLError,
  document: DocumentNode,
  definition: VariableDefinitionNode,
): GraphQLError {
  const { rule } = error.extensions;
  const argument = argumentOfVariable(document, definition.variable.name.value);
  if (typeof rule === "string") {
    return catalogueError("ARGUMENT_INVALID", {
      sentence: `${argument.label}: ${rule}.`,
      extensions: { argument: argument.name, rule },
    });
  }
  return catalogueError("BAD_USER_INPUT", {
    sentence: withoutValue(error.message, definition),
    extensions: { argument: argument.name },
  });
}

/** graphql-js repeats a value that does not fit, which may be somebody's data: nothing is cut out of its words. */
function withoutValue(message: string, { variable, type }: VariableDefinitionNode): string {
  return /^Variable "\$\w+" of (?:required|non-null) type "/.test(message)
    ? message
    : `Variable "$${variable.name.value}" must be of type "${print(type)}".`;
}
