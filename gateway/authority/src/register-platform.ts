import { randomUUID } from "node:crypto";
import { migrate, openDatabase, StartupError } from "@truc/service";
import { calculateJwkThumbprint } from "jose";
import { sql, type Transaction } from "kysely";
import { migrations } from "../migrations/index.ts";
import { checkPlatform, type PlatformDefinition } from "./platform-definition.ts";
import { type Tables, tablesOf } from "./tables.ts";

/**
 * Writes a platform's definition into the authority's database, which is brought up to date first.
 *
 * It may run at every start, and several times at once: what is there already is left alone. Names, texts, ceilings
 * and the scopes and dates of active grants follow the definition. What was decided since is not undone: whatever is
 * suspended or revoked stays so, and keys that the definition does not name stay registered.
 *
 * @returns how many rows were written; 0 when all was there
 * @throws StartupError when the definition is wrong, or one of its keys belongs to another system already
 */
export async function registerPlatform(
  databaseUrl: string,
  platform: PlatformDefinition,
): Promise<number> {
  const definition = checkPlatform(platform);
  const db = openDatabase(databaseUrl, { maxConnections: 1 });
  try {
    await migrate(db, migrations);
    return await tablesOf(db)
      .transaction()
      .execute(async (tx) => {
        await tx
          .selectFrom("registry_revision")
          .select("revision")
          .where("id", "=", 1)
          .forUpdate()
          .execute();
        const written = await write(tx, definition);
        if (written > 0) {
          await tx
            .updateTable("registry_revision")
            .set({ revision: sql`revision + 1` })
            .where("id", "=", 1)
            .execute();
        }
        return written;
      });
  } finally {
    await db.close();
  }
}

async function write(tx: Transaction<Tables>, platform: PlatformDefinition): Promise<number> {
  let written = 0;
  for (const { id, name } of platform.agencies) {
    written += await put(tx, "agency", { id }, { name }, { status: "active" });
  }
  for (const { name, owner, description } of platform.scopes) {
    written += await put(tx, "scope", { name }, { owner, description }, {});
  }
  for (const { code, text, legalBasis, ceiling } of platform.purposes) {
    written += await put(tx, "purpose", { code }, { text, legal_basis: legalBasis }, {});
    written += await putScopes(tx, "purpose_scope", { purpose: code }, ceiling);
  }
  for (const { id, name, agency, keys } of platform.systems) {
    written += await put(tx, "system", { id }, { name, agency }, { status: "active" });
    for (const key of keys) written += await putKey(tx, id, key);
  }
  for (const grant of platform.grants) written += await putGrant(tx, grant);
  return written;
}

async function putKey(
  tx: Transaction<Tables>,
  system: string,
  key: PlatformDefinition["systems"][number]["keys"][number],
): Promise<number> {
  const thumbprint = await calculateJwkThumbprint({
    kty: key.kty,
    crv: key.crv,
    x: key.x,
    y: key.y,
  });
  const kid = key.kid ?? thumbprint;
  const known = await tx
    .selectFrom("system_key")
    .select(["thumbprint", "system"])
    .where((where) => where.or([where("thumbprint", "=", thumbprint), where.and({ system, kid })]))
    .execute();
  const stranger = known.find((other) => other.system !== system);
  if (stranger !== undefined) {
    throw new StartupError(
      `A key of system ${system} belongs to system ${stranger.system} already: make a new one.`,
    );
  }
  if (known.some((other) => other.thumbprint === thumbprint)) return 0;
  if (known.length > 0)
    throw new StartupError(`System ${system} has another key named ${kid} already.`);
  const jwk = JSON.stringify({ ...key, kid, alg: "ES256", use: "sig" });
  await tx
    .insertInto("system_key")
    .values({ thumbprint, system, kid, jwk, status: "active" })
    .execute();
  return 1;
}

async function putGrant(
  tx: Transaction<Tables>,
  grant: PlatformDefinition["grants"][number],
): Promise<number> {
  const { system, purpose, scopes, validFrom, validUntil } = grant;
  const known = await tx
    .selectFrom("grant_")
    .select(["id", "status"])
    .where("system", "=", system)
    .where("purpose", "=", purpose)
    .execute();
  // One that was suspended or revoked since is somebody's decision.
  if (known.length > 0 && !known.some(({ status }) => status === "active")) return 0;
  const id = known.find(({ status }) => status === "active")?.id ?? randomUUID();
  const dates = { valid_from: validFrom, valid_until: validUntil };
  const written = await put(tx, "grant_", { id }, dates, {
    system,
    purpose,
    status: "active",
    live: 1,
  });
  return written + (await putScopes(tx, "grant_scope", { grant_id: id }, scopes));
}

/**
 * Makes a row's content what it shall be.
 * @param content is brought up to date; `first` is only written with a new row
 */
async function put<T extends "agency" | "scope" | "purpose" | "system" | "grant_">(
  tx: Transaction<Tables>,
  table: T,
  key: Partial<Tables[T]>,
  content: Partial<Tables[T]>,
  first: Partial<Tables[T]>,
): Promise<number> {
  // Which columns there are is checked by the parameters' types; kysely cannot follow a table that is a parameter.
  const rows = tx as Transaction<any>;
  const name: string = table;
  const known = await rows
    .selectFrom(name)
    .selectAll()
    .where((where) => where.and(key))
    .executeTakeFirst();
  if (known === undefined) {
    await rows
      .insertInto(name)
      .values({ ...key, ...content, ...first })
      .execute();
    return 1;
  }
  if (Object.entries(content).every(([column, value]) => known[column] === value)) return 0;
  await rows
    .updateTable(name)
    .set(content)
    .where((where) => where.and(key))
    .execute();
  return 1;
}

/** Makes a list of scopes (a ceiling's, a grant's) exactly what it shall be. */
async function putScopes(
  tx: Transaction<Tables>,
  table: "purpose_scope" | "grant_scope",
  key: { purpose: string } | { grant_id: string },
  scopes: readonly string[],
): Promise<number> {
  const rows = tx as Transaction<any>;
  const known = await rows
    .selectFrom(table)
    .select("scope")
    .where((where) => where.and(key))
    .execute();
  const before = new Set(known.map(({ scope }) => scope as string));
  const after = new Set(scopes);
  const added = scopes.filter((scope) => !before.has(scope));
  const removed = [...before].filter((scope) => !after.has(scope));
  if (added.length > 0)
    await rows
      .insertInto(table)
      .values(added.map((scope) => ({ ...key, scope })))
      .execute();
  if (removed.length > 0) {
    await rows
      .deleteFrom(table)
      .where((where) => where.and(key))
      .where("scope", "in", removed)
      .execute();
  }
  return added.length + removed.length;
}
