import { type ErrorCode, Refusal } from "@truc/contracts";
import type { FastifyInstance } from "fastify";
import type { RefusalCounts } from "./refusal-counts.ts";

/**
 * Counts the requests that are refused as HTTP messages, before there is anything for the pipeline to read, by their
 * sender's address: whose they are has not been looked at. For addresses that are served from then on.
 */
export function countUnread(app: FastifyInstance, refusals: RefusalCounts): void {
  app.addHook("onError", async (request, _reply, error) => {
    const code = codeOf(error);
    if (code !== undefined) refusals.count({ system: undefined, address: request.ip }, code);
  });
}

/** Undefined where it is no fault of the request's. */
function codeOf(error: Error & { statusCode?: number }): ErrorCode | undefined {
  if (error instanceof Refusal) return error.status < 500 ? error.code : undefined;
  const { statusCode = 500 } = error;
  if (statusCode === 413) return "READ_BODY_TOO_LARGE";
  if (statusCode === 415) return "READ_MEDIA_TYPE";
  return statusCode >= 400 && statusCode < 500 ? "BAD_REQUEST" : undefined;
}
