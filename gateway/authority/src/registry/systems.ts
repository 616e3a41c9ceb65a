import { catalogueError } from "@truc/contracts";
import type { Database } from "@truc/service";
import * as z from "zod";
import { Id, Name, RedirectUri } from "../platform-definition.ts";
import { demandAgency } from "./agencies.ts";
import { type Change, type ChangeOrder, changeRegistry } from "./change.ts";
import { type CheckedKey, checkSystemKey } from "./check-system-key.ts";
import { readInput } from "./read-input.ts";
import { demandMayEquip } from "./role-rules.ts";
import { administers, demand, isOperator } from "./who.ts";

const NewSystem = z.strictObject({
  id: Id,
  agency: Id,
  name: Name,
  /** Public keys (JWK), checked one by one. */
  keys: z.array(z.unknown()).max(10).default([]),
  /** Whether its tokens must be bound to a key (RFC 9449). */
  dpop: z.boolean().default(false),
  /** Where a sign-in through the system may return to. */
  redirectUris: z.array(RedirectUri).max(10).default([]),
});
export type NewSystem = z.input<typeof NewSystem>;

/**
 * An administrator of an agency registers a system of it; an operator, while the agency never had one.
 * @throws REGISTRY_FORBIDDEN, REGISTRY_INPUT_INVALID, REGISTRY_AGENCY_UNKNOWN, REGISTRY_ID_TAKEN, REGISTRY_KEY_…
 */
export async function registerSystem(
  db: Database,
  order: ChangeOrder,
  given: NewSystem,
): Promise<void> {
  await changeRegistry(db, order, async (change) => {
    const { keys, dpop, redirectUris, ...system } = readInput(NewSystem, given);
    await demandAgency(change, system.agency);
    await demandMayEquip(change, system.agency);
    const { tx } = change;
    const taken = await tx
      .selectFrom("system")
      .select("id")
      .where("id", "=", system.id)
      .executeTakeFirst();
    if (taken !== undefined) throw catalogueError("REGISTRY_ID_TAKEN");
    await tx
      .insertInto("system")
      .values({ ...system, status: "active", dpop: dpop ? 1 : 0 })
      .execute();
    const checked: CheckedKey[] = [];
    for (const key of keys) checked.push(await insertKey(change, system.id, key));
    const uris = [...new Set(redirectUris)];
    if (uris.length > 0)
      await tx
        .insertInto("system_redirect_uri")
        .values(uris.map((uri) => ({ system: system.id, uri })))
        .execute();
    change.record({
      what: "register",
      kind: "system",
      subject: system.id,
      old: null,
      new: {
        ...system,
        status: "active",
        dpop,
        redirectUris: uris,
        keys: checked.map(({ thumbprint }) => thumbprint),
      },
    });
  });
}

/**
 * A further key of a system, for who may register one: several are good at once, so that one can be changed for another
 * without a gap.
 * @returns its thumbprint (RFC 7638)
 * @throws REGISTRY_FORBIDDEN, REGISTRY_SYSTEM_UNKNOWN, REGISTRY_KEY_…
 */
export async function addSystemKey(
  db: Database,
  order: ChangeOrder,
  { system, key }: { system: string; key: unknown },
): Promise<string> {
  return await changeRegistry(db, order, async (change) => {
    const { agency } = await findSystem(change, system);
    await demandMayEquip(change, agency);
    const { thumbprint, jwk } = await insertKey(change, system, key);
    change.record({
      what: "add-key",
      kind: "key",
      subject: thumbprint,
      old: null,
      new: { system, status: "active", jwk },
    });
    return thumbprint;
  });
}

/**
 * Ends the use of a key for good; it stays known, so that it is never anybody's again.
 * @throws REGISTRY_FORBIDDEN, REGISTRY_KEY_UNKNOWN, REGISTRY_STATE
 */
export async function retireSystemKey(
  db: Database,
  order: ChangeOrder,
  thumbprint: string,
): Promise<void> {
  await changeRegistry(db, order, async (change) => {
    const key = await change.tx
      .selectFrom("system_key")
      .innerJoin("system", "system.id", "system_key.system")
      .select(["system_key.system", "system_key.status", "system.agency"])
      .where("system_key.thumbprint", "=", thumbprint)
      .executeTakeFirst();
    if (key === undefined) throw catalogueError("REGISTRY_KEY_UNKNOWN");
    demand(isOperator(change.who) || administers(change.who, "agency-admin", key.agency));
    if (key.status === "retired") throw catalogueError("REGISTRY_STATE");
    await change.tx
      .updateTable("system_key")
      .set({ status: "retired" })
      .where("thumbprint", "=", thumbprint)
      .execute();
    change.record({
      what: "retire",
      kind: "key",
      subject: thumbprint,
      old: { system: key.system, status: key.status },
      new: { system: key.system, status: "retired" },
    });
  });
}

/** @throws REGISTRY_SYSTEM_UNKNOWN */
export async function findSystem(
  { tx }: Change,
  id: string,
): Promise<{ id: string; agency: string }> {
  const system = await tx
    .selectFrom("system")
    .select(["id", "agency"])
    .where("id", "=", id)
    .executeTakeFirst();
  if (system === undefined) throw catalogueError("REGISTRY_SYSTEM_UNKNOWN");
  return system;
}

async function insertKey({ tx }: Change, system: string, given: unknown): Promise<CheckedKey> {
  const key = await checkSystemKey(given);
  const { thumbprint, kid } = key;
  const taken = await tx
    .selectFrom("system_key")
    .select("thumbprint")
    .where((where) => where.or([where("thumbprint", "=", thumbprint), where.and({ system, kid })]))
    .executeTakeFirst();
  if (taken !== undefined) throw catalogueError("REGISTRY_KEY_TAKEN");
  const jwk = JSON.stringify(key.jwk);
  await tx
    .insertInto("system_key")
    .values({ thumbprint, system, kid, jwk, status: "active" })
    .execute();
  return key;
}
