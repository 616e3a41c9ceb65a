import { HeaderMap } from "@apollo/server";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { graphiqlPage, serveGraphiqlFiles, wantsPage } from "./graphiql.ts";
import { bodyAsSent, serveReceipts } from "./receipt/serve-receipts.ts";
import type { IncomingRequest } from "./incoming-request.ts";
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
    handler: async (request, reply) => await answer(request, reply, house),
  });
  app.post("/explain", async (request, reply) => {
    const incoming = incomingRequest(request, reply, "explain");
    const { status, headers, body } = await handleQuestion(incoming, house);
    return await reply.code(status).headers(headers).send(body);
  });
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  house: House,
): Promise<FastifyReply> {
  const incoming = incomingRequest(request, reply);
  if (request.method === "GET" && wantsPage(request.headers.accept, incoming.search)) {
    const page = graphiqlPage();
    return await reply.headers(page.headers).send(page.body);
  }
  const { status, headers, body } = await handle(incoming, house);
  return await reply.code(status).headers(headers).send(body);
}

function incomingRequest(
  request: FastifyRequest,
  { raw: response }: FastifyReply,
  address: IncomingRequest["address"] = "graphql",
): IncomingRequest {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const question = request.url.indexOf("?");
  return {
    requestId: request.id,
    arrived: new Date(),
    sender: request.ip,
    method: request.method,
    address,
    search: question === -1 ? "" : request.url.slice(question),
    headers,
    authorization: everyHeader(request, "authorization"),
    proofs: everyHeader(request, "dpop"),
    body: request.body,
    sent: bodyAsSent(request),
    trace: traceOf(headers),
    onLeft: (told) => {
      if (response.destroyed && !response.writableEnded) told();
      else response.once("close", () => response.writableEnded || told());
    },
  };
}

/** Every header of a name, where Node would keep the first or join them. */
function everyHeader({ raw: { rawHeaders } }: FastifyRequest, wanted: string): string[] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 && name.toLowerCase() === wanted ? [rawHeaders[index + 1] ?? ""] : [],
  );
}

const TRACE_PARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const TRACE_STATE = /^[\x21-\x7e][\x20-\x7e]{0,511}$/;

/** The caller's W3C Trace Context where it has the form of one; anything else would be free text in every log. */
function traceOf(headers: HeaderMap): Record<string, string> {
  const traceparent = headers.get("traceparent");
  const tracestate = headers.get("tracestate");
  if (traceparent === undefined || !TRACE_PARENT.test(traceparent)) return {};
  return tracestate === undefined || !TRACE_STATE.test(tracestate)
    ? { traceparent }
    : { traceparent, tracestate };
}
