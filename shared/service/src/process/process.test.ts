import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { createLog } from "./create-log.ts";
import { readSettings, settings } from "./settings.ts";

describe("settings", () => {
  const schema = z.object({
    PORT: settings.port,
    HOST: settings.host,
    DATABASE_URL: settings.databaseUrl,
    JOURNAL: settings.directory,
    LOG_LEVEL: settings.logLevel,
  });
  const right = {
    PORT: "4011",
    DATABASE_URL: "postgresql://127.0.0.1/ships",
    JOURNAL: "/var/lib/truc",
  };

  it("are read out of texts, with defaults, and without what is not theirs", () => {
    expect(readSettings(schema, { ...right, HOME: "/root", HOST: "" })).toEqual({
      ...right,
      PORT: 4011,
      HOST: "127.0.0.1",
      LOG_LEVEL: "info",
    });
    expect(
      readSettings(schema, { ...right, DATABASE_URL: "mariadb://user:pass@127.0.0.1:3306/ships" }),
    ).toBeTruthy();
  });

  it.each([
    [{ PORT: undefined }, "The setting PORT is missing."],
    [{ PORT: "" }, "The setting PORT is missing."],
    [{ PORT: "http" }, "The setting PORT must be a whole number from 0 to 65535."],
    [{ PORT: "65536" }, "The setting PORT must be a whole number from 0 to 65535."],
    [
      { DATABASE_URL: undefined },
      "The setting DATABASE_URL is missing: it must be set to the database's URL.",
    ],
    [
      { DATABASE_URL: "oracle://127.0.0.1/ships" },
      "The setting DATABASE_URL must be a URL that begins with postgresql:// or mariadb://.",
    ],
    [
      { LOG_LEVEL: "loud" },
      "The setting LOG_LEVEL must be one of silent, fatal, error, warn, info, debug, trace.",
    ],
  ])("%j make one sentence: %s", (wrong, sentence) => {
    expect(() => readSettings(schema, { ...right, ...wrong })).toThrow(sentence);
  });
});

describe("the log", () => {
  const logged = (write: (log: ReturnType<typeof createLog>) => void): Record<string, any> => {
    const lines: string[] = [];
    write(createLog({ name: "ships", destination: { write: (line) => void lines.push(line) } }));
    return JSON.parse(lines[0]!);
  };

  it("is one JSON line with time, level and name", () => {
    expect(logged((log) => log.info({ requestId: "r-1" }, "operation"))).toMatchObject({
      level: "info",
      name: "ships",
      requestId: "r-1",
      msg: "operation",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });

  it("redacts tokens, permits and variables wherever a line carries them", () => {
    const secret = "eyJhbGciOiJIUzI1NiJ9.secret";
    const line = logged((log) =>
      log.info(
        {
          authorization: secret,
          permit: secret,
          variables: { id: secret },
          headers: { authorization: secret, "x-permit": secret, cookie: secret },
          extensions: { permit: secret },
        },
        "all of it",
      ),
    );
    expect(JSON.stringify(line)).not.toContain('secret"');
    expect(line["permit"]).toBe("[redacted]");
    expect(line["headers"]["x-permit"]).toBe("[redacted]");
  });

  it("keeps what a driver hangs onto an error out: the parameters of a statement are personal data", () => {
    const error = Object.assign(new Error("duplicate key"), {
      code: "23505",
      detail: "Key (id)=(901000000001) already exists.",
      parameters: ["901000000001"],
    });
    const line = logged((log) => log.error({ err: error }, "failed"));
    expect(line["err"]).toMatchObject({ type: "Error", code: "23505" });
    expect(JSON.stringify(line)).not.toContain("901000000001");
  });

  it.each([
    [
      "PostgreSQL",
      {
        name: "error",
        severity: "ERROR",
        code: "22P02",
        table: "citizen",
        constraint: "citizen_pkey",
      },
    ],
    [
      "MariaDB",
      { name: "Error", errno: 1366, code: "ER_TRUNCATED_WRONG_VALUE", sqlState: "22007" },
    ],
  ])(
    "keeps out what %s's own message quotes, also as the cause of another error",
    (_name, facts) => {
      const message = 'invalid input syntax for type integer: "LEAKED PERSON\n    at LEAKED"';
      const error = Object.assign(new Error(message), facts, { sqlMessage: message, sql: message });
      const { name, ...rest } = facts;
      for (const cause of [error, new Error("a batch failed", { cause: error })]) {
        const line = logged((log) => log.error({ err: cause }, "failed"));
        const described = cause === error ? line["err"] : line["err"].cause;
        expect(described).toEqual({ type: name, ...rest, stack: expect.stringMatching(/^\s+at /) });
        expect(JSON.stringify(line)).not.toContain("LEAKED");
      }
    },
  );

  it("keeps the message of what no database said", () => {
    const error = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), {
      code: "ECONNREFUSED",
    });
    const line = logged((log) => log.error({ err: error }, "failed"));
    expect(line["err"].message).toBe("connect ECONNREFUSED 127.0.0.1:1");
  });
});

describe("a service's process", () => {
  const children: ReturnType<typeof spawn>[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  const start = (environment: Record<string, string>) => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL("sample-service.ts", import.meta.url))],
      {
        env: { ...process.env, LOG_LEVEL: "info", ...environment },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    children.push(child);
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (text) => (output.stdout += text));
    child.stderr.on("data", (text) => (output.stderr += text));
    return { child, output };
  };
  const lineWith = (output: { stdout: string }, message: string) =>
    output.stdout
      .split("\n")
      .filter((line) => line.includes(`"msg":"${message}"`))
      .map((line) => JSON.parse(line) as { url: string })[0];

  it.each(["SIGINT", "SIGTERM"] as const)(
    "lets a request under way finish on %s, then ends with 0",
    async (signal) => {
      const { child, output } = start({ PORT: "0" });
      await expect.poll(() => lineWith(output, "ready"), { timeout: 20_000 }).toBeTruthy();
      const { url } = lineWith(output, "ready")!;
      const slow = fetch(`${url}/slow`);
      await expect.poll(() => lineWith(output, "slow request"), { timeout: 20_000 }).toBeTruthy();
      child.kill(signal);
      const [code] = await once(child, "exit");
      expect(code).toBe(0);
      expect(await (await slow).json()).toEqual({ done: true });
      expect(output.stderr).toBe("");
    },
  );

  it("ends with 1 and one sentence when a setting is missing", async () => {
    const { child, output } = start({});
    expect((await once(child, "exit"))[0]).toBe(1);
    expect(output).toEqual({ stdout: "", stderr: "The setting PORT is missing.\n" });
  });

  it("ends with 1 and one sentence when its port is in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const { child, output } = start({ PORT: String(port) });
    expect((await once(child, "exit"))[0]).toBe(1);
    expect(output.stderr).toBe(
      `Port ${port} on 127.0.0.1 is in use: stop what uses it, or choose another.\n`,
    );
    other.close();
  });
});
