import { randomBytes } from "node:crypto";
import type { Database } from "@truc/service";
import { tablesOf } from "../tables.ts";

/**
 * How a person is called in the tokens of one system: random and of that system alone, so that neither one token nor
 * two systems together tell who she is; the same at every sign-in. It is stored before it is given out, as routers ask
 * for its meaning.
 *
 * The person's row is held meanwhile: a suspension comes before, and there is no subject, or after, and then it is
 * among those that routers are told of.
 *
 * @returns null when the person is suspended or unknown
 */
export async function subjectOf(
  db: Database,
  person: string,
  system: string,
): Promise<string | null> {
  return await tablesOf(db)
    .transaction()
    .execute(async (tx) => {
      const row = await tx
        .selectFrom("person")
        .select("status")
        .where("id", "=", person)
        .forUpdate()
        .executeTakeFirst();
      if (row?.status !== "active") return null;
      const known = await tx
        .selectFrom("subject")
        .select("subject")
        .where("person", "=", person)
        .where("client", "=", system)
        .executeTakeFirst();
      if (known !== undefined) return known.subject;
      const subject = randomBytes(24).toString("base64url");
      await tx.insertInto("subject").values({ subject, person, client: system }).execute();
      return subject;
    });
}
