import { type RawBuilder, sql } from "kysely";

/**
 * The column type of text that both databases must compare byte by byte, whatever their own collation is.
 *
 * @param length the most characters the column takes
 */
export function text(dialect: "postgres" | "mariadb", length: number): RawBuilder<unknown> {
  const type = sql.raw(`varchar(${length})`);
  return dialect === "postgres"
    ? sql`${type} collate "C"`
    : sql`${type} character set utf8mb4 collate utf8mb4_bin`;
}

/** Like text(), for sort keys, numbers and codes: ASCII only, so that MariaDB's index keys stay short. */
export function ascii(dialect: "postgres" | "mariadb", length: number): RawBuilder<unknown> {
  const type = sql.raw(`varchar(${length})`);
  return dialect === "postgres"
    ? sql`${type} collate "C"`
    : sql`${type} character set ascii collate ascii_bin`;
}
