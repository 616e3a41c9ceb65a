import * as z from "zod";
import { settings } from "../process/settings.ts";

/** The environment of a register's process. */
export const SubgraphSettings = z.object({
  PORT: settings.port,
  HOST: settings.host,
  /** postgresql://… or mariadb://… decides the kind of database. */
  DATABASE_URL: settings.databaseUrl,
  /** JSON file with the secrets shared with the router: {"keys": [{"kid": …, "secret": …}]} */
  PERMIT_SECRETS: settings.filePath,
  /** Directory of the journal. */
  JOURNAL: settings.directory,
  LOG_LEVEL: settings.logLevel,
  /** Database connections at most. */
  POOL_SIZE: settings.integer(1, 1_000).default(10),
});
export type SubgraphSettings = z.infer<typeof SubgraphSettings>;
