import * as initial from "./0001-initial.ts";
import * as people from "./0002-people.ts";
import * as grants from "./0003-grants.ts";
import * as operationRules from "./0004-operation-rules.ts";
import * as roleProposals from "./0005-role-proposals.ts";

/** In the order they are run; a migration that was released is never changed. */
export const migrations = {
  "0001-initial": initial,
  "0002-people": people,
  "0003-grants": grants,
  "0004-operation-rules": operationRules,
  "0005-role-proposals": roleProposals,
};
