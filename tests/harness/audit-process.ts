import { createHash, generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import { sql } from "kysely";
import { freePort } from "@truc/service/testing";
import { ServiceProcess } from "./service-process.ts";
import type { TestAuthority } from "./test-authority.ts";

const ORIGIN_NAME = "test.example/audit";

/** A supergraph without words: what an audit process reads for which none is given. */
const SUPERGRAPH = `schema @link(url: "https://specs.apollo.dev/link/v1.0") { query: Query }
directive @link(url: String!) repeatable on SCHEMA
type Query { nothing: Int }
`;

export interface AuditProcessOptions {
  /** Of a superuser of a PostgreSQL; the tests' own server, unless it is another. */
  readonly postgresUrl?: string;
  /** Whose registry it asks: a test's, or what a router is told to follow one; where there is none, nobody looks in. */
  readonly authority?: TestAuthority | Readonly<Record<string, string>>;
  /** The composed supergraph's text, for the plain words. */
  readonly supergraph?: string;
  /** Settings beyond the usual ones. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * The audit process as a process of its own, over a fresh database that belongs to a role of its own; another role may
 * write there what routers write. It keeps its address when it is started again.
 */
export class AuditProcess {
  /** Its address, without trailing slash. */
  readonly origin: string;
  /** As the role that owns the database. */
  readonly databaseUrl: string;
  /** As the role under which routers write. */
  readonly writerUrl: string;
  /** The checkpoints' key as verifiers are given it (C2SP signed-note). */
  readonly vkey: string;
  /** The root key (base64url text), the checkpoint key (JWK), and the secrets shared with routers. */
  readonly keyFiles: Readonly<Record<"root" | "checkpoint" | "secrets", string>>;
  /** The folder with `audit.json`, the secrets it shares as a subgraph. */
  readonly permits: string;
  readonly #directory: string;
  readonly #environment: Record<string, string>;
  readonly #database: OwnedDatabase;
  #process: ServiceProcess;

  private constructor(
    port: number,
    directory: string,
    database: OwnedDatabase,
    options: AuditProcessOptions,
  ) {
    this.origin = `http://127.0.0.1:${port}`;
    this.#directory = directory;
    this.#database = database;
    ({ ownerUrl: this.databaseUrl, writerUrl: this.writerUrl } = database);
    this.permits = join(directory, "permits");
    mkdirSync(this.permits);
    const key = generateKeyPairSync("ed25519");
    const jwk = key.privateKey.export({ format: "jwk" });
    this.vkey = verifierKey(ORIGIN_NAME, Buffer.from(jwk.x!, "base64url"));
    this.keyFiles = {
      root: this.#write("root-key", randomBytes(32).toString("base64url")),
      checkpoint: this.#write("checkpoint-key.json", JSON.stringify(jwk)),
      secrets: this.#write("audit-secrets.json", secretsOf("audit-1")),
    };
    this.#environment = {
      PORT: String(port),
      DATABASE_URL: this.databaseUrl,
      WRITER_ROLE: database.writer,
      AUDIT_KEY: this.keyFiles.root,
      CHECKPOINT_KEY: this.keyFiles.checkpoint,
      ORIGIN: ORIGIN_NAME,
      AUDIT_SECRETS: this.keyFiles.secrets,
      PERMIT_SECRETS: this.#write("permits/audit.json", secretsOf("permit-1")),
      JOURNAL: join(directory, "journal"),
      SUPERGRAPH: this.#write("supergraph.graphql", options.supergraph ?? SUPERGRAPH),
      ...this.#authoritySettings(options.authority),
      ...options.settings,
    };
    this.#process = this.#start();
  }

  static async start(options: AuditProcessOptions = {}): Promise<AuditProcess> {
    const postgres = options.postgresUrl ?? databaseServers()[0]!.url;
    const database = await OwnedDatabase.create(postgres);
    const directory = mkdtempSync(join(tmpdir(), "truc-audit-"));
    const audit = new AuditProcess(await freePort(), directory, database, options);
    try {
      await audit.#process.ready();
      return audit;
    } catch (error) {
      await audit.stop();
      throw error;
    }
  }

  /** What a router is given to write to it. */
  get routerSettings(): Record<string, string> {
    return {
      AUDIT: this.writerUrl,
      AUDIT_ORIGIN: this.origin,
      AUDIT_SECRETS: this.keyFiles.secrets,
    };
  }

  /** Its process id, another one after a restart. */
  get pid(): number {
    return this.#process.child.pid!;
  }

  /** What it has logged since it was last started, JSON lines. */
  get log(): string {
    return this.#process.stdout;
  }

  async kill(): Promise<void> {
    await this.#process.signal("SIGKILL");
  }

  /** Starts it again, after an orderly stop where it still runs. */
  async restart(): Promise<void> {
    await this.#process.signal("SIGTERM");
    this.#process = this.#start();
    await this.#process.ready();
  }

  /** Ends it and removes its database, roles and files. @returns its exit code, or the signal that ended it */
  async stop(): Promise<number | NodeJS.Signals> {
    const code = await this.#process.signal("SIGTERM");
    rmSync(this.#directory, { recursive: true, force: true });
    await this.#database.drop();
    return code;
  }

  #start(): ServiceProcess {
    return new ServiceProcess("gateway/audit", this.#environment);
  }

  #write(name: string, text: string): string {
    const file = join(this.#directory, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  #authoritySettings(authority: AuditProcessOptions["authority"]): Record<string, string> {
    if (authority === undefined)
      return {
        AUTHORITY_FEED: "http://127.0.0.1:1",
        FEED_SECRETS: this.#write("feed-secrets.json", secretsOf("feed-1")),
      };
    const { AUTHORITY_FEED, FEED_SECRETS, TOKEN_ISSUER } = isSettings(authority)
      ? authority
      : { ...authority.settings(this.#directory), TOKEN_ISSUER: authority.issuer.url };
    return Object.fromEntries(
      Object.entries({ AUTHORITY_FEED, FEED_SECRETS, TOKEN_ISSUER }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    );
  }
}

function isSettings(
  authority: TestAuthority | Readonly<Record<string, string>>,
): authority is Readonly<Record<string, string>> {
  return typeof authority.settings !== "function";
}

/** A database with two roles beside it, neither of them a superuser: its owner's and the writers'. */
class OwnedDatabase {
  readonly writer: string;
  readonly ownerUrl: string;
  readonly writerUrl: string;
  readonly #owner: string;
  readonly #serverUrl: string;
  readonly #database: TestDatabase;

  private constructor(
    serverUrl: string,
    database: TestDatabase,
    roles: { owner: string; writer: string; password: string },
  ) {
    this.#serverUrl = serverUrl;
    this.#database = database;
    this.#owner = roles.owner;
    this.writer = roles.writer;
    const as = (role: string): string => {
      const url = new URL(database.url);
      url.username = role;
      url.password = roles.password;
      return url.href;
    };
    this.ownerUrl = as(roles.owner);
    this.writerUrl = as(roles.writer);
  }

  static async create(serverUrl: string): Promise<OwnedDatabase> {
    const database = await createTestDatabase({ dialect: "postgres", url: serverUrl });
    const suffix = randomUUID().replaceAll("-", "").slice(0, 16);
    const password = randomBytes(18).toString("base64url");
    const roles = {
      owner: `truc_audit_${suffix}`,
      writer: `truc_audit_writer_${suffix}`,
      password,
    };
    const name = new URL(database.url).pathname.slice(1);
    await withServer(serverUrl, [
      ...[roles.owner, roles.writer].map(
        (role) => `create role "${role}" login password '${password}'`,
      ),
      `alter database "${name}" owner to "${roles.owner}"`,
      `revoke all on database "${name}" from public`,
      `grant connect on database "${name}" to "${roles.writer}"`,
    ]);
    return new OwnedDatabase(serverUrl, database, roles);
  }

  async drop(): Promise<void> {
    await this.#database.drop();
    await withServer(
      this.#serverUrl,
      [this.#owner, this.writer].map((role) => `drop role "${role}"`),
    );
  }
}

async function withServer(url: string, statements: readonly string[]): Promise<void> {
  const server = openDatabase(url, { maxConnections: 1 });
  try {
    for (const statement of statements) await sql.raw(statement).execute(server.kysely);
  } finally {
    await server.close();
  }
}

/** C2SP signed-note: name, hash of name and key, algorithm byte (1: Ed25519) and key. */
function verifierKey(name: string, publicKey: Buffer): string {
  const key = Buffer.concat([Buffer.from([1]), publicKey]);
  const hash = createHash("sha256").update(`${name}\n`).update(key).digest("hex").slice(0, 8);
  return `${name}+${hash}+${key.toString("base64")}`;
}

function secretsOf(kid: string): string {
  return JSON.stringify({ keys: [{ kid, secret: randomBytes(32).toString("base64url") }] });
}
