import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** All that the token provider serves; whatever else oidc-provider would answer to does not exist here. */
const ROUTES = [
  { method: "GET", url: "/.well-known/openid-configuration" },
  { method: "GET", url: "/.well-known/oauth-authorization-server" },
  { method: "GET", url: "/jwks" },
  { method: "POST", url: "/token" },
];

/**
 * Puts oidc-provider under its addresses, beside the frame's own. It reads request bodies and writes answers itself,
 * so Fastify's parsers are taken out of the way, here only.
 *
 * @param handle is called for every request, so that what is behind it may change
 */
export async function mountProvider(
  app: FastifyInstance,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<void> {
  await app.register(async (routes) => {
    routes.removeAllContentTypeParsers();
    routes.addContentTypeParser("*", (_request, _payload, done) => done(null));
    const handler = (request: FastifyRequest, reply: FastifyReply): void => {
      reply.hijack();
      reply.raw.setHeader("x-request-id", request.id);
      handle(request.raw, reply.raw);
    };
    for (const route of ROUTES) routes.route({ ...route, handler });
  });
}
