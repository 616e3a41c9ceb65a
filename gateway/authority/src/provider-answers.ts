import type { EventEmitter } from "node:events";
import { ERRORS } from "@truc/contracts";
import { type Frame, isUnavailable } from "@truc/service";
import type { ErrorOut, errors, KoaContextWithOIDC, Provider } from "oidc-provider";
import { AUTHORIZATION_PATH } from "./sign-in/authorization-code.ts";
import { pageHeaders, refusalPage } from "./sign-in/page.ts";
import { JWKS_MAX_AGE_SECONDS } from "./signing-keys.ts";

type Log = Frame["log"];

/** The part of a Koa context that an answer consists of. */
interface Answer {
  path: string;
  status: number;
  body: unknown;
  set(header: string, value: string): void;
}

const MAX_LOGGED = 500;

/** Members of the discovery document that describe people's sign-in. */
const SIGN_IN_METADATA = [
  "authorization_endpoint",
  "authorization_response_iss_parameter_supported",
  "code_challenge_methods_supported",
  "response_modes_supported",
];
/** Members that describe what nobody is offered: claims about people, request objects, scopes of oidc-provider's own. */
const UNUSED_METADATA = [
  "claim_types_supported",
  "claims_parameter_supported",
  "claims_supported",
  "request_uri_parameter_supported",
  "scopes_supported",
];

/**
 * Announces only what is served, and says how long it may be kept.
 * @param signIn whether people sign in
 */
export function shapeAnswer(answer: Answer, signIn: boolean): void {
  if (answer.status !== 200) return;
  if (answer.path.startsWith("/.well-known/")) {
    const metadata = answer.body as Record<string, unknown>;
    for (const member of [...UNUSED_METADATA, ...(signIn ? [] : SIGN_IN_METADATA)])
      delete metadata[member];
    if (signIn)
      Object.assign(metadata, {
        subject_types_supported: ["pairwise"],
        response_modes_supported: ["query"],
      });
    answer.set("cache-control", `public, max-age=${JWKS_MAX_AGE_SECONDS}`);
  }
  if (answer.path === "/jwks")
    answer.set("cache-control", `public, max-age=${JWKS_MAX_AGE_SECONDS}`);
}

/** An error that no system can be told of by a redirect: a page where somebody's browser is, JSON elsewhere. */
export function renderError(ctx: KoaContextWithOIDC, out: ErrorOut): void {
  if (!ctx.path.startsWith(AUTHORIZATION_PATH)) {
    ctx.type = "json";
    ctx.body = out;
    return;
  }
  ctx.set(pageHeaders());
  ctx.body = refusalPage(
    `The application's request is not as it should be: ${out.error_description ?? out.error}.`,
  );
}

/**
 * Writes every token given and refused to the log, without assertions and tokens, and keeps the reason of a failure
 * from the caller: 503 while the database is away, 500 otherwise.
 */
export function logOutcomes(provider: Provider, log: Log): void {
  provider.on("grant.success", (ctx) => {
    const { ClientCredentials: own, AccessToken: persons } = ctx.oidc.entities;
    const token = own ?? persons!;
    const { agency, purpose } = token.extra ?? {};
    const facts = { agency, purpose, scope: token.scope, bound: token.jkt !== undefined };
    log.info(
      { ...request(ctx), system: ctx.oidc.client!.clientId, person: own === undefined, ...facts },
      "token given",
    );
  });
  const refused = (what: string) => (ctx: KoaContextWithOIDC, error: Error) => {
    const { error_description: description, error_detail: detail } =
      error as errors.OIDCProviderError;
    const system = ctx.oidc.client?.clientId;
    log.info(
      {
        ...request(ctx),
        system,
        error: error.message,
        description: shortened(description),
        detail: shortened(detail),
      },
      what,
    );
  };
  provider.on("grant.error", refused("token refused"));
  provider.on("authorization.error", refused("authorization refused"));
  provider.on("server_error", (ctx, error) => {
    const unavailable = isUnavailable(error);
    log.error(
      { ...request(ctx), err: error },
      unavailable ? "the database is away" : "a request failed",
    );
    ctx.status = unavailable ? 503 : 500;
    ctx.body = unavailable
      ? {
          error: "temporarily_unavailable",
          error_description:
            "The authority cannot reach its registry at the moment: try again shortly.",
        }
      : { error: "server_error", error_description: ERRORS.INTERNAL_SERVER_ERROR.sentence };
    if (unavailable) ctx.set("retry-after", "1");
  });
  // What fails outside oidc-provider's own handling; without a listener Koa prints it with its stack.
  (provider as EventEmitter).on("error", (error) => log.error({ err: error }, "a request failed"));
}

/** Texts about a request that was refused may hold some of it. */
function shortened(text: string | undefined): string | undefined {
  return text === undefined || text.length <= MAX_LOGGED ? text : `${text.slice(0, MAX_LOGGED)}…`;
}

function request(ctx: KoaContextWithOIDC): { requestId: unknown } {
  return { requestId: ctx.res.getHeader("x-request-id") };
}
