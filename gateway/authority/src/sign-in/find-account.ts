import type { Database } from "@truc/service";
import type { Account } from "oidc-provider";
import { tablesOf } from "../tables.ts";

/**
 * A person as oidc-provider knows her: by her id at the registry, which no token holds.
 * @returns undefined when she is suspended or unknown
 */
export async function findAccount(db: Database, id: string): Promise<Account | undefined> {
  const person = await tablesOf(db)
    .selectFrom("person")
    .select("id")
    .where("id", "=", id)
    .where("status", "=", "active")
    .executeTakeFirst();
  return person && { accountId: person.id, claims: async () => ({ sub: person.id }) };
}
