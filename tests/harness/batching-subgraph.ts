import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  verifyPermit,
  type Permit,
  type PermitSecrets,
  type SubgraphRequest,
} from "@truc/contracts";
import type { TestSubgraph } from "./test-router.ts";

/** One item of a message, with its permit verified and opened. */
export interface BatchedItem {
  readonly request: SubgraphRequest;
  readonly permit: Permit;
}

/** One HTTP message to the subgraph. */
export interface BatchMessage {
  readonly items: readonly BatchedItem[];
  /** Whether it came as an array. */
  readonly isBatch: boolean;
}

/** What it answers to a message: anything that is JSON. */
export type AnswerMessage = (message: BatchMessage) => unknown;

/** A subgraph that takes permits and batches, and answers each message as a test says. */
export class BatchingSubgraph {
  readonly subgraph: TestSubgraph;
  /** The router's settings for it. */
  readonly settings: { FEDERATION: string; PERMIT_SECRETS: string };
  /** Every message that came, in order. */
  readonly messages: BatchMessage[] = [];
  answer: AnswerMessage = () => ({ errors: [] });
  /** Messages wait while this is set. */
  gate: Promise<void> | undefined;
  readonly #server: Server;
  readonly #directory = mkdtempSync(join(tmpdir(), "truc-batching-"));

  private constructor(server: Server, schema: string) {
    this.#server = server;
    const secrets: PermitSecrets = { keys: [{ kid: "permit-1", secret: "P".repeat(43) }] };
    const FEDERATION = join(this.#directory, "federation.yaml");
    // JSON is YAML.
    writeFileSync(
      FEDERATION,
      JSON.stringify({ subgraphs: { batched: { permit: true, batching: true } } }),
    );
    writeFileSync(join(this.#directory, "batched.json"), JSON.stringify(secrets));
    this.settings = { FEDERATION, PERMIT_SECRETS: this.#directory };
    const { port } = server.address() as AddressInfo;
    this.subgraph = { name: "batched", url: `http://127.0.0.1:${port}/graphql`, schema };
    server.on("request", (request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => void this.#take(body, response, secrets));
    });
  }

  static async start(schema: string): Promise<BatchingSubgraph> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new BatchingSubgraph(server, schema);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #take(body: string, response: ServerResponse, secrets: PermitSecrets): Promise<void> {
    const parsed = JSON.parse(body) as SubgraphRequest | SubgraphRequest[];
    const isBatch = Array.isArray(parsed);
    const items = (isBatch ? parsed : [parsed]).map((request) => ({
      request,
      permit: verifyPermit(request.extensions?.permit ?? "", "batched", secrets),
    }));
    const message = { items, isBatch };
    this.messages.push(message);
    await this.gate;
    const answer = JSON.stringify(this.answer(message));
    response.setHeader("content-type", "application/json").end(answer);
  }
}
