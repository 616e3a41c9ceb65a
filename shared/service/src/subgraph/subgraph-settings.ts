import * as z from "zod";
import { settings } from "../process/settings.ts";

/** The environment of a register's process. */
export const SubgraphSettings = z.object({
  PORT: settings.port,
  HOST: settings.host,
  DATABASE_URL: settings.databaseUrl,
  PERMIT_SECRETS: settings.filePath.describe(
    'JSON file of the secrets shared with the router: `{"keys": [{"kid": …, "secret": …}]}`, at most two.',
  ),
  JOURNAL: settings.directory.describe("The directory of the journal."),
  LOG_LEVEL: settings.logLevel,
  POOL_SIZE: settings.integer(1, 1_000).default(10).describe("Database connections at most."),
});
export type SubgraphSettings = z.infer<typeof SubgraphSettings>;
