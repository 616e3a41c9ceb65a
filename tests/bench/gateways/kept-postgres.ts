import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from "../../../infra/src/embedded-postgres.ts";
import { ROOT } from "../../../infra/src/federation.ts";
import { freePort } from "@truc/service/testing";
import type { Endings } from "../endings.ts";
import { registerSchemas } from "./register-schemas.ts";
import type { Databases } from "./registers.ts";

/** Not in the repository. Whoever wants the room back removes it. */
const FOLDER = join(ROOT, ".cache/bench/postgres");
/** Holds the process id of the run that uses it. */
const USER = join(FOLDER, "user.pid");

/**
 * A PostgreSQL whose databases are kept between runs, because a million citizens take minutes to load. The registers'
 * tables are brought up to date by the registers, and a load that was interrupted goes on.
 */
export class KeptPostgres {
  readonly #server: EmbeddedPostgres;

  private constructor(server: EmbeddedPostgres) {
    this.#server = server;
  }

  /** @throws Error while another run uses it: the server would take that one's for left behind, and end it */
  static async start(endings: Endings): Promise<KeptPostgres> {
    mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
    refuseOtherUser();
    writeFileSync(USER, String(process.pid));
    endings.add(async () => await rm(USER, { force: true }));
    const server = await startEmbeddedPostgres({ directory: FOLDER, port: await freePort() });
    endings.add(async () => await server.stop());
    return new KeptPostgres(server);
  }

  /** The registers' databases for a country of so many citizens, made where they are missing. */
  async databases(citizens: number): Promise<Databases> {
    const databases: Record<string, string> = {};
    for (const { name } of registerSchemas())
      databases[name] = await this.#server.createDatabase(`${name}_${citizens}`);
    return databases;
  }
}

function refuseOtherUser(): void {
  if (!existsSync(USER)) return;
  const pid = readFileSync(USER, "utf8");
  if (existsSync(`/proc/${pid}`))
    throw new Error(`Process ${pid} uses the databases in ${FOLDER}.`);
}

/** What a database that has been there for a while has done by itself: its tables are swept and known to the planner. */
export async function settle(databases: Databases): Promise<void> {
  for (const url of Object.values(databases))
    await withClient(url, async (client) => await client.query("vacuum (analyze)"));
}

/** The citizens whom the population register knows. */
export async function citizensIn({ population }: Databases): Promise<string[]> {
  return await withClient(population!, async (client) => {
    const { rows } = await client.query<{ pin: string }>("select pin from citizen order by pin");
    return rows.map(({ pin }) => pin);
  });
}

/** Reads every table and index of the databases once, so that none is read from disk while it is measured. @returns their size in bytes */
export async function readThrough(databases: Databases): Promise<number> {
  let bytes = 0;
  for (const url of Object.values(databases)) {
    const oid = await withClient(url, async (client) => {
      const { rows } = await client.query<{ oid: number }>(
        "select oid from pg_database where datname = current_database()",
      );
      return String(rows[0]!.oid);
    });
    const folder = join(FOLDER, "cluster/data/base", oid);
    for (const name of readdirSync(folder)) {
      // Others come and go.
      if (!/^\d/.test(name)) continue;
      const file = createReadStream(join(folder, name), { highWaterMark: 1 << 20 });
      for await (const chunk of file) bytes += (chunk as Buffer).length;
    }
  }
  return bytes;
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
