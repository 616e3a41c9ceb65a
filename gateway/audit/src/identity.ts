import { createHmac } from "node:crypto";
import { type Database, StartupError } from "@truc/service";
import { sql } from "kysely";
import type { CheckpointKey } from "./keys.ts";

export interface Identity {
  /** The log's name. */
  readonly origin: string;
  readonly root: Uint8Array;
  readonly checkpoint: CheckpointKey;
}

/**
 * Holds what a process is started with against what the log was begun with: under another root key nobody would be found
 * any more, under another name or checkpoint key no verifier would know the log. The first start writes it down.
 * @throws StartupError naming the setting
 */
export async function checkIdentity(db: Database, identity: Identity): Promise<void> {
  const { origin, root, checkpoint } = identity;
  await check(db, "origin", origin, (before) => `The log is called ${before}: set ORIGIN to it.`);
  await check(
    db,
    "root-key",
    // Tells keys apart and says nothing of them.
    createHmac("sha256", root).update("truc audit root key").digest("base64url"),
    () => "The log was begun with another root key: put back the file of the setting AUDIT_KEY.",
  );
  await check(
    db,
    "checkpoint-key",
    checkpoint.x,
    () =>
      "The log was begun with another checkpoint key: put back the file of the setting CHECKPOINT_KEY.",
  );
}

async function check(
  db: Database,
  what: string,
  value: string,
  sentence: (before: string) => string,
): Promise<void> {
  await sql`insert into audit_identity values (${what}, ${value}) on conflict do nothing`.execute(
    db.kysely,
  );
  const { rows } = await sql<{ value: string }>`
    select value from audit_identity where what = ${what}`.execute(db.kysely);
  const before = rows[0]!.value;
  if (before !== value) throw new StartupError(sentence(before));
}
