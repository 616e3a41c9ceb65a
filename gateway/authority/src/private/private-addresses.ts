import {
  FEED_PATH,
  type PermitSecrets,
  Refusal,
  SUBJECT_PATH,
  SubjectQuestion,
  verifyFeedToken,
} from "@truc/contracts";
import { type Database, type Frame, isUnavailable } from "@truc/service";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { FeedStream } from "./feed-stream.ts";
import { findSubject } from "./find-subject.ts";
import type { RegistryWatch } from "./registry-watch.ts";

export interface PrivateAddressesOptions {
  db: Database;
  /** The authority's address; whom a feed token must be made out to. */
  issuer: string;
  /** The secrets that are valid at the moment. */
  secrets: () => PermitSecrets;
  watch: RegistryWatch;
  log: Frame["log"];
}

/**
 * What routers alone may ask, each request with a token under the secret they share with the authority (`Bearer`,
 * RFC 6750): the feed of the registry, and whom a subject means.
 *
 * @returns ends all streams at once and lets no further one begin
 */
export function addPrivateAddresses(
  app: FastifyInstance,
  options: PrivateAddressesOptions,
): () => void {
  const streams = new Set<FeedStream>();
  let stopped = false;
  app.get(FEED_PATH, { exposeHeadRoute: false }, (request, reply) => {
    checkFeedToken(request, options);
    if (stopped) throw new Refusal("SHUTTING_DOWN", { headers: { connection: "close" } });
    reply.hijack();
    reply.raw.writeHead(200, {
      "content-type": "application/x-ndjson; charset=utf-8",
      "cache-control": "no-store",
      "x-request-id": request.id,
    });
    reply.raw.flushHeaders();
    const stream = new FeedStream(reply.raw, options.watch);
    streams.add(stream);
    reply.raw.on("close", () => streams.delete(stream));
  });
  app.post(SUBJECT_PATH, async (request, reply) => {
    checkFeedToken(request, options);
    const question = SubjectQuestion.safeParse(request.body);
    if (!question.success) throw new Refusal("BAD_REQUEST");
    const answer = await findSubject(options.db, question.data.subject).catch(askAgain);
    if (answer === null) throw new Refusal("NOT_FOUND");
    return reply.header("cache-control", "no-store").send(answer);
  });
  return () => {
    stopped = true;
    for (const stream of streams) stream.end();
  };
}

/** @throws Refusal 401; why is in the log only */
function checkFeedToken(
  request: FastifyRequest,
  { issuer, secrets, log }: PrivateAddressesOptions,
): void {
  const [, token] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? "") ?? [];
  const headers = { "www-authenticate": "Bearer" };
  if (token === undefined) throw new Refusal("TOKEN_MISSING", { headers });
  try {
    verifyFeedToken(token, issuer, secrets());
  } catch (error) {
    const reason = (error as Error).message;
    log.warn({ requestId: request.id, reason }, "a feed token was refused");
    throw new Refusal("TOKEN_INVALID", {
      headers: { "www-authenticate": 'Bearer error="invalid_token"' },
    });
  }
}

function askAgain(error: unknown): never {
  if (!isUnavailable(error)) throw error;
  throw new Refusal("REGISTRY_UNAVAILABLE", { headers: { "retry-after": "1" }, cause: error });
}
