import type { Database } from "@truc/service";

/** A commune's code with the days between which it had one meaning. */
export interface CommuneMeaning {
  code: string;
  from: string;
  /** First day on which the code no longer meant this; null while it does. */
  to: string | null;
}

/** @returns what a commune's code meant on a day; null when no commune had it */
export async function communeMeaning(
  db: Database,
  code: string,
  day: string,
): Promise<CommuneMeaning | null> {
  const row: { valid_from: string; valid_to: string | null } | undefined = await db.kysely
    .selectFrom("commune_succession")
    .select(["valid_from", "valid_to"])
    .where("code", "=", code)
    .where("valid_from", "<=", day)
    .where((builder) =>
      builder.or([builder("valid_to", "is", null), builder("valid_to", ">", day)]),
    )
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : { code, from: row.valid_from, to: row.valid_to };
}
