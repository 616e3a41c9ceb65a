import { catalogueError, ERRORS } from "@truc/contracts";
import { type DocumentNode, GraphQLError } from "graphql";
import { isUnavailable } from "../database/is-unavailable.ts";
import { argumentOfVariable } from "./argument-of-node.ts";

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
  const cause = error.originalError ?? error;
  if (isUnavailable(cause)) {
    const sentence = `The ${title} does not answer at the moment.`;
    const extensions = { register: title, retry: true };
    return {
      error: catalogueError("REGISTER_UNAVAILABLE", { ...path, sentence, extensions }),
      fault: cause,
    };
  }
  if (error.originalError === undefined && error.message.startsWith('Argument "')) {
    return {
      error: new GraphQLError(error.message, { ...path, extensions: { code: "BAD_USER_INPUT" } }),
    };
  }
  return { error: catalogueError("INTERNAL_SERVER_ERROR", path), fault: cause };
}

/** The variable that graphql-js refused before running anything; such errors have no path. */
function variableOf(error: GraphQLError): string | undefined {
  const [node] = error.nodes ?? [];
  return error.path === undefined && node?.kind === "VariableDefinition"
    ? node.variable.name.value
    : undefined;
}

function variableError(
  error: GraphQLError,
  document: DocumentNode,
  variable: string,
): GraphQLError {
  const { rule } = error.extensions;
  const argument = argumentOfVariable(document, variable);
  if (typeof rule === "string") {
    return catalogueError("ARGUMENT_INVALID", {
      sentence: `${argument.label}: ${rule}.`,
      extensions: { argument: argument.name, rule },
    });
  }
  // graphql-js repeats the value, which may be somebody's data, between these words.
  const reason = error.message
    .replace(/ got invalid value .*; /s, ": ")
    .replace(/(non-\w+(?: \w+)*) value: .*$/s, "$1 value");
  return catalogueError("BAD_USER_INPUT", {
    sentence: /^Variable "\$\w+" of required type/.test(error.message) ? error.message : reason,
    extensions: { argument: argument.name },
  });
}
