import { startEmbeddedPostgres, type EmbeddedPostgres } from "../embedded-postgres.ts";

/** PostgreSQL as long as the platform runs: when it ends without being asked to, it is started again. */
export class Databases {
  readonly #start: () => Promise<EmbeddedPostgres>;
  readonly #onTrouble: (sentence: string, lost: boolean) => void;
  #postgres: EmbeddedPostgres;
  #stopping = false;
  #restarting: Promise<void> | undefined;

  private constructor(
    start: () => Promise<EmbeddedPostgres>,
    postgres: EmbeddedPostgres,
    onTrouble: (sentence: string, lost: boolean) => void,
  ) {
    this.#start = start;
    this.#postgres = postgres;
    this.#onTrouble = onTrouble;
    this.#keepAlive();
  }

  /**
   * @param onTrouble told when the server ended by itself; `lost` when it could not be started again
   * @throws StartupError
   */
  static async start(
    options: Parameters<typeof startEmbeddedPostgres>[0],
    onTrouble: (sentence: string, lost: boolean) => void,
  ): Promise<Databases> {
    const start = async () => await startEmbeddedPostgres(options);
    return new Databases(start, await start(), onTrouble);
  }

  /** The URL of the database of that name, made when missing. */
  async urlOf(name: string): Promise<string> {
    return await this.#postgres.createDatabase(name);
  }

  /** The URL of a database that is there as a further role, which is made when missing. */
  async urlAs(role: string, database: string): Promise<string> {
    return await this.#postgres.createRole(role, database);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#restarting;
    await this.#postgres.stop();
  }

  #keepAlive(): void {
    void this.#postgres.ended.then(() => {
      if (!this.#stopping) this.#restarting = this.#restart();
    });
  }

  async #restart(): Promise<void> {
    this.#onTrouble("PostgreSQL ended by itself and is started again.", false);
    try {
      this.#postgres = await this.#start();
      this.#keepAlive();
    } catch (error) {
      if (!this.#stopping) this.#onTrouble((error as Error).message, true);
    }
  }
}
