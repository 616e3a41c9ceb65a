import type { ApolloServer } from "@apollo/server";
import type { Logger } from "pino";
import { admit, admitQuestion } from "./admit.ts";
import type { Budgets } from "./admit/budgets.ts";
import type { Room } from "./admit/room.ts";
import { authenticate } from "./authenticate.ts";
import type { ProofsOfPossession } from "./authenticate/possession.ts";
import type { TokenVerifier } from "./authenticate/token-verifier.ts";
import { authorize, type Unauthorized } from "./authorize.ts";
import type { RightsSource } from "./authorize/rights.ts";
import type { Costs } from "./cost/costs.ts";
import { explain } from "./explain.ts";
import { questionOf } from "./explain/question.ts";
import { execute } from "./execute.ts";
import type { SubgraphClients } from "./execute/subgraph-clients.ts";
import type { IncomingRequest, OutgoingAnswer } from "./incoming-request.ts";
import { planFor } from "./plan.ts";
import { read, type ReadContext } from "./read.ts";
import type { DocumentLimits } from "./read/document-limits.ts";
import type { KnownOperations } from "./read/known-operations.ts";
import type { LiftedTexts } from "./read/lifted-texts.ts";
import type { MediaTypes } from "./read/media-types.ts";
import type { RegisteredOperations } from "./read/registered-operations.ts";
import { record, refuseUnrecordable, type Recording } from "./record.ts";
import type { Digests } from "./record/digests.ts";
import type { ReceiptKeys } from "./receipt/receipt-keys.ts";
import { refuse } from "./refuse.ts";
import type { RegistryFeed } from "./registry/registry-feed.ts";
import { shape } from "./shape.ts";
import type { Federation } from "./supergraph/federation.ts";
import { openTrail } from "./trail.ts";

/** What the stages work with; each takes only what it needs. */
export interface House {
  readonly log: Logger;
  readonly verifier: TokenVerifier;
  readonly proofs: ProofsOfPossession;
  /** The authority's feed; undefined where tokens are the grants. */
  readonly registry: RegistryFeed | undefined;
  readonly apollo: ApolloServer<ReadContext>;
  readonly limits: DocumentLimits;
  readonly known: KnownOperations;
  readonly liftedTexts: LiftedTexts;
  readonly mediaTypes: MediaTypes;
  readonly federation: Federation;
  readonly registered: RegisteredOperations;
  readonly rights: RightsSource;
  readonly unauthorized: Unauthorized;
  readonly room: Room;
  readonly budgets: Budgets;
  readonly costs: Costs;
  readonly clients: SubgraphClients;
  readonly deadlineMs: number;
  /** The entity type of the people whom permits name; undefined where no operation says who belongs to whom. */
  readonly people: string | undefined;
  readonly recording: Recording;
  /** Undefined where the router gives no receipts. */
  readonly receipts: ReceiptKeys | undefined;
  readonly digests: Digests;
}

/**
 * A request's whole life. Every stage is the file of its name; what one makes, the next one demands. Whatever
 * happens, answer or refusal, it leaves through record: no durable record, no answer.
 */
export async function handle(request: IncomingRequest, house: House): Promise<OutgoingAnswer> {
  const trail = openTrail(request);
  try {
    const caller = (trail.caller = await authenticate(request, house, trail));
    const answer = await read(request, caller, house, async (operation) => {
      trail.operation = operation;
      const permit = (trail.permit = await authorize(caller, operation, house, trail));
      return await admit(permit, house, trail, async (budget) => {
        const plan = planFor(budget);
        refuseUnrecordable(house);
        const execution = await execute(plan, budget, house, trail);
        return await shape(execution, house);
      });
    });
    return await record(answer, trail, house);
  } catch (error) {
    return await record(refuse(error, trail, house), trail, house);
  }
}

/**
 * The life of a request that asks what would become of an operation instead of having it answered: the same stages as
 * far as they go, and on record like every other. What is wrong with the operation is said as it would be there.
 */
export async function handleQuestion(
  request: IncomingRequest,
  house: House,
): Promise<OutgoingAnswer> {
  const trail = openTrail(request);
  try {
    const caller = (trail.caller = await authenticate(request, house, trail));
    const question = questionOf(request, caller);
    const answer = await read(
      question.request,
      caller,
      house,
      async (operation) => {
        trail.operation = operation;
        return await admitQuestion(caller, house, async () => {
          trail.explanation = await explain(caller, question, operation, house);
          return { data: null };
        });
      },
      question.variables,
    );
    return await record(trail.explanation?.answer ?? answer, trail, house);
  } catch (error) {
    return await record(refuse(error, trail, house), trail, house);
  }
}
