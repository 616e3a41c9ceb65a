export { isUnavailable } from "./database/is-unavailable.ts";
export { migrate, type Migration } from "./database/migrate.ts";
export {
  type Database,
  type DatabaseOptions,
  type Dialect,
  dialectOf,
  openDatabase,
} from "./database/open-database.ts";
export { type HttpOptions, type HttpServer, startHttp } from "./http/start-http.ts";
export { Journal } from "./journal/journal.ts";
export { afterKey, type SortColumn } from "./page/after-key.ts";
export { argumentInvalid, batchKeys, MAX_BATCH_KEYS } from "./page/argument-invalid.ts";
export {
  type Connection,
  connection,
  type CursorValue,
  type Page,
  pageArguments,
} from "./page/connection.ts";
export { makeDirectory } from "./make-directory.ts";
export { createLog } from "./process/create-log.ts";
export {
  defineService,
  type Frame,
  type RunningService,
  type ServiceDefinition,
} from "./process/define-service.ts";
export { runService } from "./process/run-service.ts";
export { readSettings, settings } from "./process/settings.ts";
export { StartupError } from "./startup-error.ts";
export {
  defineSubgraph,
  type ReferenceResolver,
  type Resolver,
  type Resolvers,
  type Subgraph,
  type SubgraphContext,
  type SubgraphDefinition,
} from "./subgraph/define-subgraph.ts";
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
export { WatchedFile } from "./watched-file.ts";
