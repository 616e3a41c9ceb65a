import { createHash } from "node:crypto";
import { Refusal } from "@truc/contracts";
import * as z from "zod";
import type { IncomingRequest } from "../incoming-request.ts";

/** `extensions.persistedQuery`, as clients of automatic persisted queries send it. */
const PersistedQuery = z.object({
  version: z.literal(1),
  sha256Hash: z.string().regex(/^[0-9a-f]{64}$/i),
});

/**
 * The request with the operation's text where its hash stood, in the body of a POST or the query string of a GET. A
 * request that sends no hash is given back as it is; what is malformed otherwise is for GraphQL over HTTP to refuse.
 * @param textOf the text of a registered operation by its SHA-256, lower-case hexadecimal
 * @throws Refusal PERSISTED_QUERY_NOT_FOUND, PERSISTED_QUERY_HASH_MISMATCH or BAD_REQUEST, or what `textOf` throws
 */
export function withRegisteredText(
  request: IncomingRequest,
  textOf: (hash: string) => string | undefined,
): IncomingRequest {
  return request.method === "GET" ? inSearch(request, textOf) : inBody(request, textOf);
}

type TextOf = (hash: string) => string | undefined;

function inBody(request: IncomingRequest, textOf: TextOf): IncomingRequest {
  if (!isRecord(request.body)) return request;
  const { extensions, query } = request.body;
  if (!isRecord(extensions) || !isSent(extensions["persistedQuery"])) return request;
  const { persistedQuery, ...others } = extensions;
  const text = resolved(persistedQuery, query, textOf);
  return { ...request, body: { ...request.body, query: text, extensions: others } };
}

function inSearch(request: IncomingRequest, textOf: TextOf): IncomingRequest {
  if (!request.search.includes("extensions=")) return request;
  const parameters = new URLSearchParams(request.search);
  const [sent, second] = parameters.getAll("extensions");
  const queries = parameters.getAll("query");
  if (sent === undefined || second !== undefined || queries.length > 1) return request;
  const extensions = parsed(sent);
  if (!isRecord(extensions) || !isSent(extensions["persistedQuery"])) return request;
  const { persistedQuery, ...others } = extensions;
  parameters.set("query", resolved(persistedQuery, queries[0], textOf));
  parameters.set("extensions", JSON.stringify(others));
  return { ...request, search: `?${parameters.toString()}` };
}

function resolved(persistedQuery: unknown, query: unknown, textOf: TextOf): string {
  const { success, data } = PersistedQuery.safeParse(persistedQuery);
  if (!success) {
    throw new Refusal("BAD_REQUEST", {
      sentence:
        "extensions.persistedQuery must hold version 1 and sha256Hash, 64 hexadecimal digits.",
    });
  }
  const hash = data.sha256Hash.toLowerCase();
  if (typeof query === "string" && query !== "") {
    if (createHash("sha256").update(query).digest("hex") !== hash)
      throw new Refusal("PERSISTED_QUERY_HASH_MISMATCH");
    return query;
  }
  const text = textOf(hash);
  if (text === undefined) throw new Refusal("PERSISTED_QUERY_NOT_FOUND");
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
