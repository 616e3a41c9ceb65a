import type { Database } from "@truc/service";
import type { JWK } from "jose";
import { Id, PurposeCode } from "./platform-definition.ts";
import { tablesOf } from "./tables.ts";

/** A system that may ask for tokens, with the keys it may sign its requests with. */
export interface ActiveSystem {
  id: string;
  name: string;
  /** Its agency's name. */
  agency: string;
  /** Whether its tokens must be bound to a key (RFC 9449). */
  dpop: boolean;
  keys: JWK[];
  /** Where a sign-in through it may return to. */
  redirectUris: string[];
}

/**
 * What a live grant allows: its scopes as far as their owners have approved them and they lie within its purpose's
 * ceiling, in alphabetical order.
 */
export interface LiveGrant {
  agency: string;
  purpose: string;
  scopes: string[];
}

/**
 * @param id as a caller sent it; a text that can be no system's id is not looked for
 * @returns null for a system that is unknown or suspended, or whose agency is
 */
export async function findActiveSystem(db: Database, id: string): Promise<ActiveSystem | null> {
  if (!Id.safeParse(id).success) return null;
  const rows = await tablesOf(db)
    .selectFrom("system")
    .innerJoin("agency", "agency.id", "system.agency")
    .leftJoin("system_key", (join) =>
      join.onRef("system_key.system", "=", "system.id").on("system_key.status", "=", "active"),
    )
    .select(["system.id", "system.name", "system.dpop", "system_key.jwk"])
    .select("agency.name as agency")
    .where("system.id", "=", id)
    .where("system.status", "=", "active")
    .where("agency.status", "=", "active")
    .orderBy("system_key.thumbprint")
    .execute();
  const [system] = rows;
  if (system === undefined) return null;
  const keys = rows.flatMap(({ jwk }) => (jwk === null ? [] : [JSON.parse(jwk) as JWK]));
  const { name, agency, dpop } = system;
  const redirectUris = await findRedirectUris(db, system.id);
  return { id: system.id, name, agency, dpop: dpop === 1, keys, redirectUris };
}

async function findRedirectUris(db: Database, system: string): Promise<string[]> {
  const rows = await tablesOf(db)
    .selectFrom("system_redirect_uri")
    .select("uri")
    .where("system", "=", system)
    .orderBy("uri")
    .execute();
  return rows.map(({ uri }) => uri);
}

/**
 * @param purpose as a caller sent it; a text that can be no purpose's code is not looked for
 * @param day today in Viet Nam, YYYY-MM-DD
 * @returns null when the system has no grant for the purpose that is active, valid today and not empty
 */
export async function findLiveGrant(
  db: Database,
  system: string,
  purpose: string,
  day: string,
): Promise<LiveGrant | null> {
  if (!PurposeCode.safeParse(purpose).success) return null;
  const rows = await tablesOf(db)
    .selectFrom("grant_")
    .innerJoin("system", "system.id", "grant_.system")
    .innerJoin("grant_scope", "grant_scope.grant_id", "grant_.id")
    .innerJoin("purpose_scope", (join) =>
      join
        .onRef("purpose_scope.purpose", "=", "grant_.purpose")
        .onRef("purpose_scope.scope", "=", "grant_scope.scope"),
    )
    .select(["system.agency", "grant_.purpose", "grant_scope.scope"])
    .where("grant_.system", "=", system)
    .where("grant_.purpose", "=", purpose)
    .where("grant_.live", "=", 1)
    .where("grant_.status", "=", "active")
    .where("grant_scope.decision", "=", "approved")
    .where("grant_.valid_from", "<=", day)
    .where("grant_.valid_until", ">=", day)
    .orderBy("grant_scope.scope")
    .execute();
  const [grant] = rows;
  if (grant === undefined) return null;
  return { agency: grant.agency, purpose: grant.purpose, scopes: rows.map(({ scope }) => scope) };
}

/** @param code as a caller sent it */
export async function isPurpose(db: Database, code: string): Promise<boolean> {
  if (!PurposeCode.safeParse(code).success) return false;
  const row = await tablesOf(db)
    .selectFrom("purpose")
    .select("code")
    .where("code", "=", code)
    .executeTakeFirst();
  return row !== undefined;
}

/** The names of all scopes there are. */
export async function scopeNames(db: Database): Promise<ReadonlySet<string>> {
  const rows = await tablesOf(db).selectFrom("scope").select("name").execute();
  return new Set(rows.map(({ name }) => name));
}

/** What a purpose is, in words. @returns null when there is no such purpose */
export async function findPurpose(
  db: Database,
  code: string,
): Promise<{ text: string; legalBasis: string } | null> {
  const row = await tablesOf(db)
    .selectFrom("purpose")
    .select(["text", "legal_basis"])
    .where("code", "=", code)
    .executeTakeFirst();
  return row === undefined ? null : { text: row.text, legalBasis: row.legal_basis };
}
