import { StartupError } from "@truc/service";
import { importJWK, type CryptoKey, type JWK } from "jose";
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  AuthorizationResponseError,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  clientCredentialsGrant,
  type Configuration,
  discovery,
  type DPoPHandle,
  fetchProtectedResource,
  getDPoPHandle,
  PrivateKeyJwt,
  randomDPoPKeyPair,
  randomPKCECodeVerifier,
  randomState,
  ResponseBodyError,
  type TokenEndpointResponse,
  WWWAuthenticateChallengeError,
} from "openid-client";
import type { Caller } from "./caller.ts";
import { REDIRECT_URI, signInAs } from "./sign-in.ts";

const TIMEOUT_SECONDS = 10;

/** A request and what it brought, without the token. */
export interface Exchange {
  readonly request: { method: string; url: string; headers: Record<string, string>; body: string };
  readonly answer: { status: number; headers: Headers; body: string };
}

/** The answer as JSON. @throws StartupError when it is none */
export function answerIn({ request, answer }: Exchange): unknown {
  try {
    return JSON.parse(answer.body);
  } catch (error) {
    throw unanswered(request.url, error);
  }
}

function unanswered(url: string, cause: unknown): StartupError {
  return new StartupError(`The router does not answer at ${url}.`, { cause });
}

/** An access token, and the way to use it. */
export class Session {
  readonly accessToken: string;
  readonly #configuration: Configuration;
  readonly #proof: DPoPHandle | undefined;

  private constructor(
    accessToken: string,
    configuration: Configuration,
    proof: DPoPHandle | undefined,
  ) {
    this.accessToken = accessToken;
    this.#configuration = configuration;
    this.#proof = proof;
  }

  /**
   * Gets a token from the authority, as the system for itself or for a person who signs in with it.
   * @param options.dpop whether the token is bound to a key of this session (RFC 9449)
   * @throws StartupError saying why there is none
   */
  static async open(
    issuer: string,
    caller: Caller,
    options: { key: JWK; dpop?: boolean },
  ): Promise<Session> {
    const configuration = await connect(issuer, caller.system, options.key);
    const proof = options.dpop
      ? getDPoPHandle(configuration, await randomDPoPKeyPair())
      : undefined;
    try {
      const { access_token: token, token_type: type } = await (caller.person === undefined
        ? tokenOfSystem(configuration, caller, proof)
        : tokenOfPerson(configuration, { ...caller, person: caller.person }, proof));
      if (proof !== undefined && type.toLowerCase() !== "dpop")
        throw new StartupError("The authority does not bind this system's tokens to a key.");
      return new Session(token, configuration, proof);
    } catch (error) {
      throw refusal(error, issuer);
    }
  }

  /**
   * Sends JSON with the token, and with a proof of possession where it is bound.
   * @returns the answer, a refusal's too
   * @throws StartupError when nothing answers there, or not with JSON
   */
  async post(url: string, body: unknown): Promise<unknown> {
    return answerIn(await this.exchange(url, body));
  }

  /**
   * Does the same, and says what went over the wire.
   * @param headers beyond those that JSON needs
   * @throws StartupError when nothing answers there
   */
  async exchange(
    url: string,
    content: unknown,
    headers: Record<string, string> = {},
  ): Promise<Exchange> {
    const body = JSON.stringify(content);
    const sent = { "content-type": "application/json", accept: "application/json", ...headers };
    try {
      const response = await fetchProtectedResource(
        this.#configuration,
        this.accessToken,
        new URL(url),
        "POST",
        body,
        new Headers(sent),
        withProof(this.#proof),
      ).catch((error: unknown) => {
        // A refusal that says which token would be taken (RFC 6750) has a body like any other.
        if (error instanceof WWWAuthenticateChallengeError) return error.response;
        throw error;
      });
      return {
        request: { method: "POST", url, headers: sent, body },
        answer: {
          status: response.status,
          headers: response.headers,
          body: await response.text(),
        },
      };
    } catch (error) {
      throw unanswered(url, error);
    }
  }
}

async function connect(issuer: string, system: string, key: JWK): Promise<Configuration> {
  const privateKey = (await importJWK(key, "ES256")) as CryptoKey;
  const authentication = PrivateKeyJwt(
    key.kid === undefined ? privateKey : { key: privateKey, kid: key.kid },
  );
  try {
    return await discovery(
      new URL(issuer),
      system,
      { id_token_signed_response_alg: "ES256" },
      authentication,
      // The platform of a development machine speaks plain HTTP; the issuer is the one of platform.json.
      { execute: [allowInsecureRequests], timeout: TIMEOUT_SECONDS },
    );
  } catch (error) {
    throw new StartupError(`The authority does not answer at ${issuer}.`, { cause: error });
  }
}

async function tokenOfSystem(
  configuration: Configuration,
  { purpose, scope }: Caller,
  proof: DPoPHandle | undefined,
): Promise<TokenEndpointResponse> {
  const parameters = { purpose, ...(scope !== undefined && { scope }) };
  return await clientCredentialsGrant(configuration, parameters, withProof(proof));
}

/** Authorization code with PKCE (RFC 7636), the person's part in it played by this process. */
async function tokenOfPerson(
  configuration: Configuration,
  { purpose, scope, person }: Caller & { person: string },
  proof: DPoPHandle | undefined,
): Promise<TokenEndpointResponse> {
  const verifier = randomPKCECodeVerifier();
  const state = randomState();
  const address = buildAuthorizationUrl(configuration, {
    redirect_uri: REDIRECT_URI,
    purpose,
    ...(scope !== undefined && { scope }),
    state,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  const returned = await signInAs(person, address);
  return await authorizationCodeGrant(
    configuration,
    returned,
    { pkceCodeVerifier: verifier, expectedState: state },
    {},
    withProof(proof),
  );
}

function withProof(proof: DPoPHandle | undefined): { DPoP?: DPoPHandle } {
  return proof === undefined ? {} : { DPoP: proof };
}

/** Whether a token was refused because the system has no live grant for the purpose (RFC 8707's invalid_target). */
export function isWithoutGrant(error: unknown): boolean {
  const { cause } = error as Error;
  return cause instanceof ResponseBodyError && cause.error === "invalid_target";
}

function refusal(error: unknown, issuer: string): unknown {
  if (error instanceof ResponseBodyError || error instanceof AuthorizationResponseError) {
    const { error: code, error_description: description = "no reason given" } = error;
    const clock = error instanceof ResponseBodyError ? clockHint(error.response) : "";
    return new StartupError(`The authority refused the token (${code}): ${description}${clock}`, {
      cause: error,
    });
  }
  if (error instanceof StartupError) return error;
  return new StartupError(`The authority does not answer as expected at ${issuer}.`, {
    cause: error,
  });
}

/** Clocks that are further apart are the likely reason for a refusal: what a client signs is good for a minute. */
const APART_MS = 30_000;

/** What is to be said of this machine's clock, where it is far from that of whoever answered. */
export function clockHint({ headers }: Pick<Response, "headers">, now = Date.now()): string {
  const theirs = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(theirs) || Math.abs(now - theirs) <= APART_MS) return "";
  const seconds = Math.round(Math.abs(now - theirs) / 1_000);
  const way = now < theirs ? "behind" : "ahead of";
  return `. This machine's clock is ${seconds} seconds ${way} the authority's: set it right.`;
}
