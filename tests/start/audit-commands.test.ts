import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Platform } from "../harness/platform.ts";
import { runCommand } from "./platform-process.ts";
import { TRUC, Truc } from "./truc-command.ts";

let platform: Platform;
let truc: Truc;
/** Ids of the requests, in the order in which they were sent. */
const asked: string[] = [];

beforeAll(async () => {
  platform = await Platform.start({ citizens: 200, seed: 7 });
  truc = new Truc(platform.data);
  const { system, purpose, query, variables } = platform.file.example;
  for (let count = 0; count < 4; count++) {
    const { status, requestId } = await platform.ask({ system, purpose }, query, variables);
    expect(status).toBe(200);
    asked.push(requestId);
  }
  // A signed-in citizen: the router asks for her household in its own name.
  const person = {
    system: "portal",
    purpose: "CITIZEN_RECORDS",
    person: platform.file.samples.citizen,
  };
  expect((await platform.ask(person, "{ me { id fullName } }")).body.data).not.toBeNull();
});
afterAll(async () => {
  expect(await platform.stop()).toBe(0);
});

const beside = (name: string): string => join(platform.data, "..", name);

/** A command without the platform's folder: what it is given is all it has. */
async function offline(...words: string[]) {
  const elsewhere = beside("nowhere");
  return await runCommand(process.execPath, [TRUC, "audit", ...words, "--data", elsewhere]);
}

/** Of a journal line, or of a record: what the two sides are compared by. */
interface Finding {
  kind: string;
  id: string;
  subgraph: string;
  count: number;
}

async function reconciled(...words: string[]): Promise<{ holds: boolean; findings: Finding[] }> {
  const { stdout, stderr } = await truc.run("audit", "reconcile", "--json", ...words);
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

describe("a receipt", () => {
  const file = (): string => beside("receipt.json");

  test("is completed by the proof that its record is in the log", async () => {
    const { system, purpose, query, variables } = platform.file.example;
    const { code, stderr } = await truc.run(
      "query",
      ["--system", system, "--purpose", purpose, "--variables", JSON.stringify(variables)],
      ["--receipt", file(), query],
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining("The receipt is in")]);
    const completed = await truc.said("audit", "receipt", file());
    expect(completed).toMatch(
      /^\S+receipt\.json is complete: its record is at position \d+ of the log, proven for its first \d+ records\.\n$/,
    );
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect(await truc.said("audit", "verify", file())).toMatch(
      /^\S+receipt\.json holds: request \S+, signed at \S+; its record is at position \d+ of the log\.\n$/,
    );
  });

  test("holds offline, with keys that were kept", async () => {
    const { keys, checkpointKey } = JSON.parse(await readFile(file(), "utf8"));
    await writeFile(beside("receipt-keys.json"), JSON.stringify(keys));
    const kept = ["--keys", beside("receipt-keys.json"), "--key", checkpointKey];
    const { code, stdout, stderr } = await offline("verify", file(), ...kept);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    expect((await offline("verify", file())).stdout).toMatch(/^Warning: .* prove nothing\.$/m);
  });

  test("whose answer was changed does not", async () => {
    const changed = JSON.parse(await readFile(file(), "utf8"));
    changed.answer.body = changed.answer.body.replace(/\d/, "0");
    await writeFile(beside("changed.json"), JSON.stringify(changed));
    for (const command of ["verify", "receipt"]) {
      const { code, stdout } = await truc.run("audit", command, beside("changed.json"));
      expect(code).toBe(1);
      expect(stdout).toContain(
        "answer does not hold: the answer's body is not the one its Content-Digest was made of.",
      );
    }
  });
});

