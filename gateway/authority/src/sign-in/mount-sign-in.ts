import { type Database, type Frame, isUnavailable } from "@truc/service";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { errors, type Provider } from "oidc-provider";
import { findActiveSystem, findPurpose } from "../registry.ts";
import { admitPerson } from "./admit-person.ts";
import { SIGN_IN_PATH } from "./authorization-code.ts";
import { formToken, isFormToken } from "./form-token.ts";
import { pageHeaders, refusalPage } from "./page.ts";
import { signInPage } from "./sign-in-page.ts";
import type { TestPeople } from "./test-people.ts";

/** A form of the page holds a token and a person's id. */
const BODY_LIMIT_BYTES = 4096;

export interface SignInOptions {
  db: Database;
  /** oidc-provider as it is at the moment. */
  provider: () => Provider;
  people: TestPeople;
  /** The keys that sign cookies. */
  keys: readonly string[];
  log: Frame["log"];
}

type Sign = FastifyRequest<{ Params: { uid: string } }>;
/** A sign-in that is under way in this browser. */
type Interaction = Awaited<ReturnType<Provider["interactionDetails"]>>;

const EXPIRED = "It has expired, was finished already, or was begun in another browser.";

/** The test sign-in: a page that offers synthetic people, and what is done when one is chosen. */
export async function mountSignIn(app: FastifyInstance, options: SignInOptions): Promise<void> {
  await app.register(async (own) => {
    own.removeAllContentTypeParsers();
    own.addContentTypeParser(
      "application/x-www-form-urlencoded",
      { parseAs: "string", bodyLimit: BODY_LIMIT_BYTES },
      (_request, body, done) => done(null, new URLSearchParams(body.toString())),
    );
    own.get(`${SIGN_IN_PATH}/:uid`, async (request: Sign, reply) => {
      const interaction = await begunHere(request, reply, options);
      return interaction === null
        ? refuse(reply, 400, EXPIRED)
        : await show(reply, interaction, options);
    });
    own.post(`${SIGN_IN_PATH}/:uid`, async (request: Sign, reply) => {
      const interaction = await begunHere(request, reply, options);
      if (interaction === null) return refuse(reply, 400, EXPIRED);
      return await choose(request, reply, interaction, options);
    });
    own.setErrorHandler(async (error, request, reply) => {
      const unavailable = isUnavailable(error);
      request.log.error(
        { requestId: request.id, err: error },
        unavailable ? "the database is away" : "a sign-in failed",
      );
      return unavailable
        ? refuse(reply, 503, "The authority cannot reach its registry at the moment.")
        : refuse(reply, statusOf(error), "The request could not be understood or carried out.");
    });
  });
}

/** @returns null unless the browser's cookie says that it has begun just this sign-in */
async function begunHere(
  { raw, params }: Sign,
  reply: FastifyReply,
  { provider }: SignInOptions,
): Promise<Interaction | null> {
  try {
    const interaction = await provider().interactionDetails(raw, reply.raw);
    return interaction.uid === params.uid ? interaction : null;
  } catch (error) {
    if (error instanceof errors.SessionNotFound) return null;
    throw error;
  }
}

async function show(
  reply: FastifyReply,
  { uid, params }: Interaction,
  { db, people, keys }: SignInOptions,
  alert?: string,
): Promise<string> {
  const [system, purpose] = await Promise.all([
    findActiveSystem(db, String(params["client_id"])),
    findPurpose(db, String(params["purpose"])),
  ]);
  if (system === null || purpose === null)
    return refuse(reply, 403, "The application is suspended, or its purpose is no more.");
  reply.headers(pageHeaders(String(params["redirect_uri"])));
  return signInPage({
    system: system.name,
    agency: system.agency,
    purpose: purpose.text,
    legalBasis: purpose.legalBasis,
    people,
    action: `${SIGN_IN_PATH}/${uid}`,
    token: formToken(uid, keys),
    ...(alert !== undefined && { alert }),
  });
}

async function choose(
  request: Sign,
  reply: FastifyReply,
  interaction: Interaction,
  options: SignInOptions,
): Promise<unknown> {
  const { db, people, keys, provider, log } = options;
  const { uid } = interaction;
  const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
  if (!isFormToken(form.get("token"), uid, keys))
    return refuse(reply, 403, "The form was not the one of the sign-in page.");
  const finish = async (result: Parameters<Provider["interactionResult"]>[2]): Promise<unknown> => {
    const next = await provider().interactionResult(request.raw, reply.raw, result, {
      mergeWithLastSubmission: false,
    });
    return reply.header("cache-control", "no-store").redirect(next, 303);
  };
  if (form.has("cancel"))
    return await finish({
      error: "access_denied",
      error_description: "The person did not sign in.",
    });
  const admission = await admitPerson(db, people, form.get("person") ?? "");
  log.info({ requestId: request.id, outcome: admission.outcome }, "test sign-in");
  switch (admission.outcome) {
    case "admitted":
      return await finish({ login: { accountId: admission.person, remember: false } });
    case "suspended":
      reply.code(403);
      return await show(
        reply,
        interaction,
        options,
        "This person is suspended and cannot sign in.",
      );
    case "unknown":
      reply.code(400);
      return await show(
        reply,
        interaction,
        options,
        "Nobody is known by that. Choose a person, or give 12 digits, the first of which is 9.",
      );
  }
}

function refuse(reply: FastifyReply, status: number, sentence: string): string {
  reply.code(status).headers(pageHeaders());
  return refusalPage(sentence);
}

function statusOf(error: unknown): number {
  const { statusCode } = error as { statusCode?: number };
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500 ? statusCode : 500;
}
