export {
  createTestDatabase,
  databaseServers,
  type DatabaseServer,
  type TestDatabase,
} from "./test-database.ts";
export {
  startSubgraph,
  type TestPermit,
  type TestResult,
  type TestSubgraph,
} from "./test-subgraph.ts";
