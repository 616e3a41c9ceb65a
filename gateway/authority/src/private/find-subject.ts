import type { SubjectAnswer } from "@truc/contracts";
import type { Database } from "@truc/service";
import { rolesToday } from "../registry/who.ts";
import { tablesOf } from "../tables.ts";

/** A text that can be no subject's is not looked for. */
const SUBJECT = /^[A-Za-z0-9_-]{1,64}$/;

/** @returns whom a token's `sub` means, with the roles that count today; null for nobody's */
export async function findSubject(db: Database, subject: string): Promise<SubjectAnswer | null> {
  if (!SUBJECT.test(subject)) return null;
  const person = await tablesOf(db)
    .selectFrom("subject")
    .innerJoin("person", "person.id", "subject.person")
    .select(["person.id", "person.pin", "person.status"])
    .where("subject.subject", "=", subject)
    .executeTakeFirst();
  if (person === undefined) return null;
  const { id, pin, status } = person;
  return { pin, status, roles: [...(await rolesToday(tablesOf(db), id))] };
}
