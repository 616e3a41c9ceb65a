import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DIRECT_PATH,
  makeSystemKey,
  registerPlatform,
  signOperatorOrder,
  type OperatorOrder,
  type PlatformDefinition,
} from "@truc/authority";
import { openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import type { JWK } from "jose";
import { sql } from "kysely";
import { Session } from "../../infra/src/cli/session.ts";
import { REDIRECT_URI } from "../../infra/src/cli/sign-in.ts";
import { freePort } from "@truc/service/testing";
import { ServiceProcess } from "./service-process.ts";

const DAY_MS = 86_400_000;
const SYSTEM = "office";
const PURPOSE = "LENDING";
const PERSON = "clerk";
const AUDIENCE = "urn:truc:gateway";

/**
 * The real authority as a process of its own, over a registry of its own in PostgreSQL: one agency with one system, one
 * grant of one scope, one person who may sign in through it, and an operator who can stop any of them.
 */
export class AuthorityProcess {
  readonly issuer: string;
  readonly database: TestDatabase;
  /** What can be stopped, as the operator names it. */
  readonly parts: Readonly<Record<"agency" | "system" | "key" | "person" | "grant", string>>;
  readonly #directory: string;
  readonly #keys: { system: JWK; operator: JWK };
  #process: ServiceProcess;

  private constructor(
    issuer: string,
    database: TestDatabase,
    directory: string,
    keys: { system: JWK; operator: JWK },
    grant: string,
  ) {
    this.issuer = issuer;
    this.database = database;
    this.#directory = directory;
    this.#keys = keys;
    this.parts = {
      agency: "library",
      system: SYSTEM,
      key: keys.system.kid ?? "",
      person: PERSON,
      grant,
    };
    this.#process = this.#start();
  }

  static async start(): Promise<AuthorityProcess> {
    const directory = mkdtempSync(join(tmpdir(), "truc-authority-"));
    const [system, operator] = [await makeSystemKey(), await makeSystemKey()];
    const database = await createTestDatabase(databaseServers()[0]!);
    await registerPlatform(database.url, platform(system.publicKey));
    const write = (name: string, content: unknown): void =>
      writeFileSync(join(directory, name), JSON.stringify(content), { mode: 0o600 });
    for (const name of ["feed", "permit"]) {
      const secret = randomBytes(32).toString("base64url");
      write(`${name}-secrets.json`, { keys: [{ kid: name, secret }] });
    }
    write("operator-keys.json", { keys: [operator.publicKey] });
    write("people.json", [{ id: PERSON, name: "Clerk", roles: ["auditor"] }]);
    const keys = { system: system.privateKey, operator: operator.privateKey };
    const issuer = `http://127.0.0.1:${await freePort()}`;
    const authority = new AuthorityProcess(
      issuer,
      database,
      directory,
      keys,
      await grantIn(database),
    );
    await authority.#process.ready();
    return authority;
  }

  /** What a router needs to believe its tokens and follow its registry. */
  async routerSettings(): Promise<Record<string, string>> {
    const metadata = await fetch(`${this.issuer}/.well-known/openid-configuration`);
    const { jwks_uri: keys } = (await metadata.json()) as { jwks_uri: string };
    return {
      GRANTS: "authority",
      AUTHORITY_FEED: this.issuer,
      FEED_SECRETS: join(this.#directory, "feed-secrets.json"),
      TOKEN_ISSUER: this.issuer,
      TOKEN_AUDIENCE: AUDIENCE,
      JWKS_URL: keys,
    };
  }

  /** A token of the system for the person who signs in through it. */
  async personToken(): Promise<string> {
    const caller = { system: SYSTEM, purpose: PURPOSE, person: PERSON };
    const { accessToken } = await Session.open(this.issuer, caller, { key: this.#keys.system });
    return accessToken;
  }

  /** Does what the operator orders, by the operator's key and without the gateway. */
  async order(action: OperatorOrder["action"], kind: OperatorOrder["kind"]): Promise<void> {
    const order = { action, kind, id: this.parts[kind], reason: "a test" };
    const response = await fetch(`${this.issuer}${DIRECT_PATH}`, {
      method: "POST",
      headers: { "content-type": "application/jwt" },
      body: await signOperatorOrder(this.issuer, order, this.#keys.operator),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  }

  /** Ends the process as a crash does. */
  async kill(): Promise<void> {
    await this.#process.signal("SIGKILL");
  }

  /** Starts it again over the same registry. */
  async restart(): Promise<void> {
    this.#process = this.#start();
    await this.#process.ready();
  }

  async stop(): Promise<void> {
    await this.#process.signal("SIGTERM");
    await this.database.drop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #start(): ServiceProcess {
    const file = (name: string): string => join(this.#directory, name);
    return new ServiceProcess("gateway/authority", {
      PORT: new URL(this.issuer).port,
      DATABASE_URL: this.database.url,
      AUDIENCE,
      SIGNING_KEYS: file("signing-keys.json"),
      SECRETS: file("secrets.json"),
      PERMIT_SECRETS: file("permit-secrets.json"),
      FEED_SECRETS: file("feed-secrets.json"),
      OPERATOR_KEYS: file("operator-keys.json"),
      JOURNAL: file("journal"),
      SIGN_IN: "test",
      TEST_PEOPLE: file("people.json"),
    });
  }
}

function platform(key: PlatformDefinition["systems"][number]["keys"][number]): PlatformDefinition {
  const day = (days: number): string =>
    new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
  const scopes = ["books:title"];
  return {
    agencies: [{ id: "library", name: "The Library" }],
    scopes: [{ name: "books:title", owner: "library", description: "What a book is called." }],
    purposes: [
      { code: PURPOSE, text: "Lending books.", legalBasis: "House rules", ceiling: scopes },
    ],
    systems: [
      { id: SYSTEM, name: "Office", agency: "library", keys: [key], redirectUris: [REDIRECT_URI] },
    ],
    people: [{ id: PERSON, name: "Clerk", roles: [{ role: "auditor" }] }],
    grants: [
      { system: SYSTEM, purpose: PURPOSE, scopes, validFrom: day(-2), validUntil: day(100) },
    ],
  };
}

/** The id of the only grant there is. */
async function grantIn({ url }: TestDatabase): Promise<string> {
  const database = openDatabase(url, { maxConnections: 1 });
  try {
    const { rows } = await sql<{ id: string }>`select id from grant_`.execute(database.kysely);
    return rows[0]!.id;
  } finally {
    await database.close();
  }
}
