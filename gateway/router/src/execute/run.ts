import type { Budget } from "../admit.ts";
import type { Execution } from "../execute.ts";
import type { ByteAllowance } from "./byte-allowance.ts";
import type { EarlyFetch } from "./early-fetch.ts";
import type { RequestEnding } from "./ending.ts";
import type { EntityFetch } from "./entity-fetch.ts";
import type { SubgraphClients } from "./subgraph-clients.ts";

/** One request's way through the steps of its plan. */
export interface Run extends Execution {
  readonly budget: Budget;
  readonly clients: SubgraphClients;
  readonly ending: RequestEnding;
  /** The entity type of the people whom permits name. */
  readonly people: string | undefined;
  /** Fetches that were begun before it was known whether they are needed. */
  readonly early: Map<EntityFetch, EarlyFetch>;
  /** What is known only when all has come; told in this order. */
  readonly afterwards: (() => void)[];
  readonly allowance: ByteAllowance;
  /** Whether a fetch was given up because its time was up or the caller had left. */
  givenUp: boolean;
}

/** What a node of a plan was compiled to. */
export type Step = (run: Run) => Promise<void>;
