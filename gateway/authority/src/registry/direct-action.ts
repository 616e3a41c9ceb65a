import { catalogueError } from "@truc/contracts";
import type { Database } from "@truc/service";
import type { SuspendedKind } from "../tables.ts";
import { OPERATOR_KEY } from "./change.ts";
import { revokeGrant } from "./end-grant.ts";
import { resume, suspend } from "./status.ts";
import { retireSystemKey } from "./systems.ts";

/** What the operator's key orders without the gateway. A key is named by its thumbprint. */
export interface DirectOrder {
  action: "suspend" | "resume" | "revoke";
  kind: SuspendedKind;
  id: string;
  reason: string;
}

/**
 * Does with the operator's key what must work while gateway or audit are down; the history says so. Grants and keys can be
 * revoked, everything can be suspended, and resumed as far as it was the operator who suspended it.
 * @throws an error of the catalogue, REGISTRY_…
 */
export async function directAction(
  db: Database,
  { action, kind, id, reason }: DirectOrder,
): Promise<void> {
  const order = { by: OPERATOR_KEY, reason };
  if (action === "suspend") return await suspend(db, order, { kind, id });
  if (action === "resume") return await resume(db, order, { kind, id });
  if (kind === "grant") return await revokeGrant(db, order, id);
  if (kind === "key") return await retireSystemKey(db, order, id);
  throw catalogueError("REGISTRY_INPUT_INVALID", {
    sentence: "Only grants and keys are revoked; everything else is suspended.",
  });
}
