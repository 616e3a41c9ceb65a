import type { Resolvers } from "@truc/service";
import type { AuditLog } from "../log/audit-log.ts";
import type { Postings } from "../postings/postings.ts";
import type { FieldRules } from "../usage/field-rules.ts";
import { type NamedRegistry, RegistryNames } from "../authority/names.ts";
import { accessNames } from "./access-entry.ts";
import { accessLog } from "./access-log.ts";
import { auditRecords } from "./audit-records.ts";
import type { FieldWords } from "./field-words.ts";
import { Pseudonyms } from "./pseudonyms.ts";
import { refusals } from "./refusals.ts";
import type { RoleSource } from "./rights.ts";

export interface ViewParts {
  readonly log: Pick<AuditLog, "read" | "size">;
  readonly postings: Postings;
  /** The root key under which people stand as pseudonyms, 32 bytes. */
  readonly root: Uint8Array;
  readonly authority: RoleSource & { registry(): Promise<NamedRegistry> };
  /** Those of the supergraph in force: see followFieldRules and followFieldWords. */
  readonly rules: () => FieldRules;
  readonly words: () => FieldWords;
  /** For how many months citizens see who looked. */
  readonly retentionMonths: number;
  readonly now?: () => Date;
}

/** What is seen of the log: by citizens of their own, by owners of what concerns their registers, by auditors all. */
export function viewResolvers(given: ViewParts): Resolvers {
  const parts = {
    ...given,
    pseudonyms: new Pseudonyms(given.root),
    now: given.now ?? (() => new Date()),
  };
  return {
    Query: {
      auditRecords: async (_root, args, context) => await auditRecords(parts, args, context),
      refusals: async (_root, args, context) => await refusals(parts, args, context),
    },
    Citizen: {
      accessLog: async ({ id }: { id: string }, args, context) =>
        await accessLog(parts, id, args, context),
    },
    AccessLogEntry: accessNames(new RegistryNames(given.authority)),
  };
}
