import type { Database } from "@truc/service";
import {
  type Configuration,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
} from "oidc-provider";
import { checkParameters } from "./check-parameters.ts";
import { scopesOfPerson } from "./scopes-of-person.ts";

/** Where a person's browser is sent to, what it returns to, and where the sign-in page is. */
export const AUTHORIZATION_PATH = "/authorize";
export const SIGN_IN_PATH = "/sign-in";

/** How long somebody may take to sign in, in seconds. */
const SIGN_IN_SECONDS = 600;
/** How long a code waits to be redeemed, in seconds. */
const CODE_SECONDS = 60;

/** What an authorization says beside its scopes (RFC 9396's form): the one purpose its token is for. */
const PURPOSE_TYPE = "purpose";

/**
 * How people sign in (authorization code, RFC 6749 section 4.1, with PKCE, RFC 7636): every authorization anew, for one
 * system and one purpose. Nothing is remembered in between, so there is no session to steal and none to sign out of.
 */
export function authorizationCode(db: Database, audience: string): Partial<Configuration> {
  const { Check, Prompt } = interactionPolicy;
  return {
    responseTypes: ["code"],
    extraParams: { purpose: checkParameters },
    allowOmittingSingleRegisteredRedirectUri: false,
    pkce: { required: () => true },
    interactions: {
      policy: [
        new Prompt(
          { name: "login", requestable: true },
          new Check("signed_in", "the person must sign in", "login_required", ({ oidc }) =>
            oidc.result?.login !== undefined && oidc.account !== undefined
              ? Check.NO_NEED_TO_PROMPT
              : Check.REQUEST_PROMPT,
          ),
        ),
      ] as unknown as interactionPolicy.DefaultPolicy,
      url: (_ctx, interaction) => `${SIGN_IN_PATH}/${interaction.uid}`,
    },
    loadExistingGrant: (ctx) => authorize(ctx, db, audience),
    expiresWithSession: () => false,
  };
}

/** How long the state of a sign-in is kept, in seconds. */
export const SIGN_IN_TTL = {
  AuthorizationCode: CODE_SECONDS,
  Grant: 2 * CODE_SECONDS,
  Interaction: SIGN_IN_SECONDS,
  Session: SIGN_IN_SECONDS,
};

/**
 * The authorization that somebody who has signed in gives: to this system, for this purpose, with these scopes, as far as
 * her own token may have them.
 * @throws access_denied (RFC 6749, section 4.1.2.1) when that is none
 */
async function authorize(
  { oidc }: KoaContextWithOIDC,
  db: Database,
  audience: string,
): Promise<InstanceType<typeof oidc.provider.Grant>> {
  const { params, client, session } = oidc;
  const accountId = session!.accountId!;
  const scopes = await scopesOfPerson(db, accountId, String(params!["scope"]).split(" "));
  if (scopes.length === 0) {
    await session!.destroy();
    throw new errors.AccessDenied("This is for people who hold an office at the registry.");
  }
  const grant = new oidc.provider.Grant({ accountId, clientId: client!.clientId });
  grant.addResourceScope(audience, scopes.join(" "));
  grant.addRar({ type: PURPOSE_TYPE, purpose: String(params!["purpose"]) });
  await grant.save();
  await session!.destroy();
  return grant;
}

/** The purpose of the authorization behind a code that is being redeemed. */
export function purposeOfCode({ oidc }: KoaContextWithOIDC): string | undefined {
  const detail = oidc.entities.Grant?.rar?.find(({ type }) => type === PURPOSE_TYPE);
  return typeof detail?.["purpose"] === "string" ? detail["purpose"] : undefined;
}
