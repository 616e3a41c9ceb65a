import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PORT_OFFSET } from "../../infra/src/all-in-one/options.ts";

/**
 * A database of a platform's embedded PostgreSQL, as the role that owns it.
 * @param data the platform's folder @param port its router's
 */
export function platformDatabase(data: string, port: number, name: string): string {
  const file = join(data, "postgres", "passwords.json");
  const passwords = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  return `postgresql://${name}:${passwords[name]}@127.0.0.1:${port + PORT_OFFSET.postgres}/${name}`;
}
