import type { IncomingMessage, ServerResponse } from "node:http";
import { Refusal } from "@truc/contracts";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AUTHORIZATION_PATH } from "./sign-in/authorization-code.ts";

/** All that the token provider serves; whatever else oidc-provider would answer to does not exist here. */
const ROUTES = [
  { method: "GET", url: "/.well-known/openid-configuration" },
  { method: "GET", url: "/.well-known/oauth-authorization-server" },
  { method: "GET", url: "/jwks" },
  { method: "POST", url: "/token" },
];
/** Where people sign in: the beginning of it, and what the sign-in page returns to. */
const SIGN_IN_ROUTES = [
  { method: "GET", url: AUTHORIZATION_PATH },
  { method: "GET", url: `${AUTHORIZATION_PATH}/:uid` },
];

/**
 * Puts oidc-provider under its addresses, beside the frame's own. It reads request bodies and writes answers itself,
 * so Fastify's parsers are taken out of the way, here only.
 *
 * @param options.signIn whether people sign in; where they do not, the address says so
 * @param options.handle is called for every request, so that what is behind it may change
 */
export async function mountProvider(
  app: FastifyInstance,
  options: {
    signIn: boolean;
    handle: (request: IncomingMessage, response: ServerResponse) => void;
  },
): Promise<void> {
  const { signIn, handle } = options;
  await app.register(async (routes) => {
    routes.removeAllContentTypeParsers();
    routes.addContentTypeParser("*", (_request, _payload, done) => done(null));
    const handler = (request: FastifyRequest, reply: FastifyReply): void => {
      reply.hijack();
      reply.raw.setHeader("x-request-id", request.id);
      handle(request.raw, reply.raw);
    };
    for (const route of ROUTES) routes.route({ ...route, handler });
    for (const route of SIGN_IN_ROUTES)
      routes.route({ ...route, handler: signIn ? handler : notOffered });
  });
}

function notOffered(): never {
  throw new Refusal("SIGN_IN_OFF");
}
