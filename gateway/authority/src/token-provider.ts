import type { Database, Frame } from "@truc/service";
import type { JWK } from "jose";
import { type Configuration, errors, type KoaContextWithOIDC, Provider } from "oidc-provider";
import { authorizePurpose } from "./authorize-purpose.ts";
import { checkAssertion, CLOCK_TOLERANCE_SECONDS } from "./check-assertion.ts";
import { logOutcomes, renderError, shapeAnswer } from "./provider-answers.ts";
import { providerState } from "./provider-state.ts";
import { registeredClients } from "./registered-clients.ts";
import type { LiveGrant } from "./registry.ts";
import type { Secrets } from "./secrets.ts";
import {
  AUTHORIZATION_PATH,
  authorizationCode,
  purposeOfCode,
  SIGN_IN_TTL,
} from "./sign-in/authorization-code.ts";
import { answerByQuery } from "./sign-in/check-parameters.ts";
import { findAccount } from "./sign-in/find-account.ts";
import { scopesOfPerson } from "./sign-in/scopes-of-person.ts";
import { subjectOf } from "./sign-in/subject-of.ts";
import { signingKeyOf } from "./signing-key-of.ts";
import { epochSeconds, type SigningKey, type SigningKeys, TOKEN_SECONDS } from "./signing-keys.ts";

/** What a system's keys sign with: ES256, or EdDSA in its old and its new name (RFC 9864). */
const CLIENT_ALGORITHMS = ["ES256", "EdDSA", "Ed25519"] as const;

export interface TokenProviderOptions {
  db: Database;
  /** An origin without a path or closing slash; the `iss` of every token. */
  issuer: string;
  /** The resource the tokens are for (RFC 8707): the router. */
  audience: string;
  /** Whether people sign in. */
  signIn: boolean;
  keys: SigningKeys;
  secrets: Secrets;
  log: Frame["log"];
}

/**
 * oidc-provider as this authority runs it: `client_credentials` for systems and, where people sign in, the
 * authorization code, both with `private_key_jwt` (RFC 7523), and access tokens after RFC 9068. Systems come out of the
 * registry at every request, so a suspension works at once.
 *
 * @param published the signing keys whose public parts are in the key set, fixed for this provider's life
 */
export function tokenProvider(
  options: TokenProviderOptions,
  published: readonly SigningKey[],
): Provider {
  const provider = new Provider(options.issuer, configuration(options, published));
  // oidc-provider makes the addresses it announces, the audiences it accepts and its cookies out of the request's Host
  // header and the connection, which behind a proxy are others.
  Object.defineProperty(provider.request, "href", { value: `${options.issuer}/` });
  Object.defineProperty(provider.request, "secure", {
    value: options.issuer.startsWith("https:"),
  });
  provider.use(async (ctx, next) => {
    await next();
    shapeAnswer(ctx, options.signIn);
  });
  answerByQuery(provider, AUTHORIZATION_PATH);
  logOutcomes(provider, options.log);
  return provider;
}

/** What was decided for a request, between the steps at which oidc-provider asks for it. */
interface Decided {
  grants: WeakMap<KoaContextWithOIDC, LiveGrant>;
  /** The thumbprint of the key that signed the request's assertion. */
  keys: WeakMap<KoaContextWithOIDC, string>;
}

function configuration(
  options: TokenProviderOptions,
  published: readonly SigningKey[],
): Configuration {
  const { db, issuer, audience, secrets, signIn } = options;
  const decided: Decided = { grants: new WeakMap(), keys: new WeakMap() };
  const cookie = { httpOnly: true, overwrite: true, sameSite: "lax", signed: true } as const;
  return {
    adapter: (model) =>
      model === "Client" ? registeredClients(db, signIn) : providerState(db, model),
    jwks: { keys: published.map(({ nbf: _from, exp: _until, ...key }) => key) },
    cookies: { keys: secrets.cookieKeys, short: cookie, long: cookie },
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    routes: { authorization: AUTHORIZATION_PATH },
    scopes: [],
    claims: {},
    responseTypes: [],
    clientAuthMethods: ["private_key_jwt"],
    clientDefaults: { id_token_signed_response_alg: "ES256" },
    enabledJWA: {
      clientAuthSigningAlgValues: [...CLIENT_ALGORITHMS],
      dPoPSigningAlgValues: [...CLIENT_ALGORITHMS],
      idTokenSigningAlgValues: ["ES256"],
    },
    ttl: { ClientCredentials: TOKEN_SECONDS, AccessToken: TOKEN_SECONDS, ...SIGN_IN_TTL },
    renderError,
    findAccount: (_ctx, id) => findAccount(db, id),
    assertJwtClientAuthClaimsAndHeader: async (ctx, claims, header, client) => {
      checkAssertion(claims, header, issuer, epochSeconds());
      const assertion = String(ctx.oidc.params!["client_assertion"]);
      const key = await signingKeyOf(assertion, header["kid"], (client.jwks?.keys ?? []) as JWK[]);
      if (key === null) throw new errors.InvalidClientAuth("the assertion's key is not registered");
      decided.keys.set(ctx, key);
    },
    features: features(options, decided),
    extraTokenClaims: (ctx) => {
      const { agency, purpose } = decided.grants.get(ctx)!;
      return { agency, purpose, key: decided.keys.get(ctx)! };
    },
    formats: {
      customizers: {
        jwt: async (_ctx, token, { payload }) => {
          payload.nbf = payload.iat;
          // In a system's own token `sub` stays the system: no person takes part (RFC 9068, section 2.2).
          if (token.kind !== "AccessToken") return;
          const subject = await subjectOf(db, token.accountId, token.clientId!);
          if (subject === null) throw new errors.InvalidGrant("the person is suspended");
          payload.sub = subject;
        },
      },
    },
    ...(signIn && authorizationCode(db, audience)),
  };
}

function features(
  options: TokenProviderOptions,
  { grants }: Decided,
): NonNullable<Configuration["features"]> {
  const { audience, keys } = options;
  return {
    devInteractions: { enabled: false },
    userinfo: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    dPoP: { enabled: true },
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
  };
}

/** The live grant that a request is about, narrowed to what it asks for. */
async function grantFor(
  { db, audience }: TokenProviderOptions,
  ctx: KoaContextWithOIDC,
  resource: string,
  system: string,
): Promise<LiveGrant> {
  if (resource !== audience)
    throw new errors.InvalidTarget("The parameter resource names nothing this authority serves.");
  const { params, body, route, entities } = ctx.oidc;
  if (entities.AuthorizationCode !== undefined && route === "token") {
    // The code's own purpose and scopes, held against the grant and the person's roles once more: either may have
    // changed since.
    const { accountId, scopes: asked } = entities.AuthorizationCode;
    const purpose = purposeOfCode(ctx);
    if (body?.["purpose"] !== undefined && body["purpose"] !== purpose)
      throw new errors.InvalidRequest("The code is for another purpose.");
    if ((await scopesOfPerson(db, accountId!, asked)).length < asked.size)
      throw new errors.InvalidGrant("the person holds no office at the registry any more");
    return await authorizePurpose(db, { system, purpose, asked });
  }
  // At the token endpoint `purpose` is no parameter that oidc-provider knows, so it is found in the body only.
  const purpose = route === "token" ? body?.["purpose"] : params!["purpose"];
  const asked = ctx.oidc.requestParamScopes;
  const grant = await authorizePurpose(db, { system, purpose, asked });
  // oidc-provider puts into the token what was asked for: where nothing was, that is all of the grant.
  params!["scope"] = grant.scopes.join(" ");
  return grant;
}
