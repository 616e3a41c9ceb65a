/** Whom a row is about. */
export const GATEWAYS = [
  "truc",
  "apollo-gateway",
  "hive-rust",
  "mercurius",
  "merge",
  "merge-batched",
] as const;
export type Gateway = (typeof GATEWAYS)[number];

/** What works for a gateway without being it. */
export type Part = "subgraphs" | "database" | "audit" | "auditDatabase";

/** A gateway that runs, and what runs for it. */
export interface Party {
  readonly gateway: Gateway;
  readonly pid: number;
  /** Of its GraphQL address. */
  readonly url: string;
  readonly others: readonly Helper[];
}

/** Truc's router, which follows a file. */
export interface Truc extends Party {
  readonly supergraph: string;
}

/** A process that works for a gateway, with everything that it has started. */
export interface Helper {
  readonly part: Part;
  readonly pid: number;
}
