import { hostname, userInfo } from "node:os";
import type { Database } from "@truc/service";
import { sql } from "kysely";

/**
 * Notes in the database that somebody looks at the log past the platform, before it is looked at: when, what, under which
 * role, and as whom on which machine. No guard against the database's owner, who can take the row away again.
 * @param what the command, as an operator reads it
 */
export async function noteLook({ kysely }: Database, what: string): Promise<void> {
  await sql`insert into audit_look (what, os_user, machine)
    values (${what}, ${systemUser()}, ${hostname()})`.execute(kysely);
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have no name.
    return String(process.getuid?.());
  }
}
