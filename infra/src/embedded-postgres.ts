import { randomBytes } from "node:crypto";
import { chown, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { StartupError } from "@truc/service";
import pg from "pg";
import { findBinaries, type Binaries } from "./embedded-postgres/binaries.ts";
import { ownerOfDataFiles, type Owner } from "./embedded-postgres/owner.ts";
import { initialise, serve, stopOrphan, type Server } from "./embedded-postgres/process.ts";

const SUPERUSER = "postgres";
const HOST = "127.0.0.1";
const READY_WITHIN_MS = 60_000;

export interface EmbeddedPostgresOptions {
  /** Where everything of this server is kept; made when missing. */
  directory: string;
  /** Port on 127.0.0.1; 0 chooses a free one. */
  port: number;
  /** Told about what happens; a pino logger fits. The server's own log is `DIRECTORY/postgres.log`. */
  log?: { info(line: string): void; warn(line: string): void } | undefined;
}

export interface EmbeddedPostgres {
  port: number;
  /** Connection URL of the superuser, database `postgres`. */
  adminUrl: string;
  /** Connection URL of a database made by `createDatabase`, as its own role unless another is named. */
  url(database: string, user?: string): string;
  /** Makes a database with a login role of the same name that owns it, where they are missing; gives its URL. */
  createDatabase(name: string): Promise<string>;
  /**
   * Makes a further login role, where it is missing, that may connect to a database of `createDatabase`; what else it may
   * do there is its owner's to say. Gives the URL of the database as that role.
   */
  createRole(name: string, database: string): Promise<string>;
  /** Settles when the server has ended, by `stop` or by itself. */
  ended: Promise<void>;
  /** Fast shutdown: open transactions are rolled back, everything committed is on disk. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that came with the npm packages, on a data folder of its own. The folder is initialised when it
 * holds no database yet; what an interrupted start or a killed supervisor left behind is put right first. The server
 * ends with this process, however this process ends.
 *
 * @throws StartupError with one sentence: port in use, folder not writable, no binaries for this machine
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const directory = resolve(options.directory);
  const cluster = join(directory, "cluster");
  const owner = ownerOfDataFiles();
  await makeFolders(directory, cluster, owner);
  const passwords = await Passwords.open(join(directory, "passwords.json"));
  const binaries = await findBinaries(owner);

  await stopOrphan(cluster);
  await initialise({
    binaries,
    cluster,
    owner,
    superuser: SUPERUSER,
    password: await passwords.of(SUPERUSER),
  });
  const port = options.port === 0 ? await freePort() : options.port;
  await refuseUsedPort(port);
  const server = await serveUntilReady(
    { binaries, cluster, owner, port, logFile: join(directory, "postgres.log") },
    () => answers(port, passwords.known(SUPERUSER)),
  );
  options.log?.info(`PostgreSQL listens on ${HOST}:${port}, its data is in ${cluster}`);

  const url = (database: string, user = database) =>
    `postgresql://${encodeURIComponent(user)}:${passwords.known(user)}@${HOST}:${port}/${encodeURIComponent(database)}`;
  const adminUrl = url("postgres", SUPERUSER);
  return {
    port,
    adminUrl,
    url,
    createDatabase: async (name) => {
      await createDatabase(adminUrl, name, await passwords.of(name));
      return url(name);
    },
    createRole: async (name, database) => {
      await createRole(adminUrl, name, await passwords.of(name), database);
      return url(database, name);
    },
    ended: server.ended,
    stop: async () => await server.stop(),
  };
}

async function makeFolders(
  directory: string,
  cluster: string,
  owner: Owner | undefined,
): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await mkdir(cluster, { recursive: true, mode: 0o700 });
    if (owner !== undefined) await chown(cluster, owner.uid, owner.gid);
  } catch (error) {
    throw new StartupError(
      `The folder ${directory} cannot be written: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}

interface ServeOptions {
  binaries: Binaries;
  cluster: string;
  owner: Owner | undefined;
  port: number;
  logFile: string;
}

/**
 * After a postmaster was killed, its last children may hold the shared memory for a moment: PostgreSQL then refuses to
 * start, rightly, and is asked again until they are gone.
 */
async function serveUntilReady(
  options: ServeOptions,
  ready: () => Promise<boolean>,
): Promise<Server> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const server = await serve(options);
    while (!server.hasEnded() && Date.now() < deadline) {
      const answered = await ready().catch(async (error: unknown) => {
        await server.stop();
        throw error;
      });
      if (answered) return server;
      await Promise.race([pause(25), server.ended]);
    }
    await server.stop();
    const reason = await server.lastError();
    if (!/shared memory|lock file/.test(reason) || Date.now() > deadline) {
      throw new StartupError(
        `The embedded PostgreSQL does not start: ${reason || "it does not answer"}.`,
      );
    }
    await pause(200);
  }
}

