import type { DataClass } from "@truc/contracts";
import type { Branded } from "./brand.ts";
import type { Caller } from "./authenticate.ts";
import { filteredFor } from "./authorize/filtered.ts";
import type { RightsSource } from "./authorize/rights.ts";
import type { Costs } from "./cost/costs.ts";
import { explainedFields, waysToOpen, type ExplainedField } from "./explain/explained-fields.ts";
import { grantRequest, needsOf, wantedScopes, type GrantRequest } from "./explain/grant-request.ts";
import { refuseCurious, type Question } from "./explain/question.ts";
import { reasonFor, wholeReasons, type Reason } from "./explain/reasons.ts";
import { standingRights } from "./explain/standing-rights.ts";
import type { OutgoingAnswer } from "./incoming-request.ts";
import type { Operation } from "./read.ts";
import { refuseWithoutReceipt } from "./receipt/receipt.ts";
import type { ReceiptKeys } from "./receipt/receipt-keys.ts";
import type { RegistryFeed } from "./registry/registry-feed.ts";

/** What a system may do with an operation for a purpose, why not more, and what to ask for to do it all. */
export interface Explanation {
  /** The name of the operation in its document. */
  readonly operation: string | null;
  readonly system: string;
  readonly purpose: string | null;
  /** Whether nothing of it would be refused. Rows outside a grant's limits are absent all the same. */
  readonly allowed: boolean;
  /** Why none of it would be; empty where some is. */
  readonly reasons: readonly Reason[];
  readonly cost: {
    /** Of the whole operation, refused fields included. */
    readonly estimated: number;
    /** Null without a grant. */
    readonly budgetPerMinute: number | null;
  };
  readonly fields: readonly FieldExplanation[];
  /** What to ask the registry for; null where that would open nothing more. */
  readonly request: GrantRequest | null;
  /** Scopes that fields need and no grant for this purpose can hold. */
  readonly beyondCeiling: readonly string[];
}

/** An explanation and the HTTP answer that tells it. */
export type Explained = Branded<
  { readonly explanation: Explanation; readonly answer: OutgoingAnswer },
  "Explained"
>;

/** One field of the operation. */
export interface FieldExplanation {
  /** Response keys from the root. */
  readonly path: readonly string[];
  readonly coordinate: string;
  /** Each of these sets opens it; empty where nothing but a token is needed, or nothing opens it. */
  readonly scopes: readonly (readonly string[])[];
  /** The agencies these scopes belong to. */
  readonly owners: readonly string[];
  readonly dataClass: DataClass | null;
  readonly allowed: boolean;
  /** Why not; null where it is allowed. */
  readonly reason: string | null;
  /** What it adds to the estimate, without what is selected below it. */
  readonly cost: number;
}

/**
 * Explains what would become of an operation: by the same filter, the same costs and the same registry that answering
 * it goes by. Nothing is planned or fetched.
 * @throws Refusal EXPLAIN_FORBIDDEN, RECEIPT_UNAVAILABLE, REGISTRY_SYSTEM_UNKNOWN, REGISTRY_PURPOSE_UNKNOWN, REGISTRY_STALE or AUTHORIZE_…
 */
export async function explain(
  caller: Caller,
  question: Question,
  operation: Operation,
  house: {
    rights: RightsSource;
    registry: RegistryFeed | undefined;
    costs: Costs;
    receipts: ReceiptKeys | undefined;
  },
): Promise<Explained> {
  refuseWithoutReceipt(operation.request, house);
  await refuseCurious(caller, question, operation, house);
  const standing = standingRights(caller, question, house.registry?.present);
  const filtered = filteredFor(operation, standing);
  const fields = explainedFields(operation, filtered);
  const cost = house.costs.of(operation.supergraph, operation.document, operation.name);
  const estimated = cost.estimated(operation.values);
  const byField = cost.byField(operation.values);
  const wanted = wantedScopes(
    fields.filter(({ allowed }) => !allowed),
    standing,
  );
  // Without its variables an operation may ask for as many as it can; that says nothing of how many it will.
  const tooLarge =
    question.variables === "sent" && house.costs.tooManyValues(operation, filtered) !== undefined;
  const reasons = wholeReasons(operation, standing, { cost: estimated, tooLarge });
  const { system, purpose } = question;
  const explanation: Explanation = {
    operation: operation.name,
    system,
    purpose,
    allowed: reasons.length === 0 && fields.every(({ allowed }) => allowed),
    reasons,
    cost: { estimated, budgetPerMinute: standing.grant?.budget.costPerMinute ?? null },
    fields: fields.map((field) => ({
      ...explained(field, house.rights),
      reason: reasonFor(field, standing),
      cost: byField.get(JSON.stringify(field.path)) ?? 0,
    })),
    request:
      purpose === null || !standing.granted
        ? null
        : grantRequest(
            { system, purpose },
            standing,
            wanted,
            needsOf(fields, standing, estimated),
            new Date(),
          ),
    beyondCeiling: wanted.beyondCeiling,
  };
  const headers = { "content-type": "application/json; charset=utf-8" };
  const answer = { status: 200, headers, body: JSON.stringify(explanation) };
  return { explanation, answer } as unknown as Explained;
}

function explained(
  field: ExplainedField,
  rights: RightsSource,
): Omit<FieldExplanation, "reason" | "cost"> {
  const scopes = waysToOpen(field);
  const owners = new Set(scopes.flat().flatMap((scope) => rights.ownerOf(scope) ?? []));
  const { path, coordinate, dataClass, allowed } = field;
  return { path, coordinate, scopes, owners: [...owners].toSorted(), dataClass, allowed };
}
