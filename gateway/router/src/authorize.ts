import type { Branded } from "./brand.ts";
import type { Caller } from "./authenticate.ts";
import { filteredFor, type Filtered } from "./authorize/filtered.ts";
import { heldBy } from "./authorize/filter/held.ts";
import { wholeRefusal } from "./authorize/filter/whole-refusal.ts";
import type { Rights, RightsSource } from "./authorize/rights.ts";
import type { Operation } from "./read.ts";
import { refuseWithoutReceipt } from "./receipt/receipt.ts";
import type { ReceiptKeys } from "./receipt/receipt-keys.ts";
import type { Trail } from "./trail.ts";

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

/** What happens to an operation of which something is refused: the rest is answered, or nothing is. */
export type Unauthorized = "filter" | "reject";

/**
 * Establishes the caller's rights and takes out of the operation what they do not cover, before anything is planned or
 * fetched. What it found is on the trail, also of a request that it refuses.
 * @throws Refusal AUTHORIZE_…, RECEIPT_UNAVAILABLE, REGISTRY_STALE, TOKEN_REVOKED or AUTHORITY_UNAVAILABLE
 */
export async function authorize(
  caller: Caller,
  operation: Operation,
  house: {
    rights: RightsSource;
    unauthorized: Unauthorized;
    receipts: ReceiptKeys | undefined;
  },
  trail: Pick<Trail, "rights" | "filtered">,
): Promise<Permit> {
  const rights = (trail.rights = await house.rights.of(caller, operation));
  refuseWithoutReceipt(operation.request, house, rights.demandsReceipt);
  const filtered = (trail.filtered = filteredFor(operation, heldBy(rights)));
  if (house.unauthorized === "reject" && filtered.refused.size > 0)
    throw wholeRefusal(operation, operation.supergraph, heldBy(rights));
  return { caller, operation, rights, filtered } as unknown as Permit;
}
