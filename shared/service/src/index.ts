export { isUnavailable } from "./database/is-unavailable.ts";
export { migrate, type Migration } from "./database/migrate.ts";
export { type Dialect, dialectOf } from "./database/dialect.ts";
export { type Database, type DatabaseOptions, openDatabase } from "./database/open-database.ts";
export { afterKey, type SortColumn } from "./page/after-key.ts";
export { argumentInvalid, batchKeys, MAX_BATCH_KEYS } from "./page/argument-invalid.ts";
export {
  type Connection,
  connection,
  type CursorValue,
  type Page,
  pageArguments,
} from "./page/connection.ts";
export {
  defineSubgraph,
  type ReferenceResolver,
  type Resolver,
  type Resolvers,
  type Subgraph,
  type SubgraphContext,
  type SubgraphDefinition,
} from "./subgraph/define-subgraph.ts";
export * from "./process/index.ts";
export { defineColumns } from "./subgraph/columns.ts";
export { defineLoader, defineRowLoader, type Loader, type RowLoader } from "./subgraph/loader.ts";
export { mountSubgraph } from "./subgraph/mount-subgraph.ts";
export type { Rows } from "./subgraph/operation-rows.ts";
export { PermitReader } from "./subgraph/permit-reader.ts";
export { type RowLimit, showsLink, withinPins, withinProvinces } from "./subgraph/row-limit.ts";
export type { SubgraphServer } from "./subgraph/subgraph-server.ts";
export { SubgraphSettings } from "./subgraph/subgraph-settings.ts";
export { searchForm } from "./text/search-form.ts";
export { searchText } from "./text/search-text.ts";
export { sortKey } from "./text/sort-key.ts";
