import { type Database, defineLoader } from "@truc/service";
import type { PersonRole } from "../../platform-definition.ts";
import { type Tables, tablesOf } from "../../tables.ts";
import type { RoleView } from "./people.ts";
import { moment, toEnum } from "./spelling.ts";
import type { Viewer } from "./viewer.ts";

export interface ProposalView {
  id: string;
  personId: string;
  roles: PersonRole[];
  before: PersonRole[];
  proposedById: string;
  proposedAt: Date | null;
  reason: string;
}

/** What is proposed for a person, for operators and auditors. */
export const proposalOfPerson = defineLoader<string, ProposalView | null, Viewer>({
  name: "proposalOfPerson",
  missing: null,
  batch: async (db, people, viewer) => {
    if (!viewer.all) return new Map();
    const rows = await tablesOf(db)
      .selectFrom("role_proposal")
      .selectAll()
      .where("person", "in", people)
      .execute();
    return new Map(rows.map((row) => [row.person, toView(row)]));
  },
});

/** All that is proposed, the oldest first, for operators and auditors. */
export async function readProposals(db: Database, viewer: Viewer): Promise<ProposalView[]> {
  if (!viewer.all) return [];
  const rows = await tablesOf(db)
    .selectFrom("role_proposal")
    .selectAll()
    .orderBy("proposed_at")
    .orderBy("person")
    .execute();
  return rows.map(toView);
}

/** Roles of a proposal as those of a person are shown. */
export function proposedRoles(roles: readonly PersonRole[]): RoleView[] {
  return roles.map(({ role, agency }) => ({ role: toEnum(role), agencyId: agency }));
}

function toView(row: Tables["role_proposal"]): ProposalView {
  return {
    id: row.id,
    personId: row.person,
    roles: JSON.parse(row.roles) as PersonRole[],
    before: JSON.parse(row.roles_before) as PersonRole[],
    proposedById: row.proposed_by,
    proposedAt: moment(row.proposed_at),
    reason: row.reason,
  };
}
