import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { composeServices } from "@apollo/composition";
import { service } from "@truc/router";
import { createLog, readSettings, type RunningService } from "@truc/service";
import { parse } from "graphql";
import { vi } from "vitest";
import { Issuer } from "./issuer.ts";
import { readRecorded, type CountedRefusals, type Recorded } from "./recorded.ts";
import type { TestAuthority } from "./test-authority.ts";

/** A subgraph of a test's supergraph. */
export interface TestSubgraph {
  name: string;
  url: string;
  schema: string;
}

/** The composed supergraph's text. @throws with the composition's errors */
export function composeSupergraph(subgraphs: readonly TestSubgraph[]): string {
  const { supergraphSdl, errors } = composeServices(
    subgraphs.map(({ name, url, schema }) => ({ name, url, typeDefs: parse(schema) })),
  );
  if (supergraphSdl === undefined)
    throw new Error(errors?.map(({ message }) => message).join("\n"));
  return supergraphSdl;
}

export interface GraphqlAnswer {
  status: number;
  headers: Headers;
  body: {
    data?: Record<string, unknown> | null;
    errors?: { message: string; path?: unknown; extensions: Record<string, unknown> }[];
  };
  /** What the answer says it cost; undefined where it was refused. */
  cost: Cost | undefined;
}

interface Cost {
  estimated: number;
  actual: number;
}

/** A router of its own over a supergraph, in this process but behind real HTTP, with an issuer of its own. */
export class TestRouter {
  readonly issuer: Issuer;
  readonly directory: string;
  readonly url: string;
  /** Everything it logged, as text. */
  readonly log: string[];
  readonly #running: RunningService;
  readonly #ownsIssuer: boolean;
  #stopped: Promise<readonly CountedRefusals[]> | undefined;

  private constructor(
    { issuer, owned }: { issuer: Issuer; owned: boolean },
    directory: string,
    log: string[],
    running: RunningService,
  ) {
    this.issuer = issuer;
    this.#ownsIssuer = owned;
    this.directory = directory;
    this.log = log;
    this.#running = running;
    this.url = `${running.url}/graphql`;
  }

  /**
   * @param settings environment variables beyond the ones a test router always has
   * @param authority whose registry it follows and whose tokens it believes; without one tokens are the grants
   */
  static async start(
    supergraph: string,
    settings: Record<string, string> = {},
    authority?: TestAuthority,
  ): Promise<TestRouter> {
    const issuer = authority?.issuer ?? (await Issuer.start());
    const directory = mkdtempSync(join(tmpdir(), "truc-router-"));
    const log: string[] = [];
    const destination = new Writable({
      write(chunk: Buffer, _encoding, done) {
        log.push(chunk.toString());
        done();
      },
    });
    writeFileSync(join(directory, "supergraph.graphql"), supergraph);
    const environment = {
      PORT: "0",
      SUPERGRAPH: join(directory, "supergraph.graphql"),
      TOKEN_ISSUER: issuer.url,
      TOKEN_AUDIENCE: issuer.audience,
      JWKS_URL: issuer.url,
      GRANTS: "token",
      AUDIT: `journal:${join(directory, "journal")}`,
      ...authority?.settings(directory),
      ...settings,
    };
    const running = await service.start(readSettings(service.settings, environment), {
      log: createLog({ name: "router", level: "info", destination }),
    });
    const owned = authority === undefined;
    const router = new TestRouter({ issuer, owned }, directory, log, running);
    if (authority !== undefined) await router.ready();
    return router;
  }

  /** Waits until it can answer: it has heard of the registry. */
  async ready(): Promise<void> {
    await vi.waitFor(async () => {
      const { status } = await fetch(`${this.#running.url}/health/ready`);
      if (status !== 200) throw new Error(`the router is not ready: ${this.log.at(-1)}`);
    }, 10_000);
  }

  replaceSupergraph(text: string): void {
    writeFileSync(join(this.directory, "supergraph.graphql"), text);
  }

  /** One POST with a token of the given scopes. */
  async ask(
    query: string,
    options: {
      variables?: Record<string, unknown>;
      operationName?: string;
      scopes?: readonly string[];
      token?: string;
      headers?: Record<string, string>;
      extensions?: Record<string, unknown>;
    } = {},
  ): Promise<GraphqlAnswer> {
    const token =
      options.token ?? (await this.issuer.token({ scope: (options.scopes ?? []).join(" ") }));
    const response = await fetch(this.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${token}`,
        ...options.headers,
      },
      body: JSON.stringify({
        query,
        variables: options.variables,
        operationName: options.operationName,
        extensions: options.extensions,
      }),
    });
    const { extensions, ...body } = (await response.json()) as GraphqlAnswer["body"] & {
      extensions?: { cost?: Cost };
    };
    const { status, headers } = response;
    return { status, headers, body, cost: extensions?.cost };
  }

  /** The records on disk, oldest first. */
  records(): Recorded[] {
    return readRecorded(join(this.directory, "journal")).records;
  }

  /** @returns requests that were counted instead of recorded; the last are written when it stops */
  async stop(): Promise<readonly CountedRefusals[]> {
    return await (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<readonly CountedRefusals[]> {
    await this.#running.stop();
    if (this.#ownsIssuer) await this.issuer.stop();
    const journal = join(this.directory, "journal");
    const refusals = existsSync(journal) ? readRecorded(journal).refusals : [];
    rmSync(this.directory, { recursive: true, force: true });
    return refusals;
  }
}
