import { catalogueError, type ErrorCode } from "@truc/contracts";
import type { Database } from "@truc/service";
import type { Status, SuspendedKind } from "../tables.ts";
import { type Change, type ChangeOrder, changeRegistry } from "./change.ts";
import { approvingOwners } from "./grant-rows.ts";
import { administers, demand, isOperator } from "./who.ts";

/** What is suspended or resumed; a key by its thumbprint. */
export interface Suspendable {
  kind: SuspendedKind;
  id: string;
}

/** How the operator is named among those who have suspended something: no agency's id has a colon. */
const OPERATOR_PARTY = ":operator";

const UNKNOWN: Record<SuspendedKind, ErrorCode> = {
  agency: "REGISTRY_AGENCY_UNKNOWN",
  system: "REGISTRY_SYSTEM_UNKNOWN",
  key: "REGISTRY_KEY_UNKNOWN",
  person: "REGISTRY_PERSON_UNKNOWN",
  grant: "REGISTRY_GRANT_UNKNOWN",
};

/**
 * Suspends something until whoever does it resumes it; several may suspend the same, each for itself. Operators may
 * suspend anything, an agency's administrators its systems, keys and grants, an owner's those grants that hold a scope
 * of it.
 * @throws the unknown's code, REGISTRY_FORBIDDEN, REGISTRY_OWN_ROLES, REGISTRY_GRANT_STATE, REGISTRY_STATE when who asks has done so already
 */
export async function suspend(
  db: Database,
  order: ChangeOrder,
  target: Suspendable,
): Promise<void> {
  await changeRegistry(db, order, async (change) => {
    const thing = await findThing(change, target);
    const parties = partiesOf(change, thing);
    const party = parties.find((each) => !thing.suspendedBy.includes(each));
    if (party === undefined) throw catalogueError("REGISTRY_STATE");
    await change.tx
      .insertInto("suspension")
      .values({
        ...target,
        party,
        person: change.who.id,
        at: change.at,
        reason: change.reason,
      })
      .execute();
    await write(change, target, thing, "suspend", [...thing.suspendedBy, party]);
  });
}

/**
 * Takes back a suspension of one's own; what nobody has suspended any more is active again.
 * @throws the unknown's code, REGISTRY_FORBIDDEN, REGISTRY_STATE, REGISTRY_SUSPENDED_BY_OTHERS
 */
export async function resume(db: Database, order: ChangeOrder, target: Suspendable): Promise<void> {
  await changeRegistry(db, order, async (change) => {
    const thing = await findThing(change, target);
    const parties = partiesOf(change, thing);
    if (thing.status === "active") throw catalogueError("REGISTRY_STATE");
    const left = thing.suspendedBy.filter((party) => !parties.includes(party));
    // What was suspended before anybody kept who did it is the operator's to resume.
    const isOwn =
      thing.suspendedBy.length === 0
        ? isOperator(change.who)
        : left.length < thing.suspendedBy.length;
    if (!isOwn) throw catalogueError("REGISTRY_SUSPENDED_BY_OTHERS");
    await change.tx
      .deleteFrom("suspension")
      .where("kind", "=", target.kind)
      .where("id", "=", target.id)
      .where("party", "in", parties)
      .execute();
    await write(change, target, thing, "resume", left);
  });
}

interface Thing {
  status: Status;
  suspendedBy: string[];
  /** The agency it belongs to; null for people and agencies. */
  agency: string | null;
  /** Who has a say because of what it owns. */
  owners: string[];
}

/** As whom somebody may suspend something, an owner first. */
function partiesOf({ who }: Change, { agency, owners }: Thing): string[] {
  const parties = [
    ...owners.filter((owner) => administers(who, "owner-admin", owner)),
    ...(agency !== null && administers(who, "agency-admin", agency) ? [agency] : []),
    ...(isOperator(who) ? [OPERATOR_PARTY] : []),
  ];
  demand(parties.length > 0);
  return [...new Set(parties)];
}

async function findThing(change: Change, { kind, id }: Suspendable): Promise<Thing> {
  if (kind === "person" && id === change.who.id) throw catalogueError("REGISTRY_OWN_ROLES");
  const found = await find(change, { kind, id });
  if (found === undefined) throw catalogueError(UNKNOWN[kind]);
  if (found.status !== "active" && found.status !== "suspended")
    throw notSuspendable(kind, found.status);
  const rows = await change.tx
    .selectFrom("suspension")
    .select("party")
    .where("kind", "=", kind)
    .where("id", "=", id)
    .orderBy("party")
    .execute();
  return {
    status: found.status,
    agency: found.agency,
    owners: kind === "grant" ? await approvingOwners(change, id) : [],
    suspendedBy: rows.map(({ party }) => party),
  };
}

/** Says what it is instead: a grant that is only asked for, or has ended, or a retired key. */
function notSuspendable(kind: SuspendedKind, status: string): Error {
  if (kind === "key")
    return catalogueError("REGISTRY_STATE", {
      sentence: "The key was retired, so it stays as it is.",
    });
  return catalogueError("REGISTRY_GRANT_STATE", {
    ...(status === "requested" && {
      sentence:
        "The grant is only asked for, so there is nothing to suspend or resume: its owners refuse it, or the agency withdraws it.",
    }),
  });
}

async function find(
  { tx }: Change,
  { kind, id }: Suspendable,
): Promise<{ status: string; agency: string | null } | undefined> {
  if (kind === "key")
    return await tx
      .selectFrom("system_key")
      .innerJoin("system", "system.id", "system_key.system")
      .select(["system_key.status", "system.agency"])
      .where("system_key.thumbprint", "=", id)
      .executeTakeFirst();
  if (kind === "grant")
    return await tx
      .selectFrom("grant_")
      .innerJoin("system", "system.id", "grant_.system")
      .select(["grant_.status", "system.agency"])
      .where("grant_.id", "=", id)
      .executeTakeFirst();
  if (kind === "system")
    return await tx
      .selectFrom("system")
      .select(["status", "agency"])
      .where("id", "=", id)
      .executeTakeFirst();
  const row = await tx.selectFrom(kind).select("status").where("id", "=", id).executeTakeFirst();
  return row && { status: row.status, agency: null };
}

async function write(
  change: Change,
  { kind, id }: Suspendable,
  before: Thing,
  what: "suspend" | "resume",
  suspendedBy: readonly string[],
): Promise<void> {
  const status: Status = suspendedBy.length === 0 ? "active" : "suspended";
  const { tx } = change;
  if (kind === "key")
    await tx.updateTable("system_key").set({ status }).where("thumbprint", "=", id).execute();
  else if (kind === "grant")
    await tx.updateTable("grant_").set({ status }).where("id", "=", id).execute();
  else await tx.updateTable(kind).set({ status }).where("id", "=", id).execute();
  change.record({
    what,
    kind,
    subject: id,
    old: { status: before.status, suspendedBy: before.suspendedBy },
    new: { status, suspendedBy },
  });
}
