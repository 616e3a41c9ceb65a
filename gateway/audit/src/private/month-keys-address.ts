import {
  AUDIT_KEYS_PATH,
  type AuditKeys,
  monthKeys,
  monthOf,
  type PermitSecrets,
  Refusal,
  verifyAuditToken,
} from "@truc/contracts";
import type { Frame } from "@truc/service";
import type { FastifyInstance, FastifyRequest } from "fastify";

/** This month and the next two: long before one begins, every router has its keys. */
const MONTHS = 3;

export interface MonthKeysAddressOptions {
  /** The root key, 32 bytes. */
  root: Uint8Array;
  /** This process's address as routers know it: whom their tokens must be made out to. */
  origin: () => string;
  /** The secrets that are valid at the moment. */
  secrets: () => PermitSecrets;
  log: Frame["log"];
  /** For tests. */
  now?: () => number;
}

/**
 * Gives routers, and nobody else, the keys of this month and the next two, each request with a token under the secret
 * they share (`Bearer`, RFC 6750). The root key never leaves: who holds a month's keys can make no other's.
 */
export function addMonthKeysAddress(app: FastifyInstance, options: MonthKeysAddressOptions): void {
  const { root, now = Date.now } = options;
  app.get(AUDIT_KEYS_PATH, { exposeHeadRoute: false }, (request, reply) => {
    checkAuditToken(request, options);
    return reply.header("cache-control", "no-store").send(keysFrom(root, now()));
  });
}

function keysFrom(root: Uint8Array, now: number): AuditKeys {
  return {
    months: monthsFrom(now).map((month) => {
      const { pseudonyms, digests } = monthKeys(root, month);
      return {
        month,
        pseudonyms: pseudonyms.toString("base64url"),
        digests: digests.toString("base64url"),
      };
    }),
  };
}

/** The month of a moment and those after it. */
function monthsFrom(now: number): string[] {
  const date = new Date(now);
  return Array.from({ length: MONTHS }, (_, ahead) =>
    monthOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + ahead, 1)),
  );
}

/** @throws Refusal 401; why is in the log only */
function checkAuditToken(
  request: FastifyRequest,
  { origin, secrets, log }: MonthKeysAddressOptions,
): void {
  const [, token] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? "") ?? [];
  if (token === undefined)
    throw new Refusal("TOKEN_MISSING", { headers: { "www-authenticate": "Bearer" } });
  try {
    verifyAuditToken(token, origin(), secrets());
  } catch (error) {
    const reason = (error as Error).message;
    log.warn({ requestId: request.id, reason }, "a router's token was refused");
    throw new Refusal("TOKEN_INVALID", {
      headers: { "www-authenticate": 'Bearer error="invalid_token"' },
    });
  }
}
