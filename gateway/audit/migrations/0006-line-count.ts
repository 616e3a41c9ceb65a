import { type Kysely, sql } from "kysely";

/**
 * Counts a batch's lines in a tenth of the time, which was a tenth of what writing it takes. Lines are JSON, so that they
 * are a text as they stand; what is none (a byte 0, in a database in UTF-8 what is not UTF-8) is refused from now on.
 * What is there stays as it is.
 */
export async function up(db: Kysely<any>): Promise<void> {
  await sql`alter table audit_batch drop constraint audit_batch_lines_counted`.execute(db);
  // "SQL_ASCII" takes the bytes for what a text of this database is made of, and translates nothing.
  await sql`alter table audit_batch add constraint audit_batch_lines_counted check (
    get_byte(lines, length(lines) - 1) = 10 and
    length(lines) - octet_length(replace(convert_from(lines, 'SQL_ASCII'), e'\\n', '')) = count
  ) not valid`.execute(db);
}
