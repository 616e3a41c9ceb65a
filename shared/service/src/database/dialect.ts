export type Dialect = "postgres" | "mariadb";

/** @returns which database a URL belongs to, or null when it is neither's */
export function dialectOf(url: string): Dialect | null {
  if (/^postgres(ql)?:\/\//.test(url)) return "postgres";
  if (/^(mariadb|mysql):\/\//.test(url)) return "mariadb";
  return null;
}
