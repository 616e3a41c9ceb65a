export { compose, CompositionRefused, type SubgraphSource } from "./compose/compose-subgraphs.ts";
export { type EmbeddedPostgres, startEmbeddedPostgres } from "./embedded-postgres.ts";
export { type FederatedSubgraph, readFederation } from "./federation.ts";
