import { Refusal } from "@truc/contracts";
import * as z from "zod";
import type { Caller } from "../authenticate.ts";
import type { RightsSource } from "../authorize/rights.ts";
import type { IncomingRequest } from "../incoming-request.ts";
import type { Operation } from "../read.ts";
import type { RegistryFeed } from "../registry/registry-feed.ts";

/** The scope that opens the registry. */
const GRANTS_SCOPE = "platform:grants";

/** Roles whose holders may have anybody's rights explained. */
const OVERSEERS: ReadonlySet<string> = new Set(["operator", "auditor"]);

const About = z.object({
  system: z.string().max(255).nullish(),
  purpose: z.string().max(255).nullish(),
});

/** Whose rights are to be explained, and for what. */
export interface Question {
  readonly system: string;
  /** Null where tokens are the grants. */
  readonly purpose: string | null;
  /** The request as it would be sent to be answered. */
  readonly request: IncomingRequest;
  /** `open` where none were sent: the operation is explained whatever they are. */
  readonly variables: "sent" | "open";
}

/**
 * Takes apart what was sent: whom it is about, and the operation.
 * @throws Refusal BAD_REQUEST
 */
export function questionOf(request: IncomingRequest, caller: Caller): Question {
  const { success, data } = About.safeParse(request.body);
  if (!success)
    throw new Refusal("BAD_REQUEST", {
      sentence:
        "The body is a JSON object, in which the system and the purpose are named by texts.",
    });
  const { system: _system, purpose: _purpose, ...body } = request.body as Record<string, unknown>;
  return {
    system: data.system ?? caller.system,
    purpose: data.purpose ?? caller.purpose ?? null,
    request: { ...request, body },
    variables: (body["variables"] ?? undefined) === undefined ? "open" : "sent",
  };
}

/**
 * A system's rights are explained to that system; of the people who are signed in to operators, auditors and those who
 * administer its agency; and to systems of its agency that administer grants. A system that does not exist is nobody's:
 * only who may ask about any learns so.
 * @throws Refusal EXPLAIN_FORBIDDEN, REGISTRY_STALE, TOKEN_REVOKED or AUTHORITY_UNAVAILABLE
 */
export async function refuseCurious(
  caller: Caller,
  { system }: Question,
  operation: Operation,
  {
    rights,
    registry,
  }: { rights: RightsSource; registry: Pick<RegistryFeed, "present"> | undefined },
): Promise<void> {
  if (system === caller.system) return;
  const agency = registry?.present.system(system)?.agency;
  const mayAsk =
    caller.subject === caller.system
      ? agency !== undefined &&
        agency === caller.agency &&
        (await administers(caller, operation, rights))
      : (await rights.rolesOf(caller)).some(
          (held) =>
            OVERSEERS.has(held.role) ||
            (held.role === "agency-admin" && agency !== undefined && held.agency === agency),
        );
  if (!mayAsk) throw new Refusal("EXPLAIN_FORBIDDEN");
}

/** Whether a system's own rights, for the purpose of its token, hold the scope of the registry. */
async function administers(
  caller: Caller,
  operation: Operation,
  rights: RightsSource,
): Promise<boolean> {
  try {
    const { scopes, useActorToken } = await rights.of(caller, operation);
    if (!scopes.has(GRANTS_SCOPE)) return false;
    await useActorToken?.();
    return true;
  } catch (error) {
    // Whatever it lacks, it is told no more than a stranger: not that its agency has such a system.
    if (error instanceof Refusal && error.code.startsWith("AUTHORIZE_")) return false;
    throw error;
  }
}
