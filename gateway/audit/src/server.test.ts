import { createHmac, generateKeyPairSync } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { AuditKeys, signAuditToken } from "@truc/contracts";
import { createLog, openDatabase, readSettings, type RunningService } from "@truc/service";
import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestRouter } from "./log/testing/test-router.ts";
import { dropMonth } from "./segments/drop-month.ts";
import { service } from "./server.ts";
import { type TestFiles, testFiles } from "./test-files.ts";

const log = createLog({ name: "audit", level: "silent" });

let database: TestDatabase;
let files: TestFiles;

beforeAll(async () => {
  database = await createTestDatabase(databaseServers()[0]!);
  files = testFiles();
});
afterAll(async () => {
  files?.remove();
  await database?.drop();
});

async function start(settings: Record<string, string | undefined> = {}): Promise<RunningService> {
  const environment = { ...files.environment, DATABASE_URL: database.url, ...settings };
  return await service.start(readSettings(service.settings, environment), { log });
}

async function sentenceOf(settings: Record<string, string | undefined>): Promise<string> {
  return await start(settings).then(
    async (running) => {
      await running.stop();
      return "it starts";
    },
    (error: Error) => error.message,
  );
}

function file(text: string, mode = 0o600): string {
  const path = `${files.directory}/${crypto.randomUUID()}`;
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe("a wrong setting is one sentence", () => {
  const key = Buffer.alloc(32, 1).toString("base64url");
  const ecKey = JSON.stringify({ kty: "EC", crv: "P-256", x: key, y: key, d: key });
  it.each<[string, () => Record<string, string | undefined>, RegExp]>([
    [
      "a register's kind of database",
      () => ({ DATABASE_URL: "mariadb://127.0.0.1/audit" }),
      /^The setting DATABASE_URL must be a URL that begins with postgresql:\/\/\.$/,
    ],
    ["no root key", () => ({ AUDIT_KEY: undefined }), /^The setting AUDIT_KEY is missing\.$/],
    [
      "a root key that is not there",
      () => ({ AUDIT_KEY: "/nowhere/key" }),
      /^The file \/nowhere\/key of the setting AUDIT_KEY cannot be read \(ENOENT\)\.$/,
    ],
    [
      "a root key that others can read",
      () => ({ AUDIT_KEY: file(key, 0o640) }),
      /^The file \S+ of the setting AUDIT_KEY can be read by others than its owner: run "chmod 600 .*\.$/,
    ],
    [
      "a root key that is too short",
      () => ({ AUDIT_KEY: file(key.slice(2)) }),
      /^The file \S+ of the setting AUDIT_KEY does not hold 32 bytes as base64url\.$/,
    ],
    [
      "no checkpoint key",
      () => ({ CHECKPOINT_KEY: undefined }),
      /^The setting CHECKPOINT_KEY is missing\.$/,
    ],
    [
      "a checkpoint key of another kind",
      () => ({ CHECKPOINT_KEY: file(ecKey) }),
      /^The file \S+ of the setting CHECKPOINT_KEY does not hold a private Ed25519 key as a JWK\.$/,
    ],
    [
      "the public half of a checkpoint key",
      () => ({ CHECKPOINT_KEY: file(JSON.stringify({ kty: "OKP", crv: "Ed25519", x: key })) }),
      /^The file \S+ of the setting CHECKPOINT_KEY does not hold a private Ed25519 key as a JWK\.$/,
    ],
    [
      "a checkpoint key that others can read",
      () => ({ CHECKPOINT_KEY: file("{}", 0o604) }),
      /^The file \S+ of the setting CHECKPOINT_KEY can be read by others than its owner: .*\.$/,
    ],
    [
      "an origin that no signed note can name",
      () => ({ ORIGIN: "an origin" }),
      /^The setting ORIGIN must be a name without spaces and plus signs\.$/,
    ],
    [
      "a role that would have to be quoted",
      () => ({ WRITER_ROLE: 'writer"; drop' }),
      /^The setting WRITER_ROLE must be the plain name of a role: small letters, digits and _\.$/,
    ],
    [
      "secrets for routers that are none",
      () => ({ AUDIT_SECRETS: file("{}") }),
      /^The file of the secrets shared with routers, \S+, is broken: .*\.$/,
    ],
    [
      "secrets of permits that are not there",
      () => ({ PERMIT_SECRETS: "/nowhere/secrets" }),
      /^The permit secrets cannot be read from \/nowhere\/secrets \(ENOENT\)\.$/,
    ],
    [
      "a supergraph that is none",
      () => ({ SUPERGRAPH: file("type {") }),
      /^The file \S+ of the setting SUPERGRAPH .*\.$/,
    ],
    [
      "a database that does not answer",
      () => ({ DATABASE_URL: "postgresql://127.0.0.1:1/audit" }),
      /^The database does not answer \(.*ECONNREFUSED.*\): check DATABASE_URL and that it runs\.$/,
    ],
  ])("%s", async (_, settings, sentence) => {
    expect(await sentenceOf(settings())).toMatch(sentence);
  });

  it("a port in use", async () => {
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    const { port } = stranger.address() as AddressInfo;
    expect(await sentenceOf({ PORT: String(port) })).toBe(
      `Port ${port} on 127.0.0.1 is in use: stop what uses it, or choose another.`,
    );
    await new Promise((resolve) => stranger.close(resolve));
  });
});

describe("a log goes on with what it was begun with", () => {
  it.each<[string, () => Record<string, string>, string]>([
    [
      "another name",
      () => ({ ORIGIN: "other.example/audit" }),
      "The log is called test.example/audit: set ORIGIN to it.",
    ],
    [
      "another root key",
      () => ({ AUDIT_KEY: file(Buffer.alloc(32, 7).toString("base64url")) }),
      "The log was begun with another root key: put back the file of the setting AUDIT_KEY.",
    ],
    [
      "another checkpoint key",
      () => {
        const { privateKey } = generateKeyPairSync("ed25519");
        return { CHECKPOINT_KEY: file(JSON.stringify(privateKey.export({ format: "jwk" }))) };
      },
      "The log was begun with another checkpoint key: put back the file of the setting CHECKPOINT_KEY.",
    ],
  ])("not with %s", async (_, settings, sentence) => {
    await (await start()).stop();
    expect(await sentenceOf(settings())).toBe(sentence);
    expect(await sentenceOf({})).toBe("it starts");
  });
});

describe("for how long it shows records", () => {
  it.each([
    ["36", "2029-02-01"],
    [undefined, "2028-02-01"],
  ])("is known to who drops months beside it: RETENTION_MONTHS=%s", async (months, until) => {
    await (await start({ RETENTION_MONTHS: months })).stop();
    const db = openDatabase(database.url);
    const now = () => new Date("2028-01-31T23:59:59Z");
    await expect(dropMonth({ db, month: "2026-01", now })).rejects.toThrow(
      `The records of 2026-01 are kept until ${until}.`,
    );
    await db.close();
  });
});

describe("the keys of the months", () => {
  let running: RunningService;
  beforeAll(async () => {
    running = await start();
  });
  afterAll(async () => {
    await running?.stop();
  });

  const ask = async (token: string | undefined): Promise<Response> =>
    await fetch(`${running.url}/private/month-keys`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });

  /** HKDF with SHA-256 (RFC 5869) for one block of output, by hand. */
  const derived = (use: string, month: string): string => {
    const hmac = (key: Uint8Array, text: string | Uint8Array): Buffer =>
      createHmac("sha256", key).update(text).digest();
    const secret = hmac(Buffer.alloc(32), files.root);
    return hmac(secret, `truc audit ${use} ${month}\u0001`).toString("base64url");
  };

  it("are given to who holds the secret: this month's and the next two", async () => {
    const before = new Date();
    const response = await ask(signAuditToken(running.url, files.secrets));
    expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-store"]);
    const answer = AuditKeys.parse(await response.json());
    const after = new Date();
    const expected = (from: Date) =>
      [0, 1, 2].map((ahead) => {
        const index = from.getUTCFullYear() * 12 + from.getUTCMonth() + ahead;
        const month = `${Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, "0")}`;
        return {
          month,
          pseudonyms: derived("pseudonyms", month),
          digests: derived("digests", month),
        };
      });
    expect([expected(before), expected(after)]).toContainEqual(answer.months);
  });

  it.each<[string, () => string | undefined | Promise<string>]>([
    ["no token", () => undefined],
    ["something else", () => "x.y.z"],
    ["another's address", () => signAuditToken("http://127.0.0.1:9", files.secrets)],
    [
      "another secret under the same name",
      () => signAuditToken(running.url, { keys: [{ kid: "audit-1", secret: "A".repeat(43) }] }),
    ],
    [
      "a name nobody knows",
      () => signAuditToken(running.url, { keys: [{ ...files.secrets.keys[0]!, kid: "other" }] }),
    ],
    [
      "a token of another type",
      () =>
        new SignJWT()
          .setProtectedHeader({ alg: "HS256", typ: "feed+jwt", kid: "audit-1" })
          .setAudience(running.url)
          .setIssuedAt()
          .setExpirationTime("60s")
          .sign(Buffer.from(files.secrets.keys[0]!.secret, "base64url")),
    ],
  ])("are refused with 401 to %s", async (_, token) => {
    const given = await token();
    const response = await ask(given);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: given === undefined ? "TOKEN_MISSING" : "TOKEN_INVALID" } }],
    });
  });
});

describe("its health", () => {
  it("is ready over its database, and says what it lacks", async () => {
    const running = await start();
    try {
      expect(await running.notReady()).toEqual([]);
      const response = await fetch(`${running.url}/health/ready`);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ ready: true, notReady: [], degraded: [] });
    } finally {
      await running.stop();
    }
  });

  it("says what is wrong with the log, and is ready all the same", async () => {
    const own = await createTestDatabase(databaseServers()[0]!);
    const running = await start({ DATABASE_URL: own.url });
    const db = openDatabase(own.url, { maxConnections: 1 });
    try {
      const router = new TestRouter(db.kysely);
      await router.write([{}]);
      router.chain = Buffer.alloc(32, 7);
      await router.write([{}]);
      const health = async (): Promise<unknown> =>
        await (await fetch(`${running.url}/health/ready`)).json();
      await expect
        .poll(health, { timeout: 20_000 })
        .toEqual({ ready: true, notReady: [], degraded: [expect.stringContaining(router.id)] });
    } finally {
      await db.close();
      await running.stop();
      await own.drop();
    }
  });
});
