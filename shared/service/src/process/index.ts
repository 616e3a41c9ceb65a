// What every process is made of, and nothing of databases: the router reads none of a register's, and their drivers are 340 modules.
export { type HttpOptions, type HttpServer, startHttp } from "../http/start-http.ts";
export { Journal } from "../journal/journal.ts";
export { makeDirectory } from "../make-directory.ts";
export { StartupError } from "../startup-error.ts";
export { lastChange } from "../last-change.ts";
export { WatchedFile } from "../watched-file.ts";
export { tuneHeap } from "./tune-heap.ts";
export { createLog } from "./create-log.ts";
export { tellOnStandardError } from "./gathered-lines.ts";
export { LogOutlet } from "./log-outlet.ts";
export {
  defineService,
  type Frame,
  type RunningService,
  type ServiceDefinition,
} from "./define-service.ts";
export { runService } from "./run-service.ts";
export { readSettings, settings } from "./settings.ts";
