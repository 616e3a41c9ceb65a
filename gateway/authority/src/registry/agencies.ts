import { catalogueError } from "@truc/contracts";
import type { Database } from "@truc/service";
import * as z from "zod";
import { Id, Name } from "../platform-definition.ts";
import { type Change, type ChangeOrder, changeRegistry } from "./change.ts";
import { readInput } from "./read-input.ts";
import { demand, isOperator } from "./who.ts";

const NewAgency = z.strictObject({ id: Id, name: Name });
export type NewAgency = z.infer<typeof NewAgency>;

/**
 * An operator takes in an agency.
 * @throws REGISTRY_FORBIDDEN, REGISTRY_INPUT_INVALID, REGISTRY_ID_TAKEN
 */
export async function registerAgency(
  db: Database,
  order: ChangeOrder,
  given: NewAgency,
): Promise<void> {
  await changeRegistry(db, order, async (change) => {
    demand(isOperator(change.who));
    const agency = { ...readInput(NewAgency, given), status: "active" as const };
    if (await isAgency(change, agency.id)) throw catalogueError("REGISTRY_ID_TAKEN");
    await change.tx.insertInto("agency").values(agency).execute();
    change.record({
      what: "register",
      kind: "agency",
      subject: agency.id,
      old: null,
      new: agency,
    });
  });
}

async function isAgency({ tx }: Change, id: string): Promise<boolean> {
  const row = await tx.selectFrom("agency").select("id").where("id", "=", id).executeTakeFirst();
  return row !== undefined;
}

/** @throws REGISTRY_AGENCY_UNKNOWN */
export async function demandAgency(change: Change, id: string): Promise<void> {
  if (!(await isAgency(change, id))) throw catalogueError("REGISTRY_AGENCY_UNKNOWN");
}
