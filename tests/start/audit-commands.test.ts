import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
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
  });

  test.each([
    ["neither key", [], ["signature", "inclusion"]],
    ["no key of the platform's", ["--key"], ["signature"]],
    ["no key of the log's", ["--keys"], ["inclusion"]],
  ])("with %s but those inside it nobody says that it holds", async (_, given, unsaid) => {
    const { checkpointKey } = JSON.parse(await readFile(file(), "utf8"));
    const kept: Record<string, string> = {
      "--keys": beside("receipt-keys.json"),
      "--key": checkpointKey,
    };
    const words = given.flatMap((option) => [option, kept[option]!]);
    const { code, stdout, stderr } = await offline("verify", file(), ...words);
    expect([code, stderr]).toEqual([2, ""]);
    const said = [...stdout.matchAll(/: whether its (\w+) holds cannot be said: /g)];
    expect(said.map(([, part]) => part)).toEqual(unsaid);
    expect(stdout).not.toMatch(/ holds: |position/);
    const { stdout: json } = await offline("verify", file(), "--json", ...words);
    expect(JSON.parse(json)).toMatchObject({ holds: false, verdict: "unsaid" });
  });

  test("that somebody made up, and signed, is not said to hold", async () => {
    const forged = JSON.parse(await readFile(file(), "utf8"));
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const body = '{"data":{"nobody":"ever said this"}}';
    const digest = createHash("sha256").update(body).digest("base64");
    const parameters =
      '("@status" "content-digest" "truc-receipt");created=1772359200;keyid="forged"';
    const { "truc-receipt": receipt } = forged.answer.headers as Record<string, string>;
    const base = [
      '"@status": 200',
      `"content-digest": sha-256=:${digest}:`,
      `"truc-receipt": ${receipt}`,
      `"@signature-params": ${parameters}`,
    ].join("\n");
    forged.answer = {
      status: 200,
      headers: {
        "content-digest": `sha-256=:${digest}:`,
        "truc-receipt": receipt,
        "signature-input": `receipt=${parameters}`,
        signature: `receipt=:${sign(null, Buffer.from(base), privateKey).toString("base64")}:`,
      },
      body,
    };
    forged.keys = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "forged" }] };
    delete forged.inclusion;
    await writeFile(beside("forged.json"), JSON.stringify(forged));
    expect(await offline("verify", beside("forged.json"))).toMatchObject({
      code: 2,
      stdout: expect.not.stringContaining(" holds: "),
    });
    const keys = ["--keys", beside("receipt-keys.json")];
    expect((await offline("verify", beside("forged.json"), ...keys)).code).toBe(1);
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

  test("its key may be at an address", async () => {
    const { code } = await offline(
      "verify",
      beside("segment"),
      "--key",
      `${platform.file.audit}/keys`,
    );
    expect(code).toBe(0);
  });

  test("names the record that a receipt is of: who asked, for what purpose, for which fields", async () => {
    const { system, purpose } = platform.file.example;
    const { checkpointKey } = JSON.parse(await readFile(beside("receipt.json"), "utf8"));
    const keys = ["--keys", beside("receipt-keys.json"), "--key", checkpointKey];
    const both = ["verify", beside("receipt.json"), beside("segment"), ...keys];
    const { code, stdout } = await offline(...both);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^The record at position \d+, in \S+segment, is of this question and this answer: /m,
    );
    expect(stdout).toMatch(new RegExp(`^system +${system}$`, "m"));
    expect(stdout).toMatch(new RegExp(`^purpose +${purpose}$`, "m"));
    expect(stdout).toMatch(/^read, basic +\w+\.\w+/m);
    const { stdout: json } = await offline(...both, "--json");
    const [receipt] = JSON.parse(json).receipts;
    expect(receipt).toMatchObject({
      verdict: "holds",
      record: { position: receipt.position, context: { system, purpose } },
    });
  });

  test("names a receipt whose answer is not the one on record, whatever it says of itself", async () => {
    const { checkpointKey } = JSON.parse(await readFile(beside("receipt.json"), "utf8"));
    const keys = ["--key", checkpointKey];
    const { code, stdout } = await offline(
      "verify",
      beside("forged.json"),
      beside("segment"),
      ...keys,
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /record does not hold: what the record at position \d+ holds of its receipt is of another question or answer\.$/m,
    );
  });

  test("of one record says so", async () => {
    const { to } = JSON.parse(await readFile(join(beside("segment"), "segment.json"), "utf8"));
    const { system, purpose, query, variables } = platform.file.example;
    await truc.run(
      "query",
      ["--system", system, "--purpose", purpose, "--receipt", beside("one.json")],
      ["--variables", JSON.stringify(variables), query],
    );
    await truc.said("audit", "receipt", beside("one.json"));
    expect(await truc.said("audit", "export", "--from", String(to), "--out", beside("one"))).toBe(
      `1 record is in ${beside("one")}: position ${to}.\n`,
    );
  });

  test("is noted in the database with whoever made it", async () => {
    const client = new pg.Client(platform.databaseUrl("audit"));
    await client.connect();
    try {
      const { rows } = await client.query(
        "select what, database_role, os_user, machine, now() - at < interval '1 hour' as recent from audit_look order by id limit 1",
      );
      expect(rows).toEqual([
        {
          what: "export from 0 to the end",
          database_role: "audit",
          os_user: userInfo().username,
          machine: hostname(),
          recent: true,
        },
      ]);
    } finally {
      await client.end();
    }
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
    [
      ["--from", "777777"],
      "There is nothing to export from position 777777 on: the checkpoint that would end the segment is of ",
    ],
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

describe("what is called wrongly ends with 2, for nothing was found", () => {
  const unreachable = "postgresql://somebody:secret@127.0.0.1:1/audit";
  const cases: [string, string[], string | RegExp][] = [
    [
      "a moment",
      ["reconcile", "--from", "yesterday"],
      /argument 'yesterday' is invalid\. It is no moment: write it as 2026-11-22T10:00:00Z; --help/i,
    ],
    [
      "threads",
      ["verify", "--threads", "99", "x"],
      /argument '99' is invalid\. It is a number from 0 to 64; --help/i,
    ],
    [
      "a database that is not there",
      ["reconcile", "--database", unreachable, "--journals", "JOURNALS"],
      /^The audit database does not answer at postgresql:\/\/somebody@127\.0\.0\.1:1\/audit: nothing listens there\. Start it, or name another with --database\.$/,
    ],
    [
      "a database that is none",
      ["reconcile", "--database", "audit", "--journals", "JOURNALS"],
      "The audit database's address begins with postgresql://: name it with --database.",
    ],
    [
      "a database without a log",
      ["reconcile", "--database", "REGISTER", "--journals", "JOURNALS"],
      /^There is no audit log in the database postgresql:\/\/\w+@\S+\/land: name another with --database\.$/,
    ],
    [
      "journals",
      ["reconcile", "--journals", "/nope"],
      "The journals in /nope cannot be read: there is nothing of that name. Name their folder with --journals, or the platform's with --data.",
    ],
    ["a path", ["verify", "/nope"], "/nope cannot be read: there is nothing of that name."],
    [
      "the log's key",
      ["verify", "SEGMENT", "--key", "/nope"],
      "No key for checkpoints can be read at /nope: there is nothing of that name. Name with --key the key itself, a file with it, or the address at which the audit process gives it (/keys).",
    ],
    [
      "the log's key at an address",
      ["verify", "SEGMENT", "--key", "http://127.0.0.1:1/keys"],
      /^No key for checkpoints can be read at http:\/\/127\.0\.0\.1:1\/keys: \S.+ Name with --key/,
    ],
    [
      "the platform's keys",
      ["verify", "RECEIPT", "--keys", "/nope"],
      /^The keys for receipts cannot be read at \/nope: there is nothing of that name\. Name with --keys a file/,
    ],
  ];
  test.each(cases)("%s", async (_, words, sentence) => {
    const places: Record<string, string> = {
      JOURNALS: join(platform.data, "journal"),
      SEGMENT: beside("segment"),
      RECEIPT: beside("receipt.json"),
      REGISTER: platform.databaseUrl("land"),
    };
    const { code, stdout, stderr } = await offline(...words.map((word) => places[word] ?? word));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr.trimEnd()).toEqual(
      typeof sentence === "string" ? sentence : expect.stringMatching(sentence),
    );
    expect(stderr).not.toContain("secret");
  });
});
