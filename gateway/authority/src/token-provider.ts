import type { Database, Frame } from "@truc/service";
import {
  type Adapter,
  type AdapterPayload,
  type Configuration,
  errors,
  type KoaContextWithOIDC,
  Provider,
} from "oidc-provider";
import { authorizePurpose } from "./authorize-purpose.ts";
import { checkAssertion, CLOCK_TOLERANCE_SECONDS } from "./check-assertion.ts";
import { providerState } from "./provider-state.ts";
import { findActiveSystem, type LiveGrant } from "./registry.ts";
import type { Secrets } from "./secrets.ts";
import { logOutcomes, shapeAnswer } from "./provider-answers.ts";
import { epochSeconds, type SigningKey, type SigningKeys, TOKEN_SECONDS } from "./signing-keys.ts";

export interface TokenProviderOptions {
  db: Database;
  /** An origin without a path or closing slash; the `iss` of every token. */
  issuer: string;
  /** The resource the tokens are for (RFC 8707): the router. */
  audience: string;
  keys: SigningKeys;
  secrets: Secrets;
  log: Frame["log"];
}

/**
 * oidc-provider as this authority runs it: `client_credentials` with `private_key_jwt` (RFC 7523, ES256) and access
 * tokens after RFC 9068. Systems come out of the registry at every request, so a suspension works at once.
 *
 * @param published the signing keys whose public parts are in the key set, fixed for this provider's life
 */
export function tokenProvider(
  options: TokenProviderOptions,
  published: readonly SigningKey[],
): Provider {
  const provider = new Provider(options.issuer, configuration(options, published));
  // oidc-provider makes the addresses it announces, and the audiences it accepts, out of the request's Host header.
  Object.defineProperty(provider.request, "href", {
    value: `${options.issuer}/`,
  });
  provider.use(async (ctx, next) => {
    await next();
    shapeAnswer(ctx);
  });
  logOutcomes(provider, options.log);
  return provider;
}

function configuration(
  options: TokenProviderOptions,
  published: readonly SigningKey[],
): Configuration {
  const { db, issuer, audience, keys, secrets } = options;
  /** What was decided for a request, between the steps at which oidc-provider asks for it. */
  const grants = new WeakMap<KoaContextWithOIDC, LiveGrant>();
  return {
    adapter: (model): Adapter =>
      model === "Client" ? registeredClients(db) : providerState(db, model),
    jwks: { keys: published.map(({ nbf: _from, exp: _until, ...key }) => key) },
    cookies: { keys: secrets.cookieKeys },
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    scopes: [],
    claims: {},
    responseTypes: [],
    clientAuthMethods: ["private_key_jwt"],
    clientDefaults: { id_token_signed_response_alg: "ES256" },
    enabledJWA: { clientAuthSigningAlgValues: ["ES256"], idTokenSigningAlgValues: ["ES256"] },
    ttl: { ClientCredentials: TOKEN_SECONDS },
    renderError: (ctx, out) => {
      ctx.type = "json";
      ctx.body = out;
    },
    assertJwtClientAuthClaimsAndHeader: (_ctx, claims, header) =>
      checkAssertion(claims, header, issuer, epochSeconds()),
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      dPoP: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        getResourceServerInfo: async (ctx, resource, client) => {
          const grant = await grantFor(options, ctx, resource, client.clientId);
          grants.set(ctx, grant);
          return {
            scope: grant.scopes.join(" "),
            audience,
            accessTokenTTL: TOKEN_SECONDS,
            accessTokenFormat: "jwt",
            jwt: { sign: { alg: "ES256", kid: keys.current().kid } },
          };
        },
      },
    },
    extraTokenClaims: (ctx) => {
      const { agency, purpose } = grants.get(ctx)!;
      return { agency, purpose };
    },
    formats: {
      customizers: {
        // `sub` stays the client's id: no resource owner takes part in this grant (RFC 9068, section 2.2).
        jwt: (_ctx, _token, { payload }) => {
          payload.nbf = payload.iat;
        },
      },
    },
  };
}

async function grantFor(
  { db, audience }: TokenProviderOptions,
  ctx: KoaContextWithOIDC,
  resource: string,
  system: string,
): Promise<LiveGrant> {
  if (resource !== audience)
    throw new errors.InvalidTarget("The parameter resource names nothing this authority serves.");
  const { params, body } = ctx.oidc;
  const asked = ctx.oidc.requestParamScopes;
  // `purpose` is no parameter that oidc-provider knows, so it is found in the body only.
  const grant = await authorizePurpose(db, { system, purpose: body?.["purpose"], asked });
  // oidc-provider puts into the token what was asked for: where nothing was, that is all of the grant.
  params!["scope"] = grant.scopes.join(" ");
  return grant;
}

/** The registry's active systems as oidc-provider's clients. They are never written from here. */
function registeredClients(db: Database): Adapter {
  const nothing = async (): Promise<undefined> => undefined;
  return {
    find: async (id) => {
      const system = await findActiveSystem(db, id);
      if (system === null) return undefined;
      return {
        client_id: system.id,
        client_name: system.name,
        token_endpoint_auth_method: "private_key_jwt",
        token_endpoint_auth_signing_alg: "ES256",
        grant_types: ["client_credentials"],
        response_types: [],
        redirect_uris: [],
        jwks: { keys: system.keys },
      } as AdapterPayload;
    },
    upsert: nothing,
    findByUid: nothing,
    findByUserCode: nothing,
    consume: nothing,
    destroy: nothing,
    revokeByGrantId: nothing,
  };
}
