import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { PermitSecrets } from "@truc/contracts";
import { createLog, type Database, openDatabase, type RunningService } from "@truc/service";
import { createTestDatabase, databaseServers, freePort } from "@truc/service/testing";
import type { JWK } from "jose";
import type { PlatformDefinition } from "./platform-definition.ts";
import { registerPlatform } from "./register-platform.ts";
import { service } from "./server.ts";
import type { AuthoritySettings } from "./settings.ts";
import { makeSystemKey } from "./system-key.ts";

/** An authority over a fresh database, for tests. */
export interface TestAuthority {
  settings: AuthoritySettings;
  issuer: string;
  /** Its database, by the plain address. */
  database: Database;
  /** The private keys of the systems of `testPlatform`. */
  privateKeys: Record<string, JWK>;
  /** The secret it shares with routers. */
  feedSecrets: PermitSecrets;
  /** The secret it shares with routers as the registry's subgraph. */
  permitSecrets: PermitSecrets;
  /** What it has logged, one JSON line each. */
  log: string[];
  /** A second process of it, over the same files and database; @returns where it answers and how it is stopped. */
  another(): Promise<RunningService>;
  /** Stops it and starts it again over the same files and database. */
  restart(): Promise<void>;
  /** Stops it alone; its database and files stay until `stop`. */
  halt(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param options.databaseUrl the address by which the authority gets to its database, when it is not the plain one
 * @param options.settings what is not as usual; files go into the directory
 */
export async function startTestAuthority(
  options: {
    databaseUrl?: (url: string) => string;
    settings?: (directory: string) => Promise<Partial<AuthoritySettings>>;
  } = {},
): Promise<TestAuthority> {
  const { databaseUrl = (url: string) => url } = options;
  const directory = await mkdtemp(path.join(tmpdir(), "truc-authority-"));
  const testDatabase = await createTestDatabase(databaseServers()[0]!);
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const [feedSecrets, permitSecrets] = [sharedSecrets(), sharedSecrets()];
  const settings: AuthoritySettings = {
    PORT: port,
    HOST: "127.0.0.1",
    DATABASE_URL: databaseUrl(testDatabase.url),
    ISSUER: issuer,
    AUDIENCE: "urn:truc:gateway",
    SIGNING_KEYS: path.join(directory, "signing-keys.json"),
    SECRETS: path.join(directory, "secrets.json"),
    PERMIT_SECRETS: await jsonFile(directory, "permit-secrets.json", permitSecrets),
    JOURNAL: path.join(directory, "journal"),
    FEED_SECRETS: await jsonFile(directory, "feed-secrets.json", feedSecrets),
    SIGN_IN: "off",
    LOG_LEVEL: "info",
    ...(await options.settings?.(directory)),
  };
  const { platform, privateKeys } = await testPlatform();
  await registerPlatform(testDatabase.url, platform);
  const lines: string[] = [];
  const log = createLog({
    name: "authority",
    destination: { write: (line: string) => void lines.push(line) },
  });
  const database = openDatabase(testDatabase.url, { maxConnections: 2 });
  let running: RunningService | undefined = await service.start(settings, { log });
  const others: RunningService[] = [];
  const halt = async (): Promise<void> => {
    await running?.stop();
    running = undefined;
  };
  return {
    settings,
    issuer,
    database,
    privateKeys,
    feedSecrets,
    permitSecrets,
    log: lines,
    another: async () => {
      const other = await service.start({ ...settings, PORT: await freePort() }, { log });
      others.push(other);
      return other;
    },
    restart: async () => {
      await halt();
      running = await service.start(settings, { log });
    },
    halt,
    stop: async () => {
      await halt();
      for (const other of others) await other.stop();
      await database.close();
      await testDatabase.drop();
      await rm(directory, { recursive: true });
    },
  };
}

function sharedSecrets(): PermitSecrets {
  return { keys: [{ kid: "test", secret: randomBytes(32).toString("base64url") }] };
}

/** Writes a file that only its owner reads. @returns its path */
export async function jsonFile(directory: string, name: string, content: unknown): Promise<string> {
  const file = path.join(directory, name);
  await writeFile(file, JSON.stringify(content), { mode: 0o600 });
  return file;
}

/** Two agencies, three scopes, three purposes, and four systems whose rights differ. */
export async function testPlatform(): Promise<{
  platform: PlatformDefinition;
  privateKeys: Record<string, JWK>;
}> {
  const reader = await makeSystemKey();
  const former = await makeSystemKey();
  const other = await makeSystemKey();
  const bound = await makeSystemKey();
  const grant = { validFrom: "2026-01-01", validUntil: "2027-12-31" };
  const platform: PlatformDefinition = {
    agencies: [
      { id: "library", name: "The Library" },
      { id: "archive", name: "The Archive" },
    ],
    scopes: [
      { name: "books:title", owner: "library", description: "What a book is called." },
      { name: "books:loan", owner: "library", description: "Who has a book." },
      { name: "files:list", owner: "archive", description: "What files there are." },
    ],
    purposes: [
      {
        code: "LENDING",
        text: "Lending books.",
        legalBasis: "House rules",
        ceiling: ["books:title", "books:loan"],
      },
      {
        code: "COUNTING",
        text: "Counting books.",
        legalBasis: "House rules",
        ceiling: ["books:title"],
      },
      {
        code: "OLD",
        text: "What was once done.",
        legalBasis: "House rules",
        ceiling: ["books:title"],
      },
    ],
    systems: [
      {
        id: "reader",
        name: "Phòng đọc",
        agency: "archive",
        keys: [reader.publicKey],
        redirectUris: ["https://reading.example/back?from=sign-in", "http://127.0.0.1/signed-in"],
      },
      { id: "former", name: "Former reading room", agency: "archive", keys: [former.publicKey] },
      {
        id: "other",
        name: "Another room",
        agency: "library",
        keys: [other.publicKey],
        redirectUris: ["https://other.example/back"],
      },
      {
        id: "bound",
        name: "A room with a lock",
        agency: "library",
        keys: [bound.publicKey],
        dpop: true,
        redirectUris: ["https://bound.example/back"],
      },
    ],
    grants: [
      { system: "reader", purpose: "LENDING", scopes: ["books:title", "books:loan"], ...grant },
      {
        system: "reader",
        purpose: "OLD",
        scopes: ["books:title"],
        validFrom: "2024-01-01",
        validUntil: "2024-12-31",
      },
      { system: "former", purpose: "LENDING", scopes: ["books:title"], ...grant },
      { system: "other", purpose: "COUNTING", scopes: ["books:title"], ...grant },
      { system: "bound", purpose: "COUNTING", scopes: ["books:title"], ...grant },
    ],
  };
  return {
    platform,
    privateKeys: {
      reader: reader.privateKey,
      former: former.privateKey,
      other: other.privateKey,
      bound: bound.privateKey,
    },
  };
}
