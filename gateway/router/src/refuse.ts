import { ERRORS, Refusal } from "@truc/contracts";
import type { Logger } from "pino";
import type { IncomingRequest, OutgoingAnswer } from "./incoming-request.ts";
import type { Trail } from "./trail.ts";

/**
 * The answer to a request that a stage refused, as GraphQL over HTTP has it: the catalogue's status and one error
 * with a stable code. Anything that is not a refusal is a fault of ours: the caller learns only the request's id.
 */
export function refuse(error: unknown, trail: Trail, { log }: { log: Logger }): OutgoingAnswer {
  const refusal =
    error instanceof Refusal ? error : new Refusal("INTERNAL_SERVER_ERROR", { cause: error });
  if (refusal.code === "INTERNAL_SERVER_ERROR") {
    log.error(
      { requestId: trail.request.requestId, err: error },
      "a request failed inside the router",
    );
  }
  // What the planner says of it would repeat parts of the operation, in which personal values may stand.
  if (refusal.code === "PLAN_FAILED")
    log.error(
      { requestId: trail.request.requestId, operation: trail.operation?.digest },
      "the planner failed on an operation",
    );
  trail.codes = [refusal.code];
  return refusalAnswer(refusal, trail.request);
}

/** A refusal as an HTTP answer. */
export function refusalAnswer(
  { code, message, extensions, status, headers }: Refusal,
  { headers: asked, requestId }: Pick<IncomingRequest, "headers" | "requestId">,
): OutgoingAnswer {
  return {
    status,
    headers: {
      ...headers,
      "content-type": mediaType(asked.get("accept")),
      "cache-control": "no-store",
    },
    body: JSON.stringify({ errors: [{ message, extensions: { ...extensions, code, requestId } }] }),
  };
}

/** The media type to answer in: the caller's preference where it names one of the two. */
function mediaType(accept: string | undefined): string {
  const wantsGraphql = accept?.includes("application/graphql-response+json") ?? false;
  return `${wantsGraphql ? "application/graphql-response+json" : "application/json"}; charset=utf-8`;
}

/** Codes that say a request was not even let in, as opposed to answered in part. */
export function isRefusalCode(code: string | undefined): boolean {
  return code !== undefined && code in ERRORS && ERRORS[code as keyof typeof ERRORS].status >= 400;
}
