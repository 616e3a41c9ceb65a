import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createLog, type RunningService } from "@truc/service";
import { createTestDatabase, databaseServers } from "@truc/service/testing";
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
  /** The private keys of the systems of `testPlatform`. */
  privateKeys: Record<string, JWK>;
  /** What it has logged, one JSON line each. */
  log: string[];
  /** Stops it and starts it again over the same files and database. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** @param databaseUrl the address by which the authority gets to its database, when it is not the plain one */
export async function startTestAuthority(
  databaseUrl: (url: string) => string = (url) => url,
): Promise<TestAuthority> {
  const directory = await mkdtemp(path.join(tmpdir(), "truc-authority-"));
  const database = await createTestDatabase(databaseServers()[0]!);
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const settings: AuthoritySettings = {
    PORT: port,
    HOST: "127.0.0.1",
    DATABASE_URL: databaseUrl(database.url),
    ISSUER: issuer,
    AUDIENCE: "urn:truc:gateway",
    SIGNING_KEYS: path.join(directory, "signing-keys.json"),
    SECRETS: path.join(directory, "secrets.json"),
    LOG_LEVEL: "info",
  };
  const { platform, privateKeys } = await testPlatform();
  await registerPlatform(database.url, platform);
  const lines: string[] = [];
  const log = createLog({
    name: "authority",
    destination: { write: (line: string) => void lines.push(line) },
  });
  let running: RunningService = await service.start(settings, { log });
  return {
    settings,
    issuer,
    privateKeys,
    log: lines,
    restart: async () => {
      await running.stop();
      running = await service.start(settings, { log });
    },
    stop: async () => {
      await running.stop();
      await database.drop();
      await rm(directory, { recursive: true });
    },
  };
}

/** Two agencies, three scopes, three purposes, and three systems whose rights differ. */
export async function testPlatform(): Promise<{
  platform: PlatformDefinition;
  privateKeys: Record<string, JWK>;
}> {
  const reader = await makeSystemKey();
  const former = await makeSystemKey();
  const other = await makeSystemKey();
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
      { id: "reader", name: "Reading room", agency: "archive", keys: [reader.publicKey] },
      { id: "former", name: "Former reading room", agency: "archive", keys: [former.publicKey] },
      { id: "other", name: "Another room", agency: "library", keys: [other.publicKey] },
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
    ],
  };
  return {
    platform,
    privateKeys: { reader: reader.privateKey, former: former.privateKey, other: other.privateKey },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
