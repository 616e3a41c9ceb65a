import type { Limits } from "@truc/contracts";
import type { Caller } from "../authenticate.ts";
import type { IncomingRequest } from "../incoming-request.ts";
import type { HeldRole, SubjectResolver } from "./subject-resolver.ts";
import type { SubjectSets } from "./subject-sets.ts";

/** Whose records a caller's limits cover. */
export interface Covered {
  /** The signed-in person's own PIN. */
  readonly self: string | undefined;
  /** Undefined where anybody's are. */
  readonly pins: readonly string[] | undefined;
}

/** Turns `limits.subjects` into people, by who is signed in. Where nobody is, nobody is covered. */
export class CoveredPeople {
  readonly #resolver: SubjectResolver;
  readonly #sets: SubjectSets | undefined;

  /** @param sets undefined where no register says who belongs to whom: everybody is alone then */
  constructor(resolver: SubjectResolver, sets: SubjectSets | undefined) {
    this.#resolver = resolver;
    this.#sets = sets;
  }

  /** @throws Refusal TOKEN_REVOKED or AUTHORITY_UNAVAILABLE */
  async of(
    { subject, system }: Caller,
    subjects: Limits["subjects"],
    request: IncomingRequest,
  ): Promise<Covered> {
    // A system is the subject of its own tokens (RFC 9068, section 2.2).
    const self = subject === system ? undefined : await this.#resolver.pinOf(subject);
    if (subjects === "any") return { self, pins: undefined };
    if (self === undefined) return { self, pins: [] };
    const set = await this.#sets?.of(self, request);
    const household = subjects === "household" ? (set?.household ?? []) : [];
    return { self, pins: [...new Set([self, ...(set?.wards ?? []), ...household])] };
  }

  /** The roles of who is signed in; none where nobody is. @throws Refusal TOKEN_REVOKED or AUTHORITY_UNAVAILABLE */
  async rolesOf({ subject, system }: Caller): Promise<readonly HeldRole[]> {
    return subject === system ? [] : await this.#resolver.rolesOf(subject);
  }
}
