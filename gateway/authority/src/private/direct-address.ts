import { createHash } from "node:crypto";
import { ERRORS, type ErrorCode, Refusal } from "@truc/contracts";
import { type Database, type Frame, isUnavailable, type Journal } from "@truc/service";
import type { FastifyInstance } from "fastify";
import { GraphQLError } from "graphql";
import { useOnce } from "../provider-state.ts";
import { directAction } from "../registry/direct-action.ts";
import {
  DIRECT_PATH,
  type OperatorKeys,
  type SignedOrder,
  verifyOperatorOrder,
} from "./operator-order.ts";

/** An order is a few hundred bytes. */
const BODY_LIMIT_BYTES = 16 * 1024;
/** Longer than an order can be valid, with what is allowed for clocks that differ. */
const REMEMBERED_SECONDS = 300;

export interface DirectAddressOptions {
  db: Database;
  /** The authority's address; whom an order must be made out to. */
  issuer: string;
  /** The operator's keys that are good at the moment. */
  keys: () => OperatorKeys;
  /** Gets a line for everything that is sent here, before it is answered. */
  journal: Journal;
  log: Frame["log"];
  /** Called when something has been changed. */
  changed: () => void;
}

/**
 * Takes the operator's orders while gateway or audit are down: suspend and revoke, signed with the operator's key. An
 * order that holds is on the journal before it is carried out, and how it ended before it is answered; so is every
 * refusal. What cannot be written down is not done.
 */
export function addDirectAddress(app: FastifyInstance, options: DirectAddressOptions): void {
  // In a context of its own, so that no other address takes such a body.
  void app.register(async (own) => {
    own.removeAllContentTypeParsers();
    own.addContentTypeParser(
      "application/jwt",
      { parseAs: "string", bodyLimit: BODY_LIMIT_BYTES },
      (_request, body, done) => done(null, body),
    );
    own.post(DIRECT_PATH, async (request, reply) => {
      const note = (line: object): Promise<void> => write(options, request.id, line);
      const text = typeof request.body === "string" ? request.body : "";
      const signed = await admitted(text, options).catch(async (error: unknown) => {
        await note({ outcome: "refused", reason: (error as Error).message });
        throw isUnavailable(error) ? unavailable(error) : refusedOrder(error);
      });
      const facts = { key: signed.key, jti: signed.jti, order: signed.order };
      await note({ outcome: "accepted", ...facts });
      try {
        await directAction(options.db, signed.order);
      } catch (error) {
        const { code } = publicError(error);
        await note({ outcome: "failed", ...facts, code });
        throw publicError(error);
      }
      options.changed();
      await note({ outcome: "done", ...facts });
      return reply.send({ done: signed.order });
    });
  });
}

/** Checks an order and uses it up: the second time it is refused, at every authority on this database. */
async function admitted(text: string, options: DirectAddressOptions): Promise<SignedOrder> {
  const signed = await verifyOperatorOrder(text, options.issuer, options.keys());
  const fresh = await useOnce(options.db, {
    kind: "OperatorOrder",
    id: createHash("sha256").update(`${signed.key} ${signed.jti}`).digest("base64url"),
    expiresIn: REMEMBERED_SECONDS,
  });
  if (!fresh) throw new Error("the order was sent before");
  return signed;
}

async function write(
  { journal, log }: DirectAddressOptions,
  requestId: string,
  line: object,
): Promise<void> {
  const facts = { requestId, ...line };
  // The log puts the time in by itself.
  log.warn(facts, "an order of the operator");
  try {
    await journal.append({ time: new Date().toISOString(), ...facts });
  } catch (error) {
    log.error({ requestId, err: error }, "the journal cannot be written");
    throw new Refusal("AUDIT_UNAVAILABLE", { cause: error });
  }
}

function refusedOrder(cause: unknown): Refusal {
  return new Refusal("OPERATOR_ORDER_INVALID", { cause });
}

function unavailable(cause: unknown): Refusal {
  return new Refusal("REGISTRY_UNAVAILABLE", { headers: { "retry-after": "1" }, cause });
}

/** The registry's own refusals are errors of the catalogue already. */
function publicError(error: unknown): Refusal {
  if (isUnavailable(error)) return unavailable(error);
  if (error instanceof GraphQLError) {
    const code = error.extensions["code"];
    if (typeof code === "string" && code in ERRORS)
      return new Refusal(code as ErrorCode, { sentence: error.message });
  }
  return new Refusal("INTERNAL_SERVER_ERROR", { cause: error });
}
