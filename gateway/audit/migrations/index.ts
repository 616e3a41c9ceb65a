import type { Migration } from "@truc/service";
import * as log from "./0001-log.ts";
import * as postings from "./0002-postings.ts";
import * as usage from "./0003-usage.ts";
import * as identity from "./0004-identity.ts";
import * as looks from "./0005-looks.ts";
import * as lineCount from "./0006-line-count.ts";

/** In the order of their names; a published one is never changed. */
export const migrations: Record<string, Migration> = {
  "0001-log": log,
  "0002-postings": postings,
  "0003-usage": usage,
  "0004-identity": identity,
  "0005-looks": looks,
  "0006-line-count": lineCount,
};
