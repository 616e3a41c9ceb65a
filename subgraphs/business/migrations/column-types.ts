import { type RawBuilder, sql } from "kysely";

type Dialect = "postgres" | "mariadb";

/**
 * A column of Vietnamese text, compared byte by byte on both databases whatever their own collation is.
 *
 * @param length the most characters the column takes
 */
export function text(dialect: Dialect, length: number): RawBuilder<unknown> {
  const type = sql.raw(`varchar(${length})`);
  return dialect === "postgres"
    ? sql`${type} collate "C"`
    : sql`${type} character set utf8mb4 collate utf8mb4_bin`;
}

/** Like text(), for codes, search forms and sort keys: ASCII only, so that MariaDB's index keys stay short. */
export function ascii(dialect: Dialect, length: number): RawBuilder<unknown> {
  const type = sql.raw(`varchar(${length})`);
  return dialect === "postgres"
    ? sql`${type} collate "C"`
    : sql`${type} character set ascii collate ascii_bin`;
}
