import { createHash } from "node:crypto";
import { catalogueError } from "@truc/contracts";
import type { Database } from "@truc/service";
import * as z from "zod";
import { Id, Name } from "../platform-definition.ts";
import type { Tables } from "../tables.ts";
import { demandAgency } from "./agencies.ts";
import { type ApiSchema, checkOperation } from "./api-schema.ts";
import { type Change, type ChangeOrder, changeRegistry } from "./change.ts";
import { findLiveGrantRow, heldScopes } from "./grant-rows.ts";
import { neededOwners, readRules } from "./operation-owners.ts";
import { readInput } from "./read-input.ts";
import { administers, demand } from "./who.ts";

/** A column of 65,535 bytes holds it on either database. */
const MAX_TEXT_BYTES = 60_000;

const NewOperation = z.strictObject({
  agency: Id,
  /** SHA-256 of the text in lower-case hexadecimal. */
  hash: z.string().max(200),
  name: Name,
  text: z
    .string()
    .min(1)
    .refine((text) => Buffer.byteLength(text) <= MAX_TEXT_BYTES, "it is longer than 60,000 bytes"),
});
export type NewOperation = z.input<typeof NewOperation>;

/**
 * An agency's administrator registers an operation, so that grants may allow it by its hash.
 * @throws REGISTRY_FORBIDDEN, REGISTRY_INPUT_INVALID, REGISTRY_AGENCY_UNKNOWN, REGISTRY_HASH_MISMATCH,
 *   REGISTRY_SUPERGRAPH_MISSING, REGISTRY_OPERATION_INVALID, REGISTRY_ID_TAKEN
 */
export async function registerOperation(
  db: Database,
  order: ChangeOrder,
  given: NewOperation,
  schema: ApiSchema,
): Promise<void> {
  await changeRegistry(db, order, async (change) => {
    const { agency, hash, name, text } = readInput(NewOperation, given);
    await demandAgency(change, agency);
    demand(administers(change.who, "agency-admin", agency));
    if (createHash("sha256").update(text).digest("hex") !== hash)
      throw catalogueError("REGISTRY_HASH_MISMATCH");
    const rules = JSON.stringify(await checkOperation(text, schema));
    if ((await findOperation(change, agency, hash)) !== undefined)
      throw catalogueError("REGISTRY_ID_TAKEN");
    await change.tx
      .insertInto("registered_operation")
      .values({
        agency,
        hash,
        name,
        text,
        registered_by: change.who.id,
        registered_at: change.at,
        rules,
      })
      .execute();
    change.record({
      what: "register",
      kind: "operation",
      subject: `${agency} ${hash}`,
      old: null,
      new: { agency, hash, name },
    });
  });
}

/**
 * An owner's administrator allows a grant an operation that the grant's agency has registered. It counts once every
 * owner whose scopes it reads by has approved it and no owner of the grant has rejected it. What it reads is found out
 * anew, as the supergraph may be another by now: for all grants alike, whose missing approvals close it there.
 * @throws REGISTRY_GRANT_UNKNOWN, REGISTRY_GRANT_STATE, REGISTRY_SCOPE_NOT_OWNED, REGISTRY_OPERATION_UNKNOWN,
 *   REGISTRY_OWN_REQUEST, REGISTRY_SUPERGRAPH_MISSING, REGISTRY_OPERATION_INVALID when it no longer fits the schema,
 *   REGISTRY_NOTHING_CHANGES
 */
export async function approveOperation(
  db: Database,
  order: ChangeOrder,
  given: { grant: string; hash: string },
  schema: ApiSchema,
): Promise<void> {
  await changeRegistry(db, order, async (change) => {
    await decide(change, given, "approved", async ({ agency, hash, text, rules }) => {
      const found = JSON.stringify(await checkOperation(text, schema));
      if (found === rules) return rules;
      await change.tx
        .updateTable("registered_operation")
        .set({ rules: found })
        .where("agency", "=", agency)
        .where("hash", "=", hash)
        .execute();
      return found;
    });
  });
}

/** An owner's administrator refuses a grant an operation, also one that was allowed before. Throws as above. */
export async function rejectOperation(
  db: Database,
  order: ChangeOrder,
  given: { grant: string; hash: string },
): Promise<void> {
  await changeRegistry(db, order, async (change) => {
    await decide(change, given, "rejected", async ({ rules }) => rules);
  });
}

async function decide(
  change: Change,
  { grant: id, hash }: { grant: string; hash: string },
  decision: "approved" | "rejected",
  /** @returns the rules that guard what the operation reads */
  check: (operation: Operation) => Promise<string | null>,
): Promise<void> {
  const { tx, who, at, reason } = change;
  const grant = await findLiveGrantRow(change, id);
  const held = await heldScopes(tx, id);
  const owners = [...new Set(held.values())].filter((owner) =>
    administers(who, "owner-admin", owner),
  );
  if (owners.length === 0) throw catalogueError("REGISTRY_SCOPE_NOT_OWNED");
  const operation = await findOperation(change, grant.agency, hash);
  if (operation === undefined) throw catalogueError("REGISTRY_OPERATION_UNKNOWN");
  if (operation.registered_by === who.id) throw catalogueError("REGISTRY_OWN_REQUEST");
  const rules = await check(operation);
  const before = await tx
    .selectFrom("grant_operation")
    .select(["owner", "decision"])
    .where("grant_id", "=", id)
    .where("hash", "=", hash)
    .orderBy("owner")
    .execute();
  const own = before.filter(({ owner }) => owners.includes(owner));
  const isSaid = own.length === owners.length && own.every((row) => row.decision === decision);
  if (isSaid && rules === operation.rules) throw catalogueError("REGISTRY_NOTHING_CHANGES");
  await tx
    .deleteFrom("grant_operation")
    .where("grant_id", "=", id)
    .where("hash", "=", hash)
    .where("owner", "in", owners)
    .execute();
  const row = { grant_id: id, hash, decision, decided_by: who.id, decided_at: at, reason };
  await tx
    .insertInto("grant_operation")
    .values(owners.map((owner) => ({ ...row, owner })))
    .execute();
  const needs = (found: string | null): string[] => neededOwners({ rules: readRules(found), held });
  const words = Object.fromEntries(before.map((each) => [each.owner, each.decision]));
  change.record({
    what: decision === "approved" ? "approve-operation" : "reject-operation",
    kind: "grant",
    subject: id,
    old: { operation: hash, decisions: words, needs: needs(operation.rules) },
    new: {
      operation: hash,
      decisions: { ...words, ...Object.fromEntries(owners.map((owner) => [owner, decision])) },
      needs: needs(rules),
    },
  });
}

type Operation = Pick<
  Tables["registered_operation"],
  "agency" | "hash" | "text" | "registered_by" | "rules"
>;

async function findOperation(
  { tx }: Change,
  agency: string,
  hash: string,
): Promise<Operation | undefined> {
  return await tx
    .selectFrom("registered_operation")
    .select(["agency", "hash", "text", "registered_by", "rules"])
    .where("agency", "=", agency)
    .where("hash", "=", hash)
    .executeTakeFirst();
}
