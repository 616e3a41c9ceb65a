import { readdirSync, readFileSync, rmSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../../infra/src/embedded-postgres.ts";
import { freePort } from "@truc/service/testing";

/** A PostgreSQL of a test's own that can be killed as by a power cut, and started again over the same files. */
export class KillablePostgres {
  readonly #directory: string;
  #server: EmbeddedPostgres;

  private constructor(directory: string, server: EmbeddedPostgres) {
    this.#directory = directory;
    this.#server = server;
  }

  static async start(): Promise<KillablePostgres> {
    const directory = mkdtempSync(join(tmpdir(), "truc-postgres-"));
    const port = await freePort();
    return new KillablePostgres(directory, await startEmbeddedPostgres({ directory, port }));
  }

  /** Connection URL of the superuser; the same after a restart. */
  get adminUrl(): string {
    return this.#server.adminUrl;
  }

  /** The postmaster's process id, which started every other process of the server. */
  get pid(): number {
    const file = join(this.#directory, "cluster", "data", "postmaster.pid");
    return Number(readFileSync(file, "utf8").split("\n")[0]);
  }

  /** SIGKILL to the postmaster and everything it started, all at once. */
  async kill(): Promise<void> {
    const postmaster = this.pid;
    for (const pid of [postmaster, ...childrenOf(postmaster)]) {
      try {
        process.kill(pid, "SIGKILL");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
    await this.#server.ended;
  }

  async restart(): Promise<void> {
    const { port } = this.#server;
    this.#server = await startEmbeddedPostgres({ directory: this.#directory, port });
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const fields = readFileSync(`/proc/${name}/stat`, "utf8").replace(/^.*\) /s, "");
      return Number(fields.split(" ")[1]) === parent ? [Number(name)] : [];
    } catch {
      return []; // it ended while we looked
    }
  });
}
