import { catalogueError } from "@truc/contracts";
import type { Database, SubgraphContext } from "@truc/service";
import { type Tables, tablesOf } from "../../tables.ts";
import { readWho } from "../who.ts";
import type { Kysely } from "kysely";

/** What somebody may see of the registry. It is part of what tells loaders apart, so it holds nothing else. */
export interface Viewer {
  /** Operators and auditors. */
  all: boolean;
  /** The agencies whose scopes she decides on. */
  owners: string[];
  /** The agencies she asks for; of a system without a person, its own. */
  agencies: string[];
}

const NOBODY: Viewer = { all: false, owners: [], agencies: [] };
const viewers = new WeakMap<SubgraphContext, Promise<Viewer>>();

/** Who asks in an operation: found out once. */
export function viewerOf(context: SubgraphContext): Promise<Viewer> {
  let viewer = viewers.get(context);
  if (viewer === undefined) viewers.set(context, (viewer = readViewer(context)));
  return viewer;
}

async function readViewer({ db, permit }: SubgraphContext): Promise<Viewer> {
  if (permit.person === undefined)
    return permit.agency === undefined ? NOBODY : { ...NOBODY, agencies: [permit.agency] };
  const person = await findPerson(db, permit.person);
  if (person === undefined) return NOBODY;
  const { roles } = await readWho(tablesOf(db), person);
  const agenciesAs = (as: string): string[] =>
    roles
      .flatMap(({ role, agency }) => (role === as && agency !== null ? [agency] : []))
      .toSorted();
  return {
    all: roles.some(({ role }) => role === "operator" || role === "auditor"),
    owners: agenciesAs("owner-admin"),
    agencies: agenciesAs("agency-admin"),
  };
}

/**
 * The id of the person who makes a change.
 * @throws REGISTRY_FORBIDDEN where nobody is signed in whom the registry knows
 */
export async function changingPerson({ db, permit }: SubgraphContext): Promise<string> {
  const person = permit.person === undefined ? undefined : await findPerson(db, permit.person);
  if (person === undefined)
    throw catalogueError("REGISTRY_FORBIDDEN", {
      sentence: "Only people who are signed in change the registry.",
    });
  return person;
}

/** @returns the id of the active person whom a token's `sub` means */
export async function findPerson(db: Database, subject: string): Promise<string | undefined> {
  const row = await tablesOf(db)
    .selectFrom("subject")
    .innerJoin("person", "person.id", "subject.person")
    .select("person.id")
    .where("subject.subject", "=", subject)
    .where("person.status", "=", "active")
    .executeTakeFirst();
  return row?.id;
}

/** Whether somebody has any part in the registry: its catalogues are for those who have. */
export function takesPart({ all, owners, agencies }: Viewer): boolean {
  return all || owners.length > 0 || agencies.length > 0;
}

/** The agencies that somebody speaks for, in whichever role. */
export function ownAgencies({ owners, agencies }: Viewer): string[] {
  return [...new Set([...owners, ...agencies])];
}

/**
 * The ids of the grants that somebody sees: those of her agency's systems, and those that hold or ask for a scope she
 * decides on. For an `in (…)`; an empty list of agencies matches nothing.
 */
export function visibleGrants(tables: Kysely<Tables>, { owners, agencies }: Viewer) {
  return tables
    .selectFrom("grant_ as seen")
    .innerJoin("system as seen_system", "seen_system.id", "seen.system")
    .select("seen.id")
    .where((where) =>
      where.or([
        among(where.ref("seen_system.agency"), agencies, where),
        where(
          "seen.id",
          "in",
          tables
            .selectFrom("grant_scope as held")
            .innerJoin("scope as held_scope", "held_scope.name", "held.scope")
            .select("held.grant_id")
            .where((inner) => among(inner.ref("held_scope.owner"), owners, inner)),
        ),
        where(
          "seen.id",
          "in",
          tables
            .selectFrom("amendment as more")
            .innerJoin("amendment_scope as more_scope", "more_scope.amendment", "more.id")
            .innerJoin("scope as asked_scope", "asked_scope.name", "more_scope.scope")
            .select("more.grant_id")
            .where((inner) => among(inner.ref("asked_scope.owner"), owners, inner)),
        ),
      ]),
    );
}

// kysely's builders differ by the tables in scope; here only a column and a list matter.
function among(column: any, values: readonly string[], where: any): any {
  return values.length === 0 ? where.lit(false) : where(column, "in", values);
}
