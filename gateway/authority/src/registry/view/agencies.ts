import { type Database, defineLoader } from "@truc/service";
import { tablesOf } from "../../tables.ts";
import { toEnum } from "./spelling.ts";
import { takesPart, ownAgencies, type Viewer, visibleGrants } from "./viewer.ts";

export interface AgencyView {
  id: string;
  name: string;
  status: string;
}

/** An agency by its id; their names are for everybody who takes part. */
export const agencyById = defineLoader<string, AgencyView | null, Viewer>({
  name: "agencyById",
  missing: null,
  batch: async (db, ids, viewer) =>
    new Map((await readAgencies(db, viewer, ids)).map((agency) => [agency.id, agency])),
});

/** @param ids all when left out */
export async function readAgencies(
  db: Database,
  viewer: Viewer,
  ids?: readonly string[],
): Promise<AgencyView[]> {
  if (!takesPart(viewer)) return [];
  let query = tablesOf(db).selectFrom("agency").select(["id", "name", "status"]).orderBy("id");
  if (ids !== undefined) query = query.where("id", "in", ids);
  return (await query.execute()).map((row) => ({ ...row, status: toEnum(row.status) }));
}

export interface SystemView {
  id: string;
  name: string;
  agencyId: string;
  status: string;
  dpop: boolean;
}

/** A system by its id, for those of its agency and those it has asked for something. */
export const systemById = defineLoader<string, SystemView | null, Viewer>({
  name: "systemById",
  missing: null,
  batch: async (db, ids, viewer) =>
    new Map((await readSystems(db, viewer, { ids })).map((system) => [system.id, system])),
});

/** An agency's systems, as far as the viewer sees them. */
export const systemsOfAgency = defineLoader<string, SystemView[], Viewer>({
  name: "systemsOfAgency",
  missing: [],
  batch: async (db, agencies, viewer) =>
    Map.groupBy(await readSystems(db, viewer, { agencies }), ({ agencyId }) => agencyId),
});

export async function readSystems(
  db: Database,
  viewer: Viewer,
  which: { ids?: readonly string[]; agencies?: readonly string[] },
): Promise<SystemView[]> {
  if (!takesPart(viewer)) return [];
  const tables = tablesOf(db);
  let query = tables.selectFrom("system").selectAll().orderBy("id");
  if (which.ids !== undefined) query = query.where("id", "in", which.ids);
  if (which.agencies !== undefined) query = query.where("agency", "in", which.agencies);
  if (!viewer.all)
    query = query.where((where) =>
      where.or([
        where("agency", "in", ownAgencies(viewer)),
        where(
          "id",
          "in",
          tables
            .selectFrom("grant_")
            .select("grant_.system")
            .where("grant_.id", "in", visibleGrants(tables, viewer)),
        ),
      ]),
    );
  return (await query.execute()).map(({ agency, status, dpop, ...row }) => ({
    ...row,
    agencyId: agency,
    status: toEnum(status),
    dpop: dpop === 1,
  }));
}

export interface KeyView {
  thumbprint: string;
  kid: string;
  jwk: string;
  status: string;
}

/** A visible system's keys. */
export const keysOfSystem = defineLoader<string, KeyView[]>({
  name: "keysOfSystem",
  missing: [],
  batch: async (db, systems) => {
    const rows = await tablesOf(db)
      .selectFrom("system_key")
      .selectAll()
      .where("system", "in", systems)
      .orderBy("thumbprint")
      .execute();
    return Map.groupBy(
      rows.map((row) => ({ ...row, status: toEnum(row.status) })),
      ({ system }) => system,
    );
  },
});

/** Where the sign-ins of a visible system may return to. */
export const redirectUrisOfSystem = defineLoader<string, string[]>({
  name: "redirectUrisOfSystem",
  missing: [],
  batch: async (db, systems) => {
    const rows = await tablesOf(db)
      .selectFrom("system_redirect_uri")
      .selectAll()
      .where("system", "in", systems)
      .orderBy("uri")
      .execute();
    const uris = new Map<string, string[]>();
    for (const { system, uri } of rows) uris.set(system, [...(uris.get(system) ?? []), uri]);
    return uris;
  },
});

/** The system a key belongs to, by the key's thumbprint. */
export async function systemOfKey(db: Database, thumbprint: string): Promise<string | undefined> {
  const row = await tablesOf(db)
    .selectFrom("system_key")
    .select("system")
    .where("thumbprint", "=", thumbprint)
    .executeTakeFirst();
  return row?.system;
}
