import { type Kysely, sql } from "kysely";

/** How far the index has come. */
export interface PostingsHead {
  /** Runs hold the postings of entries below this position. */
  readonly indexed: number;
  /** Runs hold what was disclosed later up to this `at`. */
  readonly disclosed: number;
  readonly longestDelayDays: number;
  /** Whether something held back is due. */
  readonly due: boolean;
  /** How many records were disclosed that no run holds yet. */
  readonly waiting: number;
}

export async function readHead(db: Kysely<any>, now: Date): Promise<PostingsHead> {
  const { rows } = await sql<PostingsHead>`
    select indexed, disclosed, longest_delay_days as "longestDelayDays",
      exists(select from audit_postings_held where at is null and due <= ${now}) as due,
      (select count(*) from audit_postings_held as held where held.at > head.disclosed) as waiting
    from audit_postings as head`.execute(db);
  return rows[0]!;
}
