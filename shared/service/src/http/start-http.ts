import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { ERRORS, Refusal, REQUEST_ID_HEADER } from "@truc/contracts";
import Fastify, { type FastifyInstance, LogController } from "fastify";
import type { Logger } from "pino";
import { StartupError } from "../startup-error.ts";
import { httpRefusal } from "./http-refusal.ts";

/**
 * How long requests under way may take to finish. Nobody else ends one whose body never comes: Node.js minds its time for
 * that no more once it closes. What has to be kept before the process ends is kept after this, so it is well below what
 * whoever ends the process waits.
 */
const DRAIN_MS = 12_000;

export interface HttpOptions {
  /** 0: a free one. */
  port: number;
  host: string;
  log: Logger;
  /** Larger bodies are refused with 413; 1 MiB. */
  bodyLimitBytes?: number;
  /** What the process cannot do at the moment, for /health/ready. */
  notReady?: () => Promise<string[]>;
  /** What it does without at the moment (a register that is down); said by /health/ready, but no reason to send no requests. */
  degraded?: () => Promise<string[]>;
  /** Whether a caller's x-request-id is taken over: inside the platform only, where the router has given it. */
  takesRequestId?: boolean;
  /** How long requests under way may take to finish once it stops; 12 seconds. */
  drainMs?: number;
  /** Registers the service's own routes, before it listens. */
  routes: (app: FastifyInstance) => void | Promise<void>;
}

export interface HttpServer {
  app: FastifyInstance;
  /** Without trailing slash. */
  url: string;
  /** Refuses new requests with 503, lets those under way finish for a while, then closes. */
  stop(): Promise<void>;
}

/**
 * Starts a process's HTTP side: request ids (taken from x-request-id when it is sane, and sent back), GET /health/live
 * and /health/ready, errors out of the catalogue as `{errors: [{message, extensions: {code}}]}`, never a stack trace.
 * @throws StartupError when the port cannot be had
 */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { port, host, log, bodyLimitBytes = 1024 * 1024, takesRequestId = true, routes } = options;
  const { drainMs = DRAIN_MS } = options;
  const { notReady = async () => [], degraded = async () => [] } = options;
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({
      disableRequestLogging: true,
    }),
    bodyLimit: bodyLimitBytes,
    requestTimeout: 30_000,
    // The hook below refuses in the catalogue's words.
    return503OnClosing: false,
    // Else every request would have a logger of its own, though hardly any logs anything with it.
    childLoggerFactory: (logger) => logger,
    genReqId: (request) => {
      const given = request.headers[REQUEST_ID_HEADER];
      return takesRequestId && typeof given === "string" && /^[\w.:-]{1,128}$/.test(given)
        ? given
        : randomUUID();
    },
  }) as unknown as FastifyInstance;
  let stopping = false;
  app.addHook("onRequest", (request, reply, done) => {
    reply.header(REQUEST_ID_HEADER, request.id);
    const { "content-type": mediaType, "content-encoding": coding } = request.headers;
    if (stopping) done(new Refusal("SHUTTING_DOWN", { headers: { connection: "close" } }));
    else if (isReadable(mediaType, coding)) done();
    else done(new Refusal("READ_MEDIA_TYPE"));
  });
  app.setErrorHandler(async (error, request, reply) => {
    const { status, headers, body } = httpRefusal(error, bodyLimitBytes);
    if (status >= 500 && !(error instanceof Refusal)) {
      log.error({ requestId: request.id, err: error }, "a request failed");
    }
    return reply.code(status).headers(headers).send(body);
  });
  app.setNotFoundHandler(async (_request, reply) =>
    reply.code(404).send({
      errors: [{ message: ERRORS.NOT_FOUND.sentence, extensions: { code: "NOT_FOUND" } }],
    }),
  );
  app.get("/health/live", async () => ({ live: true }));
  app.get("/health/ready", async (_request, reply) => {
    const [missing, without] = await Promise.all([notReady(), degraded()]);
    const ready = missing.length === 0;
    return reply.code(ready ? 200 : 503).send({ ready, notReady: missing, degraded: without });
  });
  const unused = unusedConnections(app);
  try {
    await routes(app);
    await app.listen({ port, host });
  } catch (error) {
    await app.close();
    throw listenError(error, port, host);
  }
  const address = app.server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return {
    app,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    stop: () => {
      stopping = true;
      return drain(app, unused, drainMs);
    },
  };
}

/**
 * Whether a body is what its reader takes it for: Fastify reads every one as UTF-8 that is not encoded, whatever its
 * headers say, so that another reader on the way might see another text.
 */
function isReadable(mediaType: string | undefined, coding: string | undefined): boolean {
  if (coding !== undefined && coding.trim().toLowerCase() !== "identity") return false;
  if (mediaType === undefined || mediaType === "application/json") return true;
  const charsets = mediaType.matchAll(/;\s*charset\s*=\s*"?([^";\s]*)/gi);
  return charsets.every(([, charset]) => /^(utf-?8|us-ascii)$/i.test(charset!));
}

/** Connections over which nothing has been asked yet: clients open some in advance, and Node does not count them as idle. */
function unusedConnections(app: FastifyInstance): ReadonlySet<Socket> {
  const unused = new Set<Socket>();
  app.server.on("connection", (socket: Socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  // Not at its first byte: a listener for that would take Node's fast way of reading from it.
  app.server.on("request", ({ socket }) => unused.delete(socket));
  return unused;
}

/**
 * Fastify closes the connections that are idle when it is told to; one that becomes idle later, when its last answer
 * has gone out, would keep it open for as long as the client likes, and so would one that was never used.
 */
async function drain(
  app: FastifyInstance,
  unused: ReadonlySet<Socket>,
  drainMs: number,
): Promise<void> {
  const began = performance.now();
  const closing = setInterval(() => {
    if (performance.now() - began > drainMs) app.server.closeAllConnections();
    app.server.closeIdleConnections();
    for (const socket of unused) socket.destroy();
  }, 50);
  try {
    await app.close();
  } finally {
    clearInterval(closing);
  }
}

function listenError(error: unknown, port: number, host: string): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case "EADDRINUSE":
      return new StartupError(
        `Port ${port} on ${host} is in use: stop what uses it, or choose another.`,
        { cause: error },
      );
    case "EACCES":
      return new StartupError(
        `Port ${port} may not be opened by this user: choose one from 1024.`,
        { cause: error },
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new StartupError(`The address ${host} is not one of this machine's.`, {
        cause: error,
      });
    default:
      return error;
  }
}
