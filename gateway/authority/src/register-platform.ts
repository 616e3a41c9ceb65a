import { migrate, openDatabase, StartupError } from "@truc/service";
import { calculateJwkThumbprint } from "jose";
import { migrations } from "../migrations/index.ts";
import {
  type CheckedPlatform,
  checkPlatform,
  type PlatformDefinition,
} from "./platform-definition.ts";
import { type Change, changeRegistry, OPERATOR_KEY } from "./registry/change.ts";
import { insertGrant } from "./registry/grant-rows.ts";
import { DEFAULT_TERMS, type Terms } from "./registry/terms.ts";
import { termsFrom } from "./registry/terms-input.ts";
import { unlessThere } from "./unless-there.ts";

type Part<K extends keyof CheckedPlatform> = CheckedPlatform[K][number];

/**
 * Writes a platform's definition into the authority's database, which is brought up to date first.
 *
 * It may run at every start, and several times at once: it only adds what is missing. What is there already, in whichever
 * state, is the registry's to change and is left alone; what was written before systems had ways back from a sign-in, or
 * grants had terms, gets the definition's. Everything it adds stands in the history as done with the
 * operator's key, the first grant of `platform:grants` among it, without which nobody could ask the registry anything.
 *
 * @returns how many agencies, scopes, purposes, systems, keys, people and grants were added; 0 when all were there
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
    let added = 0;
    await changeRegistry(
      db,
      { by: OPERATOR_KEY, reason: "The platform's definition." },
      async (change) => {
        const { record } = change;
        await addMissing(
          {
            ...change,
            record: (line) => {
              added += 1;
              record(line);
            },
          },
          definition,
        );
      },
    );
    return added;
  } finally {
    await db.close();
  }
}

async function addMissing(change: Change, platform: CheckedPlatform): Promise<void> {
  for (const agency of platform.agencies) await addAgency(change, agency);
  for (const scope of platform.scopes) await addScope(change, scope);
  for (const purpose of platform.purposes) await addPurpose(change, purpose);
  for (const system of platform.systems) await addSystem(change, system);
  for (const person of platform.people) await addPerson(change, person);
  for (const grant of platform.grants) await addGrant(change, grant);
}

async function addAgency(change: Change, { id, name }: Part<"agencies">): Promise<void> {
  if (await isThere(change, "agency", { id })) return;
  const content = { name, status: "active" as const };
  await change.tx
    .insertInto("agency")
    .values({ id, ...content })
    .execute();
  change.record({ what: "register", kind: "agency", subject: id, old: null, new: content });
}

async function addScope(
  change: Change,
  { name, owner, description }: Part<"scopes">,
): Promise<void> {
  if (await isThere(change, "scope", { name })) return;
  await change.tx.insertInto("scope").values({ name, owner, description }).execute();
  const content = { owner, description };
  change.record({ what: "define", kind: "scope", subject: name, old: null, new: content });
}

async function addPurpose(change: Change, purpose: Part<"purposes">): Promise<void> {
  const { code, text, legalBasis, ceiling, disclosureDelayDays } = purpose;
  if (await isThere(change, "purpose", { code })) return;
  await change.tx
    .insertInto("purpose")
    .values({ code, text, legal_basis: legalBasis, disclosure_delay_days: disclosureDelayDays })
    .execute();
  await change.tx
    .insertInto("purpose_scope")
    .values([...new Set(ceiling)].map((scope) => ({ purpose: code, scope })))
    .execute();
  const content = { text, legalBasis, ceiling, disclosureDelayDays };
  change.record({ what: "define", kind: "purpose", subject: code, old: null, new: content });
}

async function addSystem(change: Change, system: Part<"systems">): Promise<void> {
  const { id, name, agency, dpop, redirectUris } = system;
  const isNew = !(await isThere(change, "system", { id }));
  if (isNew) {
    await change.tx
      .insertInto("system")
      .values({ id, name, agency, status: "active", dpop: dpop ? 1 : 0 })
      .execute();
    await addRedirectUris(change, system);
    const content = { name, agency, status: "active", dpop, redirectUris };
    change.record({ what: "register", kind: "system", subject: id, old: null, new: content });
  } else if (
    redirectUris.length > 0 &&
    !(await isThere(change, "system_redirect_uri", { system: id }))
  ) {
    await addRedirectUris(change, system);
    const [old, content] = [{ redirectUris: [] }, { redirectUris }];
    change.record({ what: "add-redirects", kind: "system", subject: id, old, new: content });
  }
  for (const key of system.keys) await addKey(change, id, key);
}

async function addRedirectUris(
  { tx }: Change,
  { id, redirectUris }: Part<"systems">,
): Promise<void> {
  if (redirectUris.length === 0) return;
  await tx
    .insertInto("system_redirect_uri")
    .values([...new Set(redirectUris)].map((uri) => ({ system: id, uri })))
    .execute();
}

async function addKey(
  { tx, record }: Change,
  system: string,
  key: Part<"systems">["keys"][number],
): Promise<void> {
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
  if (known.some((other) => other.thumbprint === thumbprint)) return;
  if (known.length > 0)
    throw new StartupError(`System ${system} has another key named ${kid} already.`);
  const jwk = { ...key, kid, alg: "ES256", use: "sig" };
  await tx
    .insertInto("system_key")
    .values({ thumbprint, system, kid, jwk: JSON.stringify(jwk), status: "active" })
    .execute();
  const content = { system, status: "active", jwk };
  record({ what: "add-key", kind: "key", subject: thumbprint, old: null, new: content });
}

async function addPerson(change: Change, { id, name, roles, pin }: Part<"people">): Promise<void> {
  if (await isThere(change, "person", { id })) return;
  const insert = change.tx
    .insertInto("person")
    .values({ id, name, pin: pin ?? null, status: "active" });
  const { numInsertedOrUpdatedRows } = await unlessThere(change, insert).executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows !== 1n)
    throw new StartupError(`The number of person ${id} belongs to another person already.`);
  if (roles.length > 0)
    await change.tx
      .insertInto("person_role")
      .values(roles.map(({ role, agency }) => ({ person: id, role, agency })))
      .execute();
  const content = { name, status: "active", roles };
  change.record({ what: "register", kind: "person", subject: id, old: null, new: content });
}

async function addGrant(change: Change, grant: Part<"grants">): Promise<void> {
  const { system, purpose, scopes, validFrom, validUntil, ...stated } = grant;
  const terms = termsFrom(stated, DEFAULT_TERMS);
  if (await isThere(change, "grant_", { system, purpose }))
    return await addTerms(change, { system, purpose, terms });
  const content = { system, purpose, scopes, terms, validFrom, validUntil };
  const id = await insertGrant(change, content, "approved");
  change.record({
    what: "grant",
    kind: "grant",
    subject: id,
    old: null,
    new: { ...content, status: "active" },
  });
}

/** A grant older than terms would stand without limits for as long as it lasts. */
async function addTerms(
  { tx, record }: Change,
  { system, purpose, terms }: { system: string; purpose: string; terms: Terms },
): Promise<void> {
  const older = await tx
    .selectFrom("grant_")
    .select("id")
    .where("system", "=", system)
    .where("purpose", "=", purpose)
    .where("terms", "is", null)
    .execute();
  for (const { id } of older) {
    await tx
      .updateTable("grant_")
      .set({ terms: JSON.stringify(terms) })
      .where("id", "=", id)
      .execute();
    record({ what: "amend", kind: "grant", subject: id, old: { terms: null }, new: { terms } });
  }
}

async function isThere(
  { tx }: Change,
  table: "system_redirect_uri" | "agency" | "scope" | "purpose" | "system" | "person" | "grant_",
  key: Record<string, string>,
): Promise<boolean> {
  let query = tx.selectFrom(table).select((column) => column.lit(1).as("there"));
  for (const [column, value] of Object.entries(key))
    query = query.where(column as never, "=", value as never);
  return (await query.limit(1).executeTakeFirst()) !== undefined;
}
