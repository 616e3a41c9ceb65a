import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { graphiqlPage, serveGraphiqlFiles, wantsPage } from "./graphiql.ts";
import { bodyAsSent, serveReceipts } from "./receipt/serve-receipts.ts";
import { IncomingHeaders } from "./incoming-headers.ts";
import type { IncomingRequest, OutgoingAnswer } from "./incoming-request.ts";
import { countUnread } from "./record/count-unread.ts";
import { handle, handleQuestion, type House } from "./pipeline.ts";

/** The addresses at which a router is asked: `/graphql`, also as a page, and `/explain`. */
export function serveAddresses(app: FastifyInstance, house: House): void {
  // GraphQL over HTTP is JSON; a plain text would slip past the browser's question before a cross-origin request.
  app.removeContentTypeParser("text/plain");
  serveGraphiqlFiles(app);
  countUnread(app, house.recording.refusals);
  if (house.receipts !== undefined) serveReceipts(app, house.receipts);
  app.route({
    method: ["GET", "POST"],
    url: "/graphql",
    handler: async (request, reply) => {
      const incoming = incomingRequest(request, reply, "graphql");
      if (request.method === "GET" && wantsPage(request.headers.accept, incoming.search)) {
        const page = graphiqlPage();
        return await reply.headers(page.headers).send(page.body);
      }
      send(reply, await handle(incoming, house));
    },
  });
  app.post("/explain", async (request, reply) => {
    send(reply, await handleQuestion(incomingRequest(request, reply, "explain"), house));
  });
}

function send(reply: FastifyReply, { status, headers, body }: OutgoingAnswer): void {
  reply.code(status).headers(headers).send(body);
}

/** What the pipeline is told of an HTTP message. */
export function incomingRequest(
  request: FastifyRequest,
  { raw: response }: FastifyReply,
  address: IncomingRequest["address"],
): IncomingRequest {
  const { headers, url } = request;
  const question = url.indexOf("?");
  return {
    requestId: request.id,
    arrived: new Date(),
    sender: request.ip,
    method: request.method,
    address,
    search: question === -1 ? "" : url.slice(question),
    headers: new IncomingHeaders(headers),
    authorization: everyHeader(request, "authorization"),
    proofs: everyHeader(request, "dpop"),
    body: request.body,
    sent: bodyAsSent(request),
    trace: traceOf(request),
    onLeft: (told) => {
      if (response.destroyed && !response.writableEnded) told();
      else response.once("close", () => response.writableEnded || told());
    },
  };
}

/** Every header of a name, where Node would keep the first or join them. */
function everyHeader({ headers, raw }: FastifyRequest, wanted: string): readonly string[] {
  if (headers[wanted] === undefined) return [];
  const { rawHeaders } = raw;
  const found: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    if (name.length === wanted.length && name.toLowerCase() === wanted)
      found.push(rawHeaders[index + 1] ?? "");
  }
  return found;
}

const TRACE_PARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const TRACE_STATE = /^[\x21-\x7e][\x20-\x7e]{0,511}$/;
const NO_TRACE: IncomingRequest["trace"] = Object.freeze({});

/** The caller's W3C Trace Context where it has the form of one; anything else would be free text in every log. */
function traceOf({
  headers: { traceparent, tracestate },
}: FastifyRequest): IncomingRequest["trace"] {
  if (typeof traceparent !== "string" || !TRACE_PARENT.test(traceparent)) return NO_TRACE;
  return typeof tracestate !== "string" || !TRACE_STATE.test(tracestate)
    ? { traceparent }
    : { traceparent, tracestate };
}
