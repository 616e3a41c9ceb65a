import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import type { PlatformFile } from "../../infra/src/all-in-one/platform-file.ts";
import { systemKey } from "../../infra/src/cli/running-platform.ts";
import { Session } from "../../infra/src/cli/session.ts";
import {
  dataFolder,
  freePorts,
  platformIn,
  PlatformProcess,
  READY,
} from "../start/platform-process.ts";
import { Journals } from "./journals.ts";
import { platformDatabase } from "./platform-database.ts";
import { PlatformRecords } from "./platform-records.ts";

/** Who asks, for what, and with how much of what the grant covers. */
export interface Caller {
  system: string;
  purpose: string;
  /** Space-separated; all that the grant covers when absent. */
  scope?: string;
  /** Who has signed in with the system; nobody when absent. */
  person?: string;
}

export interface Answer {
  status: number;
  headers: Headers;
  /** x-request-id: what finds the request in the journals. */
  requestId: string;
  body: {
    data?: Record<string, any> | null;
    errors?: { message: string; path?: unknown; extensions: Record<string, any> }[];
  };
}

/**
 * The whole platform as `npm start` runs it, in a process of its own: a country of the given seed and size in four
 * databases, real tokens and real HTTP. It costs seconds to start, so a test file starts one for all its tests.
 */
export class Platform {
  readonly file: PlatformFile;
  /** The data folder. */
  readonly data: string;
  /** What subgraphs have written down. */
  readonly journals: Journals;
  /** What the router has put on record. */
  readonly records: PlatformRecords;
  readonly #process: PlatformProcess;
  readonly #folder: Awaited<ReturnType<typeof dataFolder>>;
  readonly #business: TestDatabase | undefined;
  readonly #tokens = new Map<string, Promise<string>>();

  private constructor(
    platform: PlatformProcess,
    folder: Awaited<ReturnType<typeof dataFolder>>,
    file: PlatformFile,
    business: TestDatabase | undefined,
  ) {
    this.#business = business;
    this.#process = platform;
    this.#folder = folder;
    this.data = folder.data;
    this.file = file;
    this.journals = new Journals(folder.data);
    this.records = new PlatformRecords(folder.data, this.databaseUrl("audit"));
  }

  /** @throws Error with both outputs when it ends before it is ready; nothing of it is left then */
  static async start({ citizens, seed }: { citizens: number; seed: number }): Promise<Platform> {
    const folder = await dataFolder();
    const port = await freePorts();
    // Agencies run different software: where there is a MariaDB, business runs on it.
    const mariadb = databaseServers().find(({ dialect }) => dialect === "mariadb");
    const business = mariadb === undefined ? undefined : await createTestDatabase(mariadb);
    const options = { citizens, seed, data: folder.data, port };
    const platform = new PlatformProcess(
      Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
      business === undefined ? {} : { BUSINESS_DATABASE_URL: business.url },
    );
    try {
      await platform.shows(READY);
      return new Platform(platform, folder, await platformIn(folder.data), business);
    } catch (error) {
      await platform.signal("SIGTERM");
      await folder.remove();
      await business?.drop();
      throw error;
    }
  }

  /** A database of the embedded PostgreSQL, as the role that owns it. */
  databaseUrl(name: string): string {
    return platformDatabase(this.data, Number(new URL(this.file.graphql).port), name);
  }

  /** One operation over HTTP, with a token of the authority for that system and purpose. */
  async ask(
    caller: Caller,
    query: string,
    variables: Record<string, unknown> = {},
  ): Promise<Answer> {
    return await this.send(caller, { method: "POST", body: JSON.stringify({ query, variables }) });
  }

  /** Any HTTP request to the GraphQL address, with a token. @param search query string with its `?` */
  async send(caller: Caller, init: RequestInit, search = ""): Promise<Answer> {
    const response = await fetch(`${this.file.graphql}${search}`, {
      ...init,
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        authorization: `Bearer ${await this.#tokenFor(caller)}`,
      },
    });
    return {
      status: response.status,
      headers: response.headers,
      requestId: response.headers.get("x-request-id")!,
      body: (await response.json()) as Answer["body"],
    };
  }

  /** @returns the exit code */
  async stop(): Promise<number | NodeJS.Signals> {
    const code = await this.#process.signal("SIGTERM");
    await this.#folder.remove();
    await this.#business?.drop();
    return code;
  }

  async #tokenFor(caller: Caller): Promise<string> {
    const { system, purpose, scope, person } = caller;
    const key = [system, purpose, scope, person].join(" ");
    let token = this.#tokens.get(key);
    if (token === undefined) {
      const { issuer } = this.file;
      token = Session.open(issuer, caller, { key: await systemKey(this.data, system) }).then(
        ({ accessToken }) => accessToken,
      );
      this.#tokens.set(key, token);
    }
    return await token;
  }
}
