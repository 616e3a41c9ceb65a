import { catalogueError } from "@truc/contracts";
import type { Database } from "@truc/service";
import * as z from "zod";
import { PurposeCode, ScopeNames, Sentence } from "../platform-definition.ts";
import { type Change, type ChangeOrder, changeRegistry } from "./change.ts";
import { wholeNumber } from "./plain-forms.ts";
import { readInput } from "./read-input.ts";
import { demandScopes } from "./scopes.ts";
import { demand, isOperator } from "./who.ts";

const MAX_DELAY_DAYS = 3650;

const PurposeText = z.strictObject({
  code: PurposeCode,
  text: Sentence,
  legalBasis: Sentence,
  /** The scopes that a grant for the purpose may reach at most. */
  ceiling: ScopeNames,
  /** How long the citizens concerned do not see in their logs that they were looked up, days. */
  disclosureDelayDays: wholeNumber("disclosureDelayDays", 0, MAX_DELAY_DAYS).default(0),
});
export type PurposeText = z.input<typeof PurposeText>;

/**
 * An operator writes a purpose into the catalogue, or changes the one there is. A lower ceiling cuts every grant for it
 * at once. While there are live grants for it, whether decided or only asked for, it may be narrowed and disclosed
 * sooner, and otherwise means what it meant: owners have said, or are about to say, what data may be used for.
 * @throws REGISTRY_FORBIDDEN, REGISTRY_INPUT_INVALID, REGISTRY_SCOPE_UNKNOWN, REGISTRY_NOTHING_CHANGES,
 *   REGISTRY_PURPOSE_IN_USE
 */
export async function definePurpose(
  db: Database,
  order: ChangeOrder,
  given: PurposeText,
): Promise<void> {
  await changeRegistry(db, order, async (change) => {
    demand(isOperator(change.who));
    const { code, ...read } = readInput(PurposeText, given);
    const text = { ...read, ceiling: [...new Set(read.ceiling)].toSorted() };
    await demandScopes(change, text.ceiling);
    const old = await readPurpose(change, code);
    if (JSON.stringify(old) === JSON.stringify(text))
      throw catalogueError("REGISTRY_NOTHING_CHANGES");
    if (old !== null && !isNarrower(text, old) && (await isInUse(change, code)))
      throw catalogueError("REGISTRY_PURPOSE_IN_USE");
    await writePurpose(change, code, text, old === null);
    change.record({ what: "define", kind: "purpose", subject: code, old, new: text });
  });
}

type Content = Omit<z.infer<typeof PurposeText>, "code">;

/** Whether a purpose has become nothing but narrower, or is disclosed sooner. */
function isNarrower(now: Content, before: Content): boolean {
  return (
    now.text === before.text &&
    now.legalBasis === before.legalBasis &&
    now.ceiling.every((scope) => before.ceiling.includes(scope)) &&
    now.disclosureDelayDays <= before.disclosureDelayDays
  );
}

async function isInUse({ tx, today }: Change, code: string): Promise<boolean> {
  const grant = await tx
    .selectFrom("grant_")
    .select("id")
    .where("purpose", "=", code)
    .where("live", "=", 1)
    .where("valid_until", ">=", today)
    .limit(1)
    .executeTakeFirst();
  return grant !== undefined;
}

async function readPurpose({ tx }: Change, code: string): Promise<Content | null> {
  const row = await tx
    .selectFrom("purpose")
    .selectAll()
    .where("code", "=", code)
    .executeTakeFirst();
  if (row === undefined) return null;
  const ceiling = await tx
    .selectFrom("purpose_scope")
    .select("scope")
    .where("purpose", "=", code)
    .orderBy("scope")
    .execute();
  return {
    text: row.text,
    legalBasis: row.legal_basis,
    ceiling: ceiling.map(({ scope }) => scope),
    disclosureDelayDays: row.disclosure_delay_days,
  };
}

async function writePurpose(
  { tx }: Change,
  code: string,
  { text, legalBasis, ceiling, disclosureDelayDays }: Content,
  isNew: boolean,
): Promise<void> {
  const content = {
    text,
    legal_basis: legalBasis,
    disclosure_delay_days: disclosureDelayDays,
  };
  if (isNew)
    await tx
      .insertInto("purpose")
      .values({ code, ...content })
      .execute();
  else await tx.updateTable("purpose").set(content).where("code", "=", code).execute();
  await tx.deleteFrom("purpose_scope").where("purpose", "=", code).execute();
  await tx
    .insertInto("purpose_scope")
    .values(ceiling.map((scope) => ({ purpose: code, scope })))
    .execute();
}
