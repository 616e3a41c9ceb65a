import type { Caller } from "../authenticate.ts";
import type { Held } from "../authorize/filter/held.ts";

/** A registered operation together with what one grant which allows it opens. */
export interface AllowedOperation {
  /** SHA-256 of its text, lower-case hexadecimal. */
  readonly hash: string;
  readonly name: string;
  readonly text: string;
  readonly held: Held;
}

/** Operations that agencies have registered, and grants allow. */
export interface RegisteredOperations {
  /**
   * The text of the operation with this hash, where the grant the caller acts under allows it.
   * @throws Refusal AUTHORIZE_GRANT_MISSING, AUTHORIZE_PURPOSE_MISSING or REGISTRY_STALE
   */
  textOf(caller: Caller, hash: string): string | undefined;
  /** Every one of them, once for each grant that allows it. */
  all(): Iterable<AllowedOperation>;
}

/** Where tokens are the grants, nobody has registered anything. */
export const NOTHING_REGISTERED: RegisteredOperations = { textOf: () => undefined, all: () => [] };