describe("an export", () => {
  test("verifies, with the key of the running platform and with one that was kept", async () => {
    const out = beside("segment");
    const exported = await truc.said("audit", "export", "--from", "0", "--out", out);
    expect(exported).toMatch(/^\d+ records are in \S+: positions 0 to \d+\.\n$/);
    const holds = /^Everything holds: \d+ records of localhost\/audit, \d+ checkpoints\.\n$/;
    expect(await truc.said("audit", "verify", out)).toMatch(holds);
    const { keys } = (await (await fetch(`${platform.file.audit}/keys`)).json()) as {
      keys: string[];
    };
    await writeFile(beside("log-key"), `${keys[0]}\n`);
    await writeFile(
      beside("checkpoint"),
      await (await fetch(`${platform.file.audit}/checkpoint`)).text(),
    );
    const kept = await offline("verify", out, "--key", beside("log-key"));
    expect(kept).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(holds) });
  });

  test("without a key nobody says that it holds", async () => {
    expect(await offline("verify", beside("segment"))).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "Whose checkpoints are to be believed? Name the log's key with --key: without it, whoever changed the log could have signed it.\n",
    });
  });

  test("a record that was changed in it is named", async () => {
    const file = join(beside("segment"), "records.jsonl");
    const before = await readFile(file, "utf8");
    await writeFile(file, before.replace('"answered"', '"refused"'));
    try {
      const { code, stdout } = await truc.run("audit", "verify", beside("segment"));
      expect(code).toBe(1);
      expect(stdout).toMatch(/^changed +\d+/m);
      const { stdout: json } = await truc.run("audit", "verify", beside("segment"), "--json");
      expect(JSON.parse(json)).toMatchObject({ holds: false });
    } finally {
      await writeFile(file, before);
    }
  });

  test("its records are what the journals say as well", async () => {
    const { from, to } = JSON.parse(
      await readFile(join(beside("segment"), "segment.json"), "utf8"),
    );
    expect(to).toBeGreaterThan(from);
    const journals = ["--journals", join(platform.data, "journal")];
    const { code, stdout } = await offline("reconcile", "--log", beside("segment"), ...journals);
    expect([code, stdout]).toEqual([0, expect.stringContaining("Neither side lacks a read.")]);
  });

  test.each([
    [[], "Say what to export: either --month, or --from and --to."],
    [["--from", "-1"], "it is a number from 0 on"],
    [["--month", "2026-13"], '"2026-13" is no month: write it as yyyy-mm.'],
    [["--month", "2199-01"], "2199-01 is not over yet."],
    [
      ["--from", "0", "--to", "999999999"],
      "There is no checkpoint of size 999999999: a segment ends with one.",
    ],
  ])("%j: one sentence", async (words, sentence) => {
    expect(await truc.refusal("audit", "export", "--out", beside("none"), words)).toContain(
      sentence,
    );
  });
});

describe("what was read, on both sides", { timeout: 90_000 }, () => {
  test("agrees, the reads of registry, audit log and the router itself included", async () => {
    const result = await reconciled();
    expect(result).toMatchObject({ holds: true, findings: [], unreadable: [], withoutJournal: {} });
    expect(result).toHaveProperty("agreed", expect.any(Number));
    const { stdout } = await truc.run("audit", "reconcile");
    expect(stdout).toMatch(/^From \S+ to \S+: \d+ fetches are on record and in the journals\.$/m);
    expect(stdout).toMatch(/^Neither side lacks a read\.$/m);
  });

  test("a line taken out of a register's journal is missed, and nothing else", async () => {
    const [hidden] = asked;
    const folder = join(platform.data, "journal");
    const file = await fileWith(join(folder, "population"), hidden!);
    const before = await readFile(file, "utf8");
    const lines = before.split("\n").filter((line) => line.includes(hidden!));
    await writeFile(
      file,
      before
        .split("\n")
        .filter((line) => !line.includes(hidden!))
        .join("\n"),
    );
    try {
      const { holds, findings } = await reconciled();
      expect(holds).toBe(false);
      expect(
        findings.map(({ kind, id, subgraph, count }) => ({ kind, id, subgraph, count })),
      ).toEqual([
        { kind: "not in the journal", id: hidden, subgraph: "population", count: lines.length },
      ]);
    } finally {
      await writeFile(file, before);
    }
  });

  test("a record taken out of the audit database is missed, in every register it had read", async () => {
    const hidden = asked[1]!;
    const client = new pg.Client(platform.databaseUrl("audit"));
    await client.connect();
    const expected = platform.journals.linesOf(hidden);
    try {
      await client.query("begin");
      await client.query("alter table audit_batch disable trigger audit_keeps_rows");
      const { rowCount } = await client.query(
        "delete from audit_batch where position(convert_to($1, 'UTF8') in lines) > 0",
        [hidden],
      );
      expect(rowCount).toBe(1);
      await client.query("alter table audit_batch enable trigger audit_keeps_rows");
      await client.query("commit");
    } finally {
      await client.end();
    }
    const { holds, findings } = await reconciled();
    expect(holds).toBe(false);
    expect(
      findings
        .map(({ kind, id, subgraph, count }) => ({ kind, id, subgraph, count }))
        .toSorted((one, other) => (one.subgraph < other.subgraph ? -1 : 1)),
    ).toEqual(
      Object.entries(expected).map(([subgraph, lines]) => ({
        kind: "not on record",
        id: hidden,
        subgraph,
        count: lines.length,
      })),
    );
  });
});

async function fileWith(folder: string, text: string): Promise<string> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if ((await readFile(path, "utf8")).includes(text)) return path;
  }
  throw new Error(`no file in ${folder} holds ${text}`);
}
