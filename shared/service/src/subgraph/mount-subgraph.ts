import { ITEM_BYTES_HEADER, MAX_BATCH_ITEMS, Refusal } from "@truc/contracts";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { SubgraphDefinition } from "./define-subgraph.ts";
import { SubgraphServer, type SubgraphServerParts } from "./subgraph-server.ts";

/** A full batch of full entity fetches, each with its permit. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

/**
 * Answers a subgraph's operations at POST /graphql of a process that may serve other things beside it. The parts stay
 * the caller's to close; the database must have had the definition's migrations.
 */
export function mountSubgraph(
  app: FastifyInstance,
  definition: SubgraphDefinition,
  parts: SubgraphServerParts,
): SubgraphServer {
  const server = new SubgraphServer(definition, parts);
  // In a context of its own, so that what is said here of bodies holds for these routes alone.
  void app.register(async (own) => addRoutes(own, server));
  return server;
}

function addRoutes(app: FastifyInstance, server: SubgraphServer): void {
  // GraphQL over HTTP allows text/plain to be guessed at; a permit is no reason to.
  app.removeContentTypeParser("text/plain");
  // A name like `__proto__` in one item is that item's, and must not have the whole batch refused; nothing here sets
  // properties by names that came.
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser(
    "application/json",
    { parseAs: "string" },
    app.getDefaultJsonParser("ignore", "ignore"),
  );
  app.post("/graphql", { bodyLimit: BODY_LIMIT_BYTES }, async (request, reply) => {
    if (request.body === undefined || request.body === null) {
      throw new Refusal("READ_MEDIA_TYPE");
    }
    const { status, bytes, itemBytes } = await server.answer(request.body, {
      requestId: request.id,
      permitHeader: headerOf(request, "x-permit"),
      traceparent: headerOf(request, "traceparent"),
    });
    if (itemBytes !== undefined) reply.header(ITEM_BYTES_HEADER, itemBytes.join(","));
    return reply.code(status).type("application/json; charset=utf-8").send(bytes);
  });
  app.route({
    method: ["GET", "PUT", "DELETE"],
    url: "/graphql",
    handler: async (_request, reply) =>
      reply
        .code(405)
        .header("allow", "POST")
        .send({
          errors: [
            {
              message: `Send operations by POST, one or an array of at most ${MAX_BATCH_ITEMS}.`,
              extensions: { code: "BAD_REQUEST" },
            },
          ],
        }),
  });
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}
