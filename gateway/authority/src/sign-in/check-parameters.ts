import { errors, type KoaContextWithOIDC, type Provider } from "oidc-provider";

/** How long a parameter is at most: all of them are kept until somebody has signed in, for whoever asks. */
const MAX_PARAMETER = 512;

/** Requests whose answer was asked for in another way than by the address returned to. */
const otherwise = new WeakSet<KoaContextWithOIDC["req"]>();

/**
 * Forgets how a request for authorization wants to be answered if that is not by a redirect with the answer in its
 * query. Nothing else is offered, and oidc-provider would refuse it in just that way: with a page of its own and a script
 * in it. The request is refused all the same ({@link checkParameters}), at its own address.
 */
export function answerByQuery(provider: Provider, path: string): void {
  provider.use(async (ctx, next) => {
    const { response_mode: mode, ...query } = ctx.query;
    if (ctx.path === path && mode !== undefined && mode !== "query") {
      otherwise.add(ctx.req);
      ctx.query = query;
    }
    await next();
  });
}

/**
 * The last check of a request for authorization before anything of it is stored. Its scopes are those of the grant by
 * then, whatever was sent.
 * @throws invalid_request
 */
export function checkParameters({ oidc, req }: KoaContextWithOIDC): void {
  if (otherwise.has(req))
    throw new errors.InvalidRequest(
      "The requested response_mode is not allowed: answers come in the query.",
    );
  for (const [name, value] of Object.entries(oidc.params ?? {}))
    if (typeof value === "string" && value.length > MAX_PARAMETER && name !== "scope")
      throw new errors.InvalidRequest(
        `The parameter ${name} is too long: at most ${MAX_PARAMETER} characters.`,
      );
}
