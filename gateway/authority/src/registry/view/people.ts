import { type Database, defineLoader } from "@truc/service";
import { tablesOf } from "../../tables.ts";
import { toEnum } from "./spelling.ts";
import { takesPart, type Viewer } from "./viewer.ts";

export interface PersonView {
  id: string;
  name: string;
  status: string;
}

/** Somebody by her id: staff for everybody who takes part, citizens for operators and auditors. */
export const personById = defineLoader<string, PersonView | null, Viewer>({
  name: "personById",
  missing: null,
  batch: async (db, ids, viewer) =>
    new Map((await readPeople(db, viewer, ids)).map((person) => [person.id, person])),
});

/** @param ids all when left out */
export async function readPeople(
  db: Database,
  viewer: Viewer,
  ids?: readonly string[],
): Promise<PersonView[]> {
  if (!takesPart(viewer)) return [];
  let query = tablesOf(db).selectFrom("person").select(["id", "name", "status"]).orderBy("id");
  if (ids !== undefined) query = query.where("id", "in", ids);
  if (!viewer.all)
    query = query.where(
      "id",
      "in",
      tablesOf(db)
        .selectFrom("person_role")
        .select("person_role.person")
        .where("person_role.role", "!=", "citizen"),
    );
  return (await query.execute()).map((row) => ({ ...row, status: toEnum(row.status) }));
}

export interface RoleView {
  role: string;
  agencyId: string | null;
}

/** What a visible person may do. */
export const rolesOfPerson = defineLoader<string, RoleView[]>({
  name: "rolesOfPerson",
  missing: [],
  batch: async (db, people) => {
    const rows = await tablesOf(db)
      .selectFrom("person_role")
      .selectAll()
      .where("person", "in", people)
      .orderBy("role")
      .orderBy("agency")
      .execute();
    return Map.groupBy(
      rows.map(({ person, role, agency }) => ({ person, role: toEnum(role), agencyId: agency })),
      ({ person }) => person,
    );
  },
});
