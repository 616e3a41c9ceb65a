import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Issuer } from "./issuer.ts";
import { readRecorded, type CountedRefusals, type Recorded } from "./recorded.ts";
import { ServiceProcess } from "./service-process.ts";
import type { TestAuthority } from "./test-authority.ts";

/** Everything a router needs to be started as a process, any number of times over the same journal. */
export class RouterSetup {
  readonly issuer: Issuer;
  readonly directory: string;
  readonly journal: string;
  #token: Promise<string> | undefined;

  readonly #authority: TestAuthority | undefined;

  private constructor(issuer: Issuer, directory: string, authority: TestAuthority | undefined) {
    this.issuer = issuer;
    this.directory = directory;
    this.#authority = authority;
    this.journal = join(directory, "journal");
  }

  /** @param authority whose registry is followed and whose tokens are believed; without one tokens are the grants */
  static async make(supergraph: string, authority?: TestAuthority): Promise<RouterSetup> {
    const directory = mkdtempSync(join(tmpdir(), "truc-router-"));
    mkdirSync(join(directory, "journal"));
    writeFileSync(join(directory, "supergraph.graphql"), supergraph);
    return new RouterSetup(authority?.issuer ?? (await Issuer.start()), directory, authority);
  }

  /** Its environment; a setting that is undefined is left out. */
  environment(settings: Record<string, string | undefined> = {}): Record<string, string> {
    const all = {
      PORT: "0",
      SUPERGRAPH: join(this.directory, "supergraph.graphql"),
      TOKEN_ISSUER: this.issuer.url,
      TOKEN_AUDIENCE: this.issuer.audience,
      JWKS_URL: this.issuer.url,
      GRANTS: "token",
      AUDIT: `journal:${this.journal}`,
      ...this.#authority?.settings(this.directory),
      ...settings,
    };
    return Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
  }

  start(
    settings: Record<string, string | undefined> = {},
    nodeOptions: readonly string[] = [],
  ): ServiceProcess {
    return new ServiceProcess("gateway/router", this.environment(settings), nodeOptions);
  }

  /** One POST to a router of this set-up. @param url without /graphql */
  async ask(
    url: string,
    query: string,
    init: RequestInit = {},
  ): Promise<{ status: number; id: string; body: unknown }> {
    this.#token ??= this.issuer.token();
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${await this.#token}` },
      body: JSON.stringify({ query }),
      ...init,
    });
    return {
      status: response.status,
      id: response.headers.get("x-request-id") ?? "",
      body: await response.json(),
    };
  }

  /** The records in the journal, oldest first. */
  records(): Recorded[] {
    return readRecorded(this.journal).records;
  }

  /** What was counted instead; written each minute and when a router stops. */
  refusals(): CountedRefusals[] {
    return readRecorded(this.journal).refusals;
  }

  async stop(): Promise<void> {
    if (this.#authority === undefined) await this.issuer.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
