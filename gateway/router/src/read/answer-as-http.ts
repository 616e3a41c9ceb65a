import type { ExecutionResult, GraphQLFormattedError } from "graphql";
import type { OutgoingAnswer } from "../incoming-request.ts";
import { isErrorCode } from "../record/recorded-words.ts";
import { answerBody } from "../shape/written-data.ts";

/** An error as callers are told it: what went wrong inside the router stays there. */
export function toldError({
  message,
  path,
  extensions,
}: GraphQLFormattedError): GraphQLFormattedError {
  return {
    message:
      extensions?.["code"] === "INTERNAL_SERVER_ERROR" ? "Something went wrong here." : message,
    ...(path === undefined ? {} : { path }),
    extensions: extensions ?? {},
  };
}

/**
 * The HTTP answer that Apollo Server gives to a valid operation with this result.
 * @param mediaType the one the caller accepts
 */
export function answerAsHttp(
  { errors, data, extensions }: ExecutionResult,
  mediaType: string,
): OutgoingAnswer {
  const told = errors?.map((error) => {
    const code = error.extensions["code"] ?? "INTERNAL_SERVER_ERROR";
    return toldError({ ...error.toJSON(), extensions: { ...error.extensions, code } });
  });
  return {
    status: data === undefined && told !== undefined && told.length > 0 ? 400 : 200,
    headers: { "content-type": mediaType },
    body: answerBody({ errors: told, data, extensions }),
    codes: codesOf(told ?? []),
  };
}

/** The codes of errors as they are put on record: what a subgraph calls one may be anything. */
export function codesOf(errors: readonly { extensions?: { code?: unknown } }[]): string[] {
  return errors.map(({ extensions }) => {
    const code = extensions?.code ?? "INTERNAL_SERVER_ERROR";
    return isErrorCode(code) ? code : "SUBGRAPH_ERROR";
  });
}
