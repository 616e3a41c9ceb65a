export { freePort, isFree } from "./free-port.ts";
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
export { randomOperation, seededRandom } from "./random-operation.ts";
export { difference, type ReadAnswer } from "./same-answers.ts";
export { PreparedExecution } from "../subgraph/compiled/execute-prepared.ts";
