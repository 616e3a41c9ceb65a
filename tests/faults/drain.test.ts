import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PermitSecrets, signPermit, UNLIMITED } from "@truc/contracts";
import { type Database, openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { HeldSubgraph } from "../harness/held-subgraph.ts";
import { RouterSetup } from "../harness/router-process.ts";
import { ServiceProcess } from "../harness/service-process.ts";
import { composeSupergraph } from "../harness/test-router.ts";

const PATIENCE = { timeout: 20_000, interval: 20 };

/** What a newcomer meets: a status, or no connection. */
async function knock(url: string): Promise<number | "refused"> {
  return await fetch(`${url}/health/live`).then(
    async (response) => {
      await response.body?.cancel();
      return response.status;
    },
    () => "refused" as const,
  );
}

/** A connection on which requests are sent one after the other, without waiting for answers. */
class Pipeline {
  text = "";
  readonly #socket: Socket;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#socket = connect(Number(port), hostname).setEncoding("utf8");
    this.#socket.on("data", (text: string) => (this.text += text));
  }

  ask(query: string, token: string): void {
    const body = JSON.stringify({ query });
    const head = ["POST /graphql HTTP/1.1", "host: router", `authorization: Bearer ${token}`];
    head.push("content-type: application/json", `content-length: ${body.length}`);
    this.#socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  }
}

describe("SIGTERM while requests are under way", () => {
  test("the router answers them all in full, takes no new ones, and ends with 0", async () => {
    const held = await HeldSubgraph.start();
    const setup = await RouterSetup.make(composeSupergraph([held.subgraph]));
    const router = setup.start();
    try {
      const url = await router.ready();
      const asked = [1, 2, 3].map(async () => await setup.ask(url, "{ slow }"));
      await vi.waitFor(() => expect(held.waiting).toBe(3), PATIENCE);
      router.child.kill("SIGTERM");
      await vi.waitFor(async () => expect(["refused", 503]).toContain(await knock(url)), PATIENCE);
      expect(router.child.exitCode).toBeNull();
      held.release();
      const answers = await Promise.all(asked);
      for (const { status, body } of answers)
        expect([status, body]).toEqual([
          200,
          { data: { slow: 2 }, extensions: { cost: { estimated: 0, actual: 0 } } },
        ]);
      expect(await router.ends()).toBe(0);
      expect(router.stderr).toBe("");
      expect(
        setup
          .records()
          .map(({ id }) => id)
          .toSorted(),
      ).toEqual(answers.map(({ id }) => id).toSorted());
    } finally {
      await router.signal("SIGKILL");
      await held.stop();
      await setup.stop();
    }
  });

  test("a request that comes after it on an open connection is told to go elsewhere", async () => {
    const held = await HeldSubgraph.start();
    const setup = await RouterSetup.make(composeSupergraph([held.subgraph]));
    const router = setup.start();
    try {
      const token = await setup.issuer.token();
      const connection = new Pipeline(await router.ready());
      connection.ask("{ slow }", token);
      await vi.waitFor(() => expect(held.waiting).toBe(1), PATIENCE);
      router.child.kill("SIGTERM");
      await router.logs("stopping");
      connection.ask("{ quick }", token);
      held.release();
      expect(await router.ends()).toBe(0);
      const statuses = [...connection.text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(
        (match) => match[1],
      );
      expect(statuses).toEqual(["200", "503"]);
      expect(connection.text).toContain('{"data":{"slow":2},');
      expect(connection.text).toContain(
        '{"errors":[{"message":"This process is stopping: send the request again.","extensions":{"code":"SHUTTING_DOWN"}}]}',
      );
      expect(router.stderr).toBe("");
    } finally {
      await router.signal("SIGKILL");
      await held.stop();
      await setup.stop();
    }
  });

  test("a subgraph answers them all in full, takes no new ones, and ends with 0", async () => {
    const register = await RegisterSetup.make();
    const process = register.start();
    const administrator = openDatabase(register.database.url, { maxConnections: 2 });
    try {
      const url = await process.ready();
      const asked = await administrator.kysely.transaction().execute(async (transaction) => {
        await sql`lock table right_holder in access exclusive mode`.execute(transaction);
        const answers = [1, 2].map(async () => await register.ask(url));
        await vi.waitFor(
          async () => expect(await statementsWaiting(register, administrator)).toBe(2),
          PATIENCE,
        );
        process.child.kill("SIGTERM");
        await vi.waitFor(
          async () => expect(["refused", 503]).toContain(await knock(url)),
          PATIENCE,
        );
        expect(process.child.exitCode).toBeNull();
        return answers;
      });
      for (const answer of await Promise.all(asked)) {
        expect(answer).toEqual({ data: { landRightsOf: { nodes: [] } } });
      }
      expect(await process.ends()).toBe(0);
      expect(process.stderr).toBe("");
    } finally {
      await process.signal("SIGKILL");
      await administrator.close();
      await register.remove();
    }
  });
});

describe("a router that cannot start says why in one sentence and ends with 1:", () => {
  let held: HeldSubgraph;
  let setup: RouterSetup;
  const path = (name: string): string => join(setup.directory, name);
  beforeAll(async () => {
    held = await HeldSubgraph.start();
    setup = await RouterSetup.make(composeSupergraph([held.subgraph]));
    writeFileSync(path("file"), "no folder");
    writeFileSync(path("federation.yaml"), "subgraphs: { held: { permit: true } }");
    writeFileSync(path("broken.graphql"), "type Query {");
  });
  afterAll(async () => {
    await setup.stop();
    await held.stop();
  });

  const port = (): string => new URL(held.subgraph.url).port;
  const keyIn = (text: string, mode: number): string => {
    const file = join(mkdtempSync(path("key-")), "audit-key");
    writeFileSync(file, text, { mode });
    return file;
  };
  const secretsIn = (text: string) => (): string => {
    const folder = mkdtempSync(path("secrets-"));
    writeFileSync(join(folder, "held.json"), text);
    return folder;
  };
  test.each<[string, () => Record<string, string | undefined>, RegExp]>([
    ["no supergraph", () => ({ SUPERGRAPH: undefined }), /^The setting SUPERGRAPH is missing\.\n$/],
    [
      "a supergraph that is not there",
      () => ({ SUPERGRAPH: path("none.graphql") }),
      /^The file \S+none\.graphql of the setting SUPERGRAPH does not exist\.\n$/,
    ],
    [
      "a folder for a supergraph",
      () => ({ SUPERGRAPH: setup.directory }),
      /^The file \S+ of the setting SUPERGRAPH cannot be read\.\n$/,
    ],
    [
      "a supergraph that does not parse",
      () => ({ SUPERGRAPH: path("broken.graphql") }),
      /^The supergraph cannot be read: Syntax Error: .*\n$/,
    ],
    [
      "a port in use",
      () => ({ PORT: port() }),
      /^Port \d+ on 127\.0\.0\.1 is in use: stop what uses it, or choose another\.\n$/,
    ],
    [
      "a journal directory that cannot be written",
      () => ({ AUDIT: `journal:${path("file")}/journal` }),
      /^The directory \S+\/file\/journal cannot be written to \(ENOTDIR\)\.\n$/,
    ],
    [
      "nowhere for records to go",
      () => ({ AUDIT: undefined }),
      /^The setting AUDIT is missing: it must be postgresql:\/\/… or journal:DIRECTORY\.\n$/,
    ],
    ...["mariadb://127.0.0.1/audit", "journal:", "postgresql://[", "/var/lib/records"].map(
      (AUDIT): [string, () => Record<string, string>, RegExp] => [
        `records to go to ${AUDIT}`,
        () => ({ AUDIT }),
        /^The setting AUDIT must be postgresql:\/\/… or journal:DIRECTORY\.\n$/,
      ],
    ),
    [
      "an audit database without the audit process's address",
      () => ({ AUDIT: "postgresql://127.0.0.1/audit", AUDIT_SECRETS: path("file") }),
      /^The setting AUDIT_ORIGIN is missing: it must be set where records go to a database \(AUDIT=postgresql:\/\/…\)\.\n$/,
    ],
    [
      "an audit database without the secrets of the audit process",
      () => ({ AUDIT: "postgresql://127.0.0.1/audit", AUDIT_ORIGIN: "http://127.0.0.1:1" }),
      /^The setting AUDIT_SECRETS is missing: it must be set where records go to a database \(AUDIT=postgresql:\/\/…\)\.\n$/,
    ],
    [
      "secrets of the audit process that are none",
      () => ({
        AUDIT: "postgresql://127.0.0.1/audit",
        AUDIT_ORIGIN: "http://127.0.0.1:1",
        AUDIT_SECRETS: path("file"),
      }),
      /^The file \S+\/file of the setting AUDIT_SECRETS holds no shared secrets\.\n$/,
    ],
    [
      "an audit key that others can read",
      () => ({ AUDIT_KEY: keyIn(randomBytes(32).toString("base64url"), 0o640) }),
      /^The file \S+\/audit-key of the setting AUDIT_KEY can be read by others than its owner\.\n$/,
    ],
    [
      "an audit key that is too short",
      () => ({ AUDIT_KEY: keyIn(randomBytes(16).toString("base64url"), 0o600) }),
      /^The file \S+\/audit-key of the setting AUDIT_KEY does not hold 32 bytes as base64url\.\n$/,
    ],
    [
      "an algorithm nobody may use",
      () => ({ TOKEN_ALGORITHMS: "ES256,none" }),
      /^The setting TOKEN_ALGORITHMS must be a comma-separated list out of ES256, .*\.\n$/,
    ],
    [
      "a federation list that is not there",
      () => ({ FEDERATION: path("none.yaml") }),
      /^The file \S+none\.yaml of the setting FEDERATION does not exist\.\n$/,
    ],
    [
      "a permit secret that is too short",
      () => ({ PERMIT_SECRETS: secretsIn('{"keys":[{"kid":"a","secret":"short"}]}')() }),
      /^The file \S+held\.json of the setting PERMIT_SECRETS holds no shared secrets\.\n$/,
    ],
    [
      "a permit secret that is no JSON",
      () => ({ PERMIT_SECRETS: secretsIn("secret")() }),
      /^The file \S+held\.json of the setting PERMIT_SECRETS holds no shared secrets\.\n$/,
    ],
    [
      "no secret for a subgraph that takes permits",
      () => ({ FEDERATION: path("federation.yaml") }),
      /^The subgraph held takes permits, but PERMIT_SECRETS names no folder with a file held\.json\.\n$/,
    ],
  ])("%s", async (_what, settings, sentence) => {
    const router = setup.start(settings());
    expect(await router.ends()).toBe(1);
    expect(router.stderr).toMatch(sentence);
    expect(router.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(router.stdout).not.toContain('"ready"');
  });
});

describe("a subgraph that cannot start says why in one sentence and ends with 1:", () => {
  let register: RegisterSetup;
  beforeAll(async () => {
    register = await RegisterSetup.make();
  });
  afterAll(async () => await register.remove());

  test.each<[string, Record<string, string>, RegExp]>([
    [
      "no database's URL",
      { DATABASE_URL: "" },
      /^The setting DATABASE_URL is missing: it must be set to .*\.\n$/,
    ],
    [
      "a database that does not answer",
      { DATABASE_URL: "postgresql://127.0.0.1:1/none" },
      /^The database does not answer \(.*ECONNREFUSED.*\): check DATABASE_URL and that it runs\.\n$/,
    ],
    [
      "permit secrets that are not there",
      { PERMIT_SECRETS: "/nowhere/secrets.json" },
      /^The permit secrets cannot be read from \/nowhere\/secrets\.json \(ENOENT\)\.\n$/,
    ],
    [
      "a journal directory that cannot be written",
      { JOURNAL: "/dev/null/journal" },
      /^The directory \/dev\/null\/journal cannot be written to \(ENOTDIR\)\.\n$/,
    ],
  ])("%s", async (_what, settings, sentence) => {
    const process = register.start(settings);
    expect(await process.ends()).toBe(1);
    expect(process.stderr).toMatch(sentence);
    expect(process.stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});

/** One register with an empty database, to be started as a process. */
class RegisterSetup {
  readonly database: TestDatabase;
  readonly #directory = mkdtempSync(join(tmpdir(), "truc-register-"));
  readonly #secrets: PermitSecrets = { keys: [{ kid: "test", secret: "s".repeat(43) }] };

  private constructor(database: TestDatabase) {
    this.database = database;
    writeFileSync(join(this.#directory, "secrets.json"), JSON.stringify(this.#secrets));
  }

  static async make(): Promise<RegisterSetup> {
    return new RegisterSetup(await createTestDatabase(databaseServers()[0]!));
  }

  start(settings: Record<string, string> = {}): ServiceProcess {
    return new ServiceProcess("subgraphs/land", {
      PORT: "0",
      DATABASE_URL: this.database.url,
      PERMIT_SECRETS: join(this.#directory, "secrets.json"),
      JOURNAL: join(this.#directory, "journal"),
      ...settings,
    });
  }

  /** The rights of somebody who has none. */
  async ask(url: string): Promise<unknown> {
    const now = Math.floor(Date.now() / 1_000);
    const claims = {
      aud: "land",
      iat: now,
      exp: now + 60,
      scopes: ["land:rights"],
      limits: UNLIMITED,
      distance: 0,
    };
    const permit = signPermit({ ...claims, system: "test" }, this.#secrets);
    const query = '{ landRightsOf(citizen: "901000000001") { nodes { from } } }';
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, extensions: { permit } }),
    });
    return await response.json();
  }

  async remove(): Promise<void> {
    await this.database.drop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

async function statementsWaiting(
  { database }: RegisterSetup,
  administrator: Database,
): Promise<number> {
  const name = new URL(database.url).pathname.slice(1);
  const { rows } = await sql`select pid from pg_stat_activity
    where datname = ${name} and wait_event_type = 'Lock'`.execute(administrator.kysely);
  return rows.length;
}
