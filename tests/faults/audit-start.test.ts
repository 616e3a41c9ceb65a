import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AuditProcess } from "../harness/audit-process.ts";
import { KillablePostgres } from "../harness/killable-postgres.ts";

let postgres: KillablePostgres;

beforeAll(async () => {
  postgres = await KillablePostgres.start();
});
afterAll(async () => {
  await postgres?.stop();
});

async function setting(fsync: "on" | "off"): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.adminUrl });
  await client.connect();
  try {
    await client.query(`alter system set fsync = ${fsync}`);
    await client.query("select pg_reload_conf()");
    const shown = async (): Promise<string> =>
      (await client.query<{ fsync: string }>("show fsync")).rows[0]!.fsync;
    await expect.poll(shown).toBe(fsync);
  } finally {
    await client.end();
  }
}

async function refusal(settings: Record<string, string>): Promise<string> {
  const error = await AuditProcess.start({ postgresUrl: postgres.adminUrl, settings }).then(
    async (started) => {
      expect(await started.stop()).toBe(0);
      return new Error("it starts");
    },
    (reason: Error) => reason,
  );
  return error.message;
}

test("the audit process does not start over a database that may lose what it says it keeps", async () => {
  await setting("off");
  expect(await refusal({})).toMatch(
    /^it ended with 1\n\s*The audit database runs with fsync off, so that what it says is kept may be lost: set fsync to on in its configuration\.\n$/,
  );
  await setting("on");
  expect(await refusal({})).toBe("it starts");
}, 60_000);

test("nor without its keys: one sentence, exit code 1", async () => {
  for (const name of ["AUDIT_KEY", "CHECKPOINT_KEY"])
    expect(await refusal({ [name]: "/nowhere" })).toBe(
      `it ended with 1\n\nThe file /nowhere of the setting ${name} cannot be read (ENOENT).\n`,
    );
});