/** SQLSTATE invalid_password. */
const WRONG_PASSWORD = "28P01";

/** True when the server takes a connection; false while it starts or recovers. */
async function answers(port: number, password: string): Promise<boolean> {
  const client = new pg.Client({
    host: HOST,
    port,
    user: SUPERUSER,
    database: "postgres",
    password,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === WRONG_PASSWORD) {
      throw new StartupError(
        "The embedded PostgreSQL does not know the password of passwords.json beside its data: put back the file it was made with.",
        { cause: error },
      );
    }
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

async function createDatabase(adminUrl: string, name: string, password: string): Promise<void> {
  await asSuperuser(adminUrl, [name], async (client) => {
    await putRole(client, name, password);
    const database = await client.query("select 1 from pg_database where datname = $1", [name]);
    if (database.rowCount === 0) await client.query(`create database "${name}" owner "${name}"`);
    await client.query(`revoke all on database "${name}" from public`);
  });
}

async function createRole(
  adminUrl: string,
  name: string,
  password: string,
  database: string,
): Promise<void> {
  await asSuperuser(adminUrl, [name, database], async (client) => {
    await putRole(client, name, password);
    await client.query(`grant connect on database "${database}" to "${name}"`);
  });
}

/** Set on every start, so that the password file is the only truth after an interruption between the two. */
async function putRole(client: pg.Client, name: string, password: string): Promise<void> {
  const role = await client.query("select 1 from pg_roles where rolname = $1", [name]);
  const verb = role.rowCount === 0 ? "create" : "alter";
  await client.query(
    `${verb} role "${name}" login nosuperuser nocreatedb nocreaterole password '${password}'`,
  );
}

/** Names cannot be parameters in these statements, so only plain ones are let through. */
async function asSuperuser(
  adminUrl: string,
  names: readonly string[],
  act: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const odd = names.find((name) => !/^[a-z][a-z0-9_-]{0,62}$/.test(name));
  if (odd !== undefined) throw new TypeError(`"${odd}" is no plain database name`);
  const client = new pg.Client({ connectionString: adminUrl });
  client.on("error", () => {});
  await client.connect();
  try {
    await act(client);
  } finally {
    await client.end();
  }
}

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, HOST, () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

async function refuseUsedPort(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        new StartupError(
          error.code === "EADDRINUSE"
            ? `Port ${port}, meant for the embedded PostgreSQL, is in use: choose others with --port.`
            : `Port ${port} cannot be used for the embedded PostgreSQL: ${error.message}.`,
          { cause: error },
        ),
      ),
    );
    probe.listen({ port, host: HOST, exclusive: true }, () => probe.close(() => resolve()));
  });
}

/** Generated passwords by role, in one file that only its owner reads; written before a role gets its password. */
class Passwords {
  readonly #file: string;
  readonly #byRole: Record<string, string>;

  private constructor(file: string, byRole: Record<string, string>) {
    this.#file = file;
    this.#byRole = byRole;
  }

  static async open(file: string): Promise<Passwords> {
    try {
      return new Passwords(
        file,
        JSON.parse(await readFile(file, "utf8")) as Record<string, string>,
      );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Passwords(file, {});
      throw new StartupError(
        `The password file ${file} cannot be read: ${error instanceof SyntaxError ? "it is not JSON" : (error as Error).message}.`,
        { cause: error },
      );
    }
  }

  known(role: string): string {
    const password = this.#byRole[role];
    if (password === undefined) throw new TypeError(`no password is known for the role "${role}"`);
    return password;
  }

  async of(role: string): Promise<string> {
    if (this.#byRole[role] === undefined) {
      this.#byRole[role] = randomBytes(24).toString("base64url");
      const next = `${this.#file}.new`;
      await rm(next, { force: true });
      await writeFile(next, `${JSON.stringify(this.#byRole, null, 2)}\n`, {
        mode: 0o600,
        flush: true,
      });
      await rename(next, this.#file);
    }
    return this.#byRole[role]!;
  }
}
