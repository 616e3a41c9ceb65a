import type { IncomingRequest } from "../incoming-request.ts";

/** The parts of a GraphQL request, as GraphQL over HTTP names them. */
export interface PostedOperation {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * What a POST asks, where it has the form that Apollo Server takes: one object whose members, if they are there, have
 * their types or are null. Others are passed over, there as here. Undefined for everything else, which is Apollo
 * Server's to refuse. That the body was sent as JSON Fastify has made sure of, and that no other site's page sent it
 * unasked the Authorization header has, without which nobody comes so far.
 */
export function postedOperation({ method, body }: IncomingRequest): PostedOperation | undefined {
  if (method !== "POST" || !isRecord(body)) return undefined;
  const { query, operationName, variables, extensions } = body;
  if (typeof query !== "string") return undefined;
  if (!isAbsent(operationName) && typeof operationName !== "string") return undefined;
  if (!isAbsent(variables) && !isRecord(variables)) return undefined;
  if (!isAbsent(extensions) && !isRecord(extensions)) return undefined;
  return {
    query,
    operationName: operationName ?? undefined,
    variables: variables ?? undefined,
    extensions: extensions ?? undefined,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}
