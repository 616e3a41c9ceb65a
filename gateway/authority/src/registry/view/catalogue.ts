import { type Database, defineLoader } from "@truc/service";
import { tablesOf } from "../../tables.ts";
import { takesPart, type Viewer } from "./viewer.ts";

export interface ScopeView {
  name: string;
  description: string;
  ownerId: string;
}

/** A scope by its name. */
export const scopeByName = defineLoader<string, ScopeView | null>({
  name: "scopeByName",
  missing: null,
  batch: async (db, names) =>
    new Map(
      (await selectScopes(db).where("name", "in", names).execute()).map((row) => [
        row.name,
        toView(row),
      ]),
    ),
});

/** The scopes an agency may give away. */
export const scopesOfOwner = defineLoader<string, ScopeView[]>({
  name: "scopesOfOwner",
  missing: [],
  batch: async (db, owners) =>
    Map.groupBy(
      (await selectScopes(db).where("owner", "in", owners).execute()).map(toView),
      ({ ownerId }) => ownerId,
    ),
});

/** Every scope, for everybody who takes part. */
export async function readScopes(db: Database, viewer: Viewer): Promise<ScopeView[]> {
  return takesPart(viewer) ? (await selectScopes(db).execute()).map(toView) : [];
}

function selectScopes(db: Database) {
  return tablesOf(db).selectFrom("scope").selectAll().orderBy("name");
}

function toView({
  name,
  description,
  owner,
}: {
  name: string;
  description: string;
  owner: string;
}): ScopeView {
  return { name, description, ownerId: owner };
}

export interface PurposeView {
  code: string;
  text: string;
  legalBasis: string;
  disclosureDelayDays: number;
}

/** A purpose by its code, for everybody who takes part. */
export const purposeByCode = defineLoader<string, PurposeView | null, Viewer>({
  name: "purposeByCode",
  missing: null,
  batch: async (db, codes, viewer) =>
    new Map((await readPurposes(db, viewer, codes)).map((purpose) => [purpose.code, purpose])),
});

/** @param codes all when left out */
export async function readPurposes(
  db: Database,
  viewer: Viewer,
  codes?: readonly string[],
): Promise<PurposeView[]> {
  if (!takesPart(viewer)) return [];
  let query = tablesOf(db).selectFrom("purpose").selectAll().orderBy("code");
  if (codes !== undefined) query = query.where("code", "in", codes);
  return (await query.execute()).map(({ code, text, legal_basis, disclosure_delay_days }) => ({
    code,
    text,
    legalBasis: legal_basis,
    disclosureDelayDays: disclosure_delay_days,
  }));
}

/** The names of the scopes a purpose may reach. */
export const ceilingOf = defineLoader<string, string[]>({
  name: "ceilingOf",
  missing: [],
  batch: async (db, purposes) => {
    const rows = await tablesOf(db)
      .selectFrom("purpose_scope")
      .selectAll()
      .where("purpose", "in", purposes)
      .orderBy("scope")
      .execute();
    const ceilings = new Map<string, string[]>();
    for (const { purpose, scope } of rows)
      ceilings.set(purpose, [...(ceilings.get(purpose) ?? []), scope]);
    return ceilings;
  },
});
