import type { Branded } from "./brand.ts";
import type { Caller } from "./authenticate.ts";
import { filteredFor, type Filtered } from "./authorize/filtered.ts";
import type { Rights, RightsSource } from "./authorize/rights.ts";
import type { Operation } from "./read.ts";

/** That this caller may have what is left of this operation answered, and as whom subgraphs are asked. */
export type Permit = Branded<
  {
    readonly caller: Caller;
    readonly operation: Operation;
    readonly rights: Rights;
    readonly filtered: Filtered;
  },
  "Permit"
>;

/**
 * Establishes the caller's rights and takes out of the operation what they do not cover, before anything is planned or
 * fetched.
 * @throws Refusal TOKEN_REVOKED, REGISTRY_STALE or AUTHORIZE_…
 */
export async function authorize(
  caller: Caller,
  operation: Operation,
  { rights: source }: { rights: RightsSource },
): Promise<Permit> {
  const rights = await source.of(caller, operation);
  const filtered = filteredFor(operation, rights.scopes);
  return { caller, operation, rights, filtered } as unknown as Permit;
}
