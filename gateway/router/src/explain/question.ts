import { Refusal } from "@truc/contracts";
import * as z from "zod";
import type { Caller } from "../authenticate.ts";
import type { RightsSource } from "../authorize/rights.ts";
import type { IncomingRequest } from "../incoming-request.ts";
import type { Operation } from "../read.ts";

/** Who may have anybody's rights explained. */
const GRANTS_SCOPE = "platform:grants";

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
  const { success, data } = About.safeParse(request.body ?? {});
  if (!success)
    throw new Refusal("BAD_REQUEST", {
      sentence: "The system and the purpose are named by texts.",
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
 * A system's rights are explained to whoever acts with it, and to those who administer grants.
 * @throws Refusal EXPLAIN_FORBIDDEN, or what establishing the caller's rights throws
 */
export async function refuseCurious(
  caller: Caller,
  { system }: Question,
  operation: Operation,
  rights: RightsSource,
): Promise<void> {
  if (system === caller.system) return;
  const { scopes } = await rights.of(caller, operation);
  if (!scopes.has(GRANTS_SCOPE)) throw new Refusal("EXPLAIN_FORBIDDEN");
}
