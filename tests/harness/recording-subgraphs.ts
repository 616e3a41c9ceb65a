import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mercuriusFederation from "@mercuriusjs/federation";
import {
  verifyPermit,
  type Permit,
  type PermitSecrets,
  type SubgraphRequest,
} from "@truc/contracts";
import Fastify, { type FastifyInstance } from "fastify";
import { freePort } from "@truc/service/testing";
import type { TestSubgraph } from "./test-router.ts";

/** One request as a subgraph got it, with the permit verified and opened. */
export interface SeenFetch {
  readonly subgraph: string;
  readonly permit: Permit;
  readonly request: SubgraphRequest;
}

/** What a subgraph is made of. Resolvers find the request's permit in their context. */
export interface RecordedSubgraph {
  readonly schema: string;
  readonly resolvers: object;
}

/** Subgraphs that take permits, answer out of plain resolvers, and write down what they were asked under. */
export class RecordingSubgraphs {
  readonly subgraphs: readonly TestSubgraph[];
  /** Everything asked since it was last emptied, in order of arrival. */
  readonly seen: SeenFetch[];
  /** The router's settings for them; tests may add to the federation file. */
  readonly settings: { FEDERATION: string; PERMIT_SECRETS: string };
  readonly #servers: ReadonlyMap<string, FastifyInstance>;
  readonly #directory: string;

  private constructor(
    subgraphs: readonly TestSubgraph[],
    seen: SeenFetch[],
    servers: ReadonlyMap<string, FastifyInstance>,
    secrets: PermitSecrets,
    federation: object,
  ) {
    this.subgraphs = subgraphs;
    this.seen = seen;
    this.#servers = servers;
    this.#directory = mkdtempSync(join(tmpdir(), "truc-recording-"));
    const FEDERATION = join(this.#directory, "federation.yaml");
    const names = subgraphs.map(({ name }) => name);
    const capabilities = Object.fromEntries(names.map((name) => [name, { permit: true }]));
    // JSON is YAML.
    writeFileSync(FEDERATION, JSON.stringify({ subgraphs: capabilities, ...federation }));
    for (const name of names)
      writeFileSync(join(this.#directory, `${name}.json`), JSON.stringify(secrets));
    this.settings = { FEDERATION, PERMIT_SECRETS: this.#directory };
  }

  /** @param federation what federation.yaml says beside the subgraphs */
  static async start(
    parts: Readonly<Record<string, RecordedSubgraph>>,
    federation: object = {},
  ): Promise<RecordingSubgraphs> {
    const secrets: PermitSecrets = { keys: [{ kid: "permit-1", secret: "P".repeat(43) }] };
    const seen: SeenFetch[] = [];
    const servers = new Map<string, FastifyInstance>();
    const subgraphs: TestSubgraph[] = [];
    for (const [name, { schema, resolvers }] of Object.entries(parts)) {
      const server = Fastify({ forceCloseConnections: true });
      const permits = new WeakMap<object, Permit>();
      server.addHook("preHandler", async (incoming) => {
        const request = incoming.body as SubgraphRequest;
        const permit = verifyPermit(request.extensions?.permit ?? "", name, secrets);
        permits.set(incoming, permit);
        seen.push({ subgraph: name, permit, request });
      });
      const context = (incoming: object) => ({ permit: permits.get(incoming) });
      await server.register(mercuriusFederation as never, { schema, resolvers, context } as never);
      const url = await server.listen({ port: await freePort(), host: "127.0.0.1" });
      servers.set(name, server);
      subgraphs.push({ name, url: `${url}/graphql`, schema });
    }
    return new RecordingSubgraphs(subgraphs, seen, servers, secrets, federation);
  }

  /** What was seen since the last time, and forgets it. */
  take(): SeenFetch[] {
    return this.seen.splice(0);
  }

  /** Stops one of them for good. */
  async down(name: string): Promise<void> {
    await this.#servers.get(name)!.close();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#servers.values()].map(async (server) => await server.close()));
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
